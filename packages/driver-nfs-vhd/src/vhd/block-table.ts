import { endianness } from 'node:os';
import { demandLength, fieldsOf } from './byte-fields.js';
import { wholeSectors } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** The entry of a block that was never written. */
export const UNUSED_BLOCK = 0xffff_ffff;

/** Bytes a block table of `entries` takes in the file, padding to whole sectors included. */
export function blockTableBytes(entries: number): number {
  return wholeSectors(entries * 4);
}

/**
 * The block table (BAT): for each block the sector of its bitmap. `placed` maps block number to that sector; all other
 * entries, and the padding, say "unused". Throws {@link VhdError} `InvalidField` for a block outside the table.
 */
export function encodeBlockTable(entries: number, placed: ReadonlyMap<number, number>): Uint8Array {
  const bytes = new Uint8Array(blockTableBytes(entries));
  writeBlockTable(bytes, entries, placed);
  return bytes;
}

/** Like {@link encodeBlockTable}, into {@link blockTableBytes} bytes of a bigger structure. */
export function writeBlockTable(
  bytes: Uint8Array,
  entries: number,
  placed: ReadonlyMap<number, number>,
): void {
  bytes.fill(0xff);
  const fields = fieldsOf(bytes);
  for (const [block, sector] of placed) {
    if (!Number.isInteger(block) || block < 0 || block >= entries) {
      throw new VhdError('InvalidField', `block ${block} of a disk with ${entries} blocks`);
    }
    fields.setUint32(block * 4, sector);
  }
}

/** Reads `entries` entries: bitmap sectors, or {@link UNUSED_BLOCK}. Throws {@link VhdError} `Truncated`. */
export function parseBlockTable(bytes: Uint8Array, entries: number): Uint32Array {
  demandLength(bytes, entries * 4, 'the block table');
  // Whole and in place: a table has up to four million entries.
  const copy = Buffer.allocUnsafeSlow(entries * 4);
  copy.set(bytes.subarray(0, entries * 4));
  if (endianness() === 'LE') copy.swap32();
  return new Uint32Array(copy.buffer, copy.byteOffset, entries);
}
