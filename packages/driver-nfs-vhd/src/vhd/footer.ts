import { asciiAt, demandLength, fieldsOf, hasCookie, safeUint64, setAscii } from './byte-fields.js';
import { vhdChecksum } from './checksum.js';
import { type Geometry, geometryFor } from './geometry.js';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.js';
import { VhdError } from './vhd-error.js';
import { fromVhdSeconds, toVhdSeconds } from './vhd-time.js';

/** Bytes of a footer. */
export const FOOTER_BYTES = 512;

/** How a VHD keeps its data: all of it, what was written, or what differs from a parent. */
export type VhdType = 'fixed' | 'dynamic' | 'differencing';

/** What a footer says beyond the constants of the format. */
export interface Footer {
  readonly type: VhdType;
  readonly uuid: string;
  /** What the guest sees, in bytes: the format's "current size", never the geometry's product. */
  readonly virtualBytes: number;
  /** Creation, in milliseconds since 1970; the format keeps whole seconds. */
  readonly createdMs: number;
  /** XenServer's mark (byte 85) of a file that is only the base of others. */
  readonly visibility: 'visible' | 'hidden';
}

/** A footer as read, with what only its writer chose. */
export interface ParsedFooter extends Footer {
  readonly geometry: Geometry;
  /** Four characters: `tap\0` for XenServer and us, `win `, `vpc `, `qem2`. */
  readonly creator: string;
  readonly creatorVersion: { readonly major: number; readonly minor: number };
}

const COOKIE = 'conectix';
const FEATURES_RESERVED = 2;
const FORMAT_VERSION = 0x0001_0000;
const CHECKSUM_AT = 64;
const NO_OFFSET = 0xffff_ffff_ffff_ffffn;
const HEADER_AT = 512n;
const TYPE_NUMBERS: Readonly<Record<VhdType, number>> = { fixed: 2, dynamic: 3, differencing: 4 };

// Any other creator makes vhd-util refuse to resize and qemu before 10 take the size from the geometry.
const CREATOR = 'tap\0';
const CREATOR_VERSION = 0x0001_0003;

/** The 512 bytes of a footer, stamped as XenServer's own writer does (creator `tap\0`, 1.3). */
export function encodeFooter(footer: Footer): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const fields = fieldsOf(bytes);
  const geometry = geometryFor(footer.virtualBytes);
  setAscii(bytes, 0, COOKIE);
  fields.setUint32(8, FEATURES_RESERVED);
  fields.setUint32(12, FORMAT_VERSION);
  fields.setBigUint64(16, footer.type === 'fixed' ? NO_OFFSET : HEADER_AT);
  fields.setUint32(24, toVhdSeconds(footer.createdMs));
  setAscii(bytes, 28, CREATOR);
  fields.setUint32(32, CREATOR_VERSION);
  fields.setBigUint64(40, BigInt(footer.virtualBytes));
  fields.setBigUint64(48, BigInt(footer.virtualBytes));
  fields.setUint16(56, geometry.cylinders);
  fields.setUint8(58, geometry.heads);
  fields.setUint8(59, geometry.sectorsPerTrack);
  fields.setUint32(60, TYPE_NUMBERS[footer.type]);
  bytes.set(uuidToBytes(footer.uuid), 68);
  fields.setUint8(85, footer.visibility === 'hidden' ? 1 : 0);
  fields.setUint32(CHECKSUM_AT, vhdChecksum(bytes, CHECKSUM_AT));
  return bytes;
}

/**
 * Reads a footer from its 512 bytes, whoever wrote it. Throws {@link VhdError}: `Truncated`, `NotAVhd`,
 * `FooterChecksum`, `Unsupported` or `InvalidField`.
 */
export function parseFooter(bytes: Uint8Array): ParsedFooter {
  demandLength(bytes, FOOTER_BYTES, 'the footer');
  const footer = bytes.subarray(0, FOOTER_BYTES);
  const fields = fieldsOf(footer);
  if (!hasCookie(footer, 0, COOKIE))
    throw new VhdError('NotAVhd', 'no VHD footer: the cookie is missing');
  if (fields.getUint32(CHECKSUM_AT) !== vhdChecksum(footer, CHECKSUM_AT)) {
    throw new VhdError('FooterChecksum', 'the footer does not match its checksum');
  }
  if (fields.getUint16(12) !== 1)
    throw new VhdError('Unsupported', 'a VHD format version other than 1');
  const type = parseType(fields.getUint32(60));
  if (type !== 'fixed' && fields.getBigUint64(16) !== HEADER_AT) {
    throw new VhdError('Unsupported', 'the dynamic header is not at byte 512');
  }
  const version = fields.getUint32(32);
  return {
    type,
    uuid: uuidFromBytes(footer.subarray(68, 84)),
    virtualBytes: safeUint64(fields, 48, 'the current size'),
    createdMs: fromVhdSeconds(fields.getUint32(24)),
    visibility: parseVisibility(fields.getUint8(85)),
    geometry: {
      cylinders: fields.getUint16(56),
      heads: fields.getUint8(58),
      sectorsPerTrack: fields.getUint8(59),
    },
    creator: asciiAt(footer, 28, 4),
    creatorVersion: { major: version >>> 16, minor: version & 0xffff },
  };
}

function parseType(number: number): VhdType {
  switch (number) {
    case 2:
      return 'fixed';
    case 3:
      return 'dynamic';
    case 4:
      return 'differencing';
    default:
      throw new VhdError('Unsupported', `VHD type ${number}`);
  }
}

function parseVisibility(byte: number): Footer['visibility'] {
  if (byte > 1) throw new VhdError('InvalidField', `hidden byte ${byte}`);
  return byte === 1 ? 'hidden' : 'visible';
}
