import { demandLength, fieldsOf, hasCookie, safeUint64, setAscii } from './byte-fields.js';
import { vhdChecksum } from './checksum.js';
import { SECTOR_BYTES, wholeSectors } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** Bytes of the batmap's header. */
export const BATMAP_HEADER_BYTES = 512;

/** XenServer's map of blocks whose bitmap is all ones and need not be read. */
export interface Batmap {
  /** Position of the map, in bytes. */
  readonly mapOffset: number;
  readonly mapBytes: number;
  readonly checksum: number;
  /** 0x00010002 sums unsigned bytes, as we do; 0x00010001 summed signed ones. */
  readonly version: number;
}

const COOKIE = 'tdbatmap';
/** The version this codec writes, and the only one whose checksum it verifies. */
export const BATMAP_VERSION = 0x0001_0002;

/** Bytes of the map for a table of `entries`. */
export function batmapBytes(entries: number): number {
  return wholeSectors(Math.ceil(entries / 8));
}

/**
 * The batmap's header for a map of zeros, which is always true: it only makes readers look at the bitmaps. A map with
 * ones would be ambiguous below eight blocks, where libvhd's checksum covers no byte of it.
 */
export function encodeEmptyBatmap(mapOffset: number, entries: number): Uint8Array {
  const bytes = new Uint8Array(BATMAP_HEADER_BYTES);
  const fields = fieldsOf(bytes);
  setAscii(bytes, 0, COOKIE);
  fields.setBigUint64(8, BigInt(mapOffset));
  fields.setUint32(16, batmapBytes(entries) / SECTOR_BYTES);
  fields.setUint32(20, BATMAP_VERSION);
  fields.setUint32(24, vhdChecksum(new Uint8Array(0)));
  return bytes;
}

/** Reads a batmap's header; absent when there is none at this place. Throws {@link VhdError} when it is malformed. */
export function parseBatmap(bytes: Uint8Array, entries: number): Batmap | undefined {
  demandLength(bytes, BATMAP_HEADER_BYTES, 'the batmap header');
  if (!hasCookie(bytes, 0, COOKIE)) return undefined;
  const fields = fieldsOf(bytes);
  const mapBytes = fields.getUint32(16) * SECTOR_BYTES;
  // libvhd aborts the whole process on a map that is too small; a much bigger one is only there to hurt.
  if (mapBytes < Math.ceil(entries / 8) || mapBytes > batmapBytes(entries) + 2 ** 20) {
    throw new VhdError('InvalidField', `a batmap of ${mapBytes} bytes for ${entries} blocks`);
  }
  return {
    mapOffset: safeUint64(fields, 8, 'the batmap offset'),
    mapBytes,
    checksum: fields.getUint32(24),
    version: fields.getUint32(20),
  };
}
