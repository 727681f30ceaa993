import { demandLength, fieldsOf, hasCookie, safeUint64, setAscii } from './byte-fields.js';
import { vhdChecksum } from './checksum.js';
import {
  LOCATOR_ENTRIES,
  LOCATOR_ENTRY_BYTES,
  type LocatorEntry,
  parseLocatorEntry,
  writeLocatorEntry,
} from './parent-locator.js';
import { BLOCK_BYTES, SECTOR_BYTES } from './sizes.js';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.js';
import { VhdError } from './vhd-error.js';
import { fromVhdSeconds, toVhdSeconds } from './vhd-time.js';

/** Bytes of a dynamic header. */
export const HEADER_BYTES = 1024;

/** The file a differencing VHD reads unwritten sectors from. */
export interface ParentReference {
  /** The uuid in the parent's footer. */
  readonly uuid: string;
  /** The parent's file name, in the child's folder. */
  readonly fileName: string;
  /** The parent's modification time when the child was made, in milliseconds since 1970. Nobody enforces it. */
  readonly modifiedMs: number;
}

/** The dynamic header: where the block table lies, and the parent. */
export interface Header {
  /** Position of the block table, in bytes. */
  readonly tableOffset: number;
  /** Entries of the block table: at least one for every block of the virtual size. */
  readonly tableEntries: number;
  readonly blockBytes: number;
  readonly parent?: ParentReference | undefined;
  readonly locators: readonly LocatorEntry[];
}

const COOKIE = 'cxsparse';
const CHECKSUM_AT = 36;
const PARENT_NAME_AT = 64;
const PARENT_NAME_BYTES = 512;
const LOCATORS_AT = 576;

/** A hostile header may ask for no bigger table than a 2040 GiB disk of 512 KiB blocks needs: 16 MiB. */
export const MOST_TABLE_ENTRIES: number = 2 ** 22;
/** The only two in use. */
export const BLOCK_SIZES: readonly number[] = [512 * 1024, BLOCK_BYTES];

/** The 1024 bytes of a dynamic header. */
export function encodeHeader(header: Header): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const fields = fieldsOf(bytes);
  setAscii(bytes, 0, COOKIE);
  fields.setBigUint64(8, 0xffff_ffff_ffff_ffffn);
  fields.setBigUint64(16, BigInt(header.tableOffset));
  fields.setUint32(24, 0x0001_0000);
  fields.setUint32(28, header.tableEntries);
  fields.setUint32(32, header.blockBytes);
  if (header.parent !== undefined) {
    bytes.set(uuidToBytes(header.parent.uuid), 40);
    fields.setUint32(56, toVhdSeconds(header.parent.modifiedMs));
    const name = Buffer.from(header.parent.fileName, 'utf16le').swap16();
    bytes.set(name.subarray(0, PARENT_NAME_BYTES), PARENT_NAME_AT);
  }
  for (const [index, locator] of header.locators.entries()) {
    writeLocatorEntry(bytes, LOCATORS_AT + index * LOCATOR_ENTRY_BYTES, locator);
  }
  fields.setUint32(CHECKSUM_AT, vhdChecksum(bytes, CHECKSUM_AT));
  return bytes;
}

/**
 * Reads a dynamic header from its 1024 bytes, whoever wrote it; `type` is the footer's. Throws {@link VhdError}:
 * `Truncated`, `NotAVhd`, `HeaderChecksum`, `Unsupported` or `InvalidField`.
 */
export function parseHeader(bytes: Uint8Array, type: 'dynamic' | 'differencing'): Header {
  demandLength(bytes, HEADER_BYTES, 'the header');
  const header = bytes.subarray(0, HEADER_BYTES);
  const fields = fieldsOf(header);
  if (!hasCookie(header, 0, COOKIE))
    throw new VhdError('NotAVhd', 'no dynamic header: the cookie is missing');
  if (fields.getUint32(CHECKSUM_AT) !== vhdChecksum(header, CHECKSUM_AT)) {
    throw new VhdError('HeaderChecksum', 'the dynamic header does not match its checksum');
  }
  if (fields.getUint16(24) !== 1)
    throw new VhdError('Unsupported', 'a dynamic header version other than 1');
  const tableOffset = safeUint64(fields, 16, 'the table offset');
  if (tableOffset % SECTOR_BYTES !== 0)
    throw new VhdError('InvalidField', 'the block table is not at a sector');
  const tableEntries = fields.getUint32(28);
  if (tableEntries === 0 || tableEntries > MOST_TABLE_ENTRIES) {
    throw new VhdError('InvalidField', `${tableEntries} block table entries`);
  }
  const blockBytes = fields.getUint32(32);
  if (!BLOCK_SIZES.includes(blockBytes))
    throw new VhdError('Unsupported', `a block size of ${blockBytes} bytes`);
  return {
    tableOffset,
    tableEntries,
    blockBytes,
    locators: parseLocators(header),
    parent: type === 'differencing' ? parseParent(header, fields) : undefined,
  };
}

function parseParent(header: Uint8Array, fields: DataView): ParentReference {
  // A copy, because swap16 works in place.
  const name = Buffer.from(header.subarray(PARENT_NAME_AT, PARENT_NAME_AT + PARENT_NAME_BYTES));
  const text = name.swap16().toString('utf16le');
  const end = text.indexOf('\0');
  return {
    uuid: uuidFromBytes(header.subarray(40, 56)),
    fileName: end < 0 ? text : text.slice(0, end),
    modifiedMs: fromVhdSeconds(fields.getUint32(56)),
  };
}

function parseLocators(header: Uint8Array): readonly LocatorEntry[] {
  const found: LocatorEntry[] = [];
  for (let index = 0; index < LOCATOR_ENTRIES; index += 1) {
    const entry = parseLocatorEntry(header, LOCATORS_AT + index * LOCATOR_ENTRY_BYTES);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}
