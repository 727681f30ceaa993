import { blockTableBytes, UNUSED_BLOCK } from './block-table.js';

/** Entries that are written together: what a disk writes at once. */
const PAGE_ENTRIES = 1024;

/** A part of the block table as it is to stand in the file. */
export interface TablePage {
  /** From the start of the table, in bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The pages of a table with entries that changed. Entries of `unready` blocks are written as unused. */
export function dirtyTablePages(
  table: Uint32Array,
  changed: readonly number[],
  unready: { has(block: number): boolean },
): readonly TablePage[] {
  const pages = new Set(changed.map((block) => Math.floor(block / PAGE_ENTRIES)));
  return [...pages].map((page) => {
    const first = page * PAGE_ENTRIES;
    const last = Math.min(first + PAGE_ENTRIES, table.length);
    const bytes = Buffer.alloc((last - first) * 4);
    for (let block = first; block < last; block += 1) {
      bytes.writeUInt32BE(
        unready.has(block) ? UNUSED_BLOCK : (table[block] ?? UNUSED_BLOCK),
        (block - first) * 4,
      );
    }
    return { offset: first * 4, bytes };
  });
}

/** The whole table as bytes, padding included. */
export function tableBytes(table: Uint32Array): Uint8Array {
  const bytes = Buffer.alloc(blockTableBytes(table.length), 0xff);
  for (let block = 0; block < table.length; block += 1) {
    bytes.writeUInt32BE(table[block] ?? UNUSED_BLOCK, block * 4);
  }
  return bytes;
}
