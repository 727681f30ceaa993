import { endianness } from 'node:os';
import { UNUSED_BLOCK } from '../block-table.js';
import { bitmapBytesOf } from '../layer.js';
import type { Region } from '../regions.js';
import { SECTOR_BYTES } from '../sizes.js';
import type { CheckedHeader } from './check-header.js';
import type { FindingCode, Report } from './finding.js';

/** Of the same kind, only so many are listed: a table of noise has a million. */
export const MOST_ALIKE = 100;

/** Where blocks end, and which can be read. */
export interface CheckedBlocks {
  /** Blocks with a place of their own inside the file: no more than it has room for, whatever the table says. */
  readonly readable: Uint32Array;
  /** The end of the last of them, or of the last structure. */
  readonly end: number;
  /** Nothing while blocks are lost or share their places: then nobody can tell. */
  readonly unusedBytes: number;
}

/**
 * Checks that every block has a place of its own inside the file. A table has up to four million entries, all of which may
 * be wrong: memory is 20 bytes for each that is in use and one for each that is not.
 */
export function checkBlocks(
  table: Uint32Array,
  header: CheckedHeader,
  bounds: { readonly dataEnd: number; readonly virtualBytes: number },
  report: Report,
): CheckedBlocks {
  const { blockBytes } = header;
  const { dataEnd, virtualBytes } = bounds;
  const bytes = bitmapBytesOf(blockBytes) + blockBytes;
  const startOf = (block: number): number => (table[block] ?? 0) * SECTOR_BYTES;
  const isInside = (block: number): boolean =>
    table[block] !== UNUSED_BLOCK && startOf(block) + bytes <= dataEnd;
  const tell = sparing(report);
  let outside = 0;
  let inside = 0;
  for (let block = 0; block < table.length; block += 1) {
    if (table[block] === UNUSED_BLOCK) continue;
    const start = startOf(block);
    const place = (detail: string) => ({ where: `block ${block}`, position: start, detail });
    if (isInside(block)) inside += 1;
    else {
      outside += 1;
      tell('BlockOutside', () => place(`ends at ${start + bytes} of ${dataEnd}`));
    }
    if (virtualBytes > 0 && block * blockBytes >= virtualBytes)
      tell('BlockBehindDisk', () => place('the disk ends before it'));
  }
  const sorted = sortedByPlace(table, inside, isInside);
  const shared = overlapping(sorted, { table, startOf, bytes, regions: header.regions }, tell);
  reportMisaligned(sorted, startOf, shared, tell);
  const structuresEnd = Math.max(...header.regions.map((region) => region.end));
  const last = sorted.at(-1);
  const end = Math.max(structuresEnd, last === undefined ? 0 : startOf(last) + bytes);
  // Between aligned blocks are gaps of less than a page.
  const used = structuresEnd + inside * (bytes + 4096);
  const readable = ownPlaces(sorted, shared);
  const certain = readable.length === inside && outside === 0;
  return {
    readable,
    end: certain ? end : dataEnd,
    unusedBytes: certain ? Math.max(0, dataEnd - used - 2 * 4096) : 0,
  };
}

type Tell = (code: FindingCode, place: () => Parameters<Report>[1]) => void;

// What is not listed any more need not be put in words.
function sparing(report: Report): Tell {
  const told = new Map<FindingCode, number>();
  return (code, place) => {
    const count = told.get(code) ?? 0;
    if (count > MOST_ALIKE) return;
    told.set(code, count + 1);
    report(code, place());
  };
}

/** The wanted blocks, of which there are `count`, by where they lie. */
function sortedByPlace(
  table: Uint32Array,
  count: number,
  isWanted: (block: number) => boolean,
): Uint32Array {
  const keys = new BigUint64Array(count);
  const words = new Uint32Array(keys.buffer);
  const [sectorAt, blockAt] = endianness() === 'LE' ? [1, 0] : [0, 1];
  let next = 0;
  for (let block = 0; block < table.length; block += 1) {
    if (!isWanted(block)) continue;
    words[next + sectorAt] = table[block] ?? 0;
    words[next + blockAt] = block;
    next += 2;
  }
  keys.sort();
  return Uint32Array.from({ length: count }, (_, index) => words[index * 2 + blockAt] ?? 0);
}

interface Places {
  readonly table: Uint32Array;
  readonly startOf: (block: number) => number;
  readonly bytes: number;
  readonly regions: readonly Region[];
}

/** By block, whether it shares its place with another or with a structure. */
function overlapping(
  sorted: Uint32Array,
  { table, startOf, bytes, regions }: Places,
  tell: Tell,
): Uint8Array {
  const shared = new Uint8Array(table.length);
  let before: number | undefined;
  for (const block of sorted) {
    const start = startOf(block);
    const place = (detail: string) => ({ where: `block ${block}`, position: start, detail });
    if (before !== undefined && start < startOf(before) + bytes) {
      const other = before;
      shared[block] = 1;
      shared[other] = 1;
      tell('BlocksOverlap', () => place(`with block ${other}`));
    }
    before = block;
    const over = regions.find((region) => start < region.end && region.start < start + bytes);
    if (over !== undefined) {
      shared[block] = 1;
      tell('BlockOverStructure', () => place(`over ${over.what}`));
    }
  }
  return shared;
}

function reportMisaligned(
  sorted: Uint32Array,
  startOf: (block: number) => number,
  shared: Uint8Array,
  tell: Tell,
): void {
  let first: number | undefined;
  let count = 0;
  for (const block of sorted) {
    if (shared[block] === 1 || (startOf(block) + SECTOR_BYTES) % 4096 === 0) continue;
    first ??= block;
    count += 1;
  }
  if (first === undefined) return;
  const place = { where: `block ${first}`, position: startOf(first) };
  tell('BlockMisaligned', () => ({ ...place, detail: `${count} blocks` }));
}

/** Those with a place of their own, by their numbers. */
function ownPlaces(sorted: Uint32Array, shared: Uint8Array): Uint32Array {
  let count = 0;
  for (const block of sorted) if (shared[block] === 0) count += 1;
  const own = new Uint32Array(count);
  let next = 0;
  for (const block of sorted) {
    if (shared[block] === 1) continue;
    own[next] = block;
    next += 1;
  }
  return own.sort();
}
