import { createHash } from 'node:crypto';
import { fieldsOf, hasCookie, setAscii } from '../vhd/byte-fields.js';
import { BLOCK_SIZES } from '../vhd/header.js';
import { MAX_VIRTUAL_BYTES, SECTOR_BYTES } from '../vhd/sizes.js';
import { uuidFromBytes, uuidToBytes } from '../vhd/uuid-bytes.js';
import { type BlockSums, blockCount, type SummedDisk } from './block-sums.js';

/*
 * A side file, big-endian:
 *
 *   0  8  `gdcsum` 0x1a 0x0a, which a transfer as text destroys
 *   8  4  version, 1
 *  12  4  what the sums are: 1 is CRC-32 (ISO 3309, as zlib and gzip have it)
 *  16 16  the disk's uuid
 *  32 16  its parent's, or zeros
 *  48  8  virtual size, in bytes
 *  56  4  block size, in bytes
 *  60  4  how many of the disk's blocks are covered, from the first
 *  64  4  sum of the structure
 *  68  4  how many entries follow
 *  72  8n entries by rising block: number, sum
 *   … 32  SHA-256 of all before it
 */
const COOKIE = 'gdcsum\x1a\n';
const VERSION = 1;
const CRC32 = 1;
const HEAD_BYTES = 72;
const ENTRY_BYTES = 8;
const HASH_BYTES = 32;
const NO_PARENT = '00000000-0000-0000-0000-000000000000';

/** The most a side file can be: one entry for each of 512 KiB of 2040 GiB, 32 MiB. Nothing bigger is read. */
export const MOST_SUM_FILE_BYTES: number =
  HEAD_BYTES + (MAX_VIRTUAL_BYTES / Math.min(...BLOCK_SIZES)) * ENTRY_BYTES + HASH_BYTES;

/** What reading a side file gives. Nothing of a damaged one is believed: it is made anew. */
export type ParsedSums =
  | { readonly kind: 'sums'; readonly sums: BlockSums }
  | { readonly kind: 'damaged'; readonly why: string };

/** The bytes of a side file. */
export function encodeSums({ disk, structure, coveredBlocks, blocks, sums }: BlockSums): Buffer {
  const end = HEAD_BYTES + blocks.length * ENTRY_BYTES;
  const bytes = Buffer.alloc(end + HASH_BYTES);
  const fields = fieldsOf(bytes);
  setAscii(bytes, 0, COOKIE);
  fields.setUint32(8, VERSION);
  fields.setUint32(12, CRC32);
  bytes.set(uuidToBytes(disk.uuid), 16);
  bytes.set(uuidToBytes(disk.parent ?? NO_PARENT), 32);
  fields.setBigUint64(48, BigInt(disk.virtualBytes));
  fields.setUint32(56, disk.blockBytes);
  fields.setUint32(60, coveredBlocks);
  fields.setUint32(64, structure);
  fields.setUint32(68, blocks.length);
  for (let index = 0; index < blocks.length; index += 1) {
    fields.setUint32(HEAD_BYTES + index * ENTRY_BYTES, blocks[index] ?? 0);
    fields.setUint32(HEAD_BYTES + index * ENTRY_BYTES + 4, sums[index] ?? 0);
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, end)).digest(), end);
  return bytes;
}

/** Reads a side file, whatever its bytes are. Allocates no more than they are. */
export function parseSums(bytes: Uint8Array): ParsedSums {
  if (bytes.byteLength < HEAD_BYTES + HASH_BYTES) return damaged('it is too short');
  if (!hasCookie(bytes, 0, COOKIE)) return damaged('it does not begin as a file of checksums');
  const fields = fieldsOf(bytes);
  if (fields.getUint32(8) !== VERSION || fields.getUint32(12) !== CRC32)
    return damaged('it is of a version or a kind that is not known');
  const entries = fields.getUint32(68);
  const end = HEAD_BYTES + entries * ENTRY_BYTES;
  if (bytes.byteLength !== end + HASH_BYTES)
    return damaged(`it has ${bytes.byteLength} bytes and says ${entries} entries`);
  const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) return damaged('it does not match its own checksum');
  return checked(fields, bytes, entries);
}

function checked(fields: DataView, bytes: Uint8Array, entries: number): ParsedSums {
  const parent = uuidFromBytes(bytes.subarray(32, 48));
  const virtualBytes = fields.getBigUint64(48);
  const disk: SummedDisk = {
    uuid: uuidFromBytes(bytes.subarray(16, 32)),
    parent: parent === NO_PARENT ? undefined : parent,
    virtualBytes: Number(virtualBytes),
    blockBytes: fields.getUint32(56),
  };
  const coveredBlocks = fields.getUint32(60);
  if (virtualBytes > BigInt(MAX_VIRTUAL_BYTES) || disk.virtualBytes % SECTOR_BYTES !== 0)
    return damaged(`a disk of ${virtualBytes} bytes`);
  if (!BLOCK_SIZES.includes(disk.blockBytes)) return damaged(`blocks of ${disk.blockBytes} bytes`);
  if (coveredBlocks > blockCount(disk)) return damaged(`it covers ${coveredBlocks} blocks`);
  const blocks = new Uint32Array(entries);
  const sums = new Uint32Array(entries);
  let before = -1;
  for (let index = 0; index < entries; index += 1) {
    const block = fields.getUint32(HEAD_BYTES + index * ENTRY_BYTES);
    if (block <= before || block >= coveredBlocks) return damaged(`block ${block} out of order`);
    before = block;
    blocks[index] = block;
    sums[index] = fields.getUint32(HEAD_BYTES + index * ENTRY_BYTES + 4);
  }
  const structure = fields.getUint32(64);
  return { kind: 'sums', sums: { disk, structure, coveredBlocks, blocks, sums } };
}

function damaged(why: string): ParsedSums {
  return { kind: 'damaged', why };
}
