import { UNUSED_BLOCK } from '../block-table.js';
import { bitmapBytesOf } from '../layer.js';
import type { Region } from '../regions.js';
import { SECTOR_BYTES } from '../sizes.js';
import type { CheckedHeader } from './check-header.js';
import type { Report } from './finding.js';

/** Of the same kind, only so many are listed: a table of noise has a million. */
export const MOST_ALIKE = 100;

/** Where blocks end, and which can be read. */
export interface CheckedBlocks {
  /** Blocks with a place of their own inside the file: no more than it has room for, whatever the table says. */
  readonly readable: readonly number[];
  /** The end of the last of them, or of the last structure. */
  readonly end: number;
  /** Nothing while blocks are lost or share their places: then nobody can tell. */
  readonly unusedBytes: number;
}

/** Checks that every block has a place of its own inside the file. */
export function checkBlocks(
  table: Uint32Array,
  header: CheckedHeader,
  bounds: { readonly dataEnd: number; readonly virtualBytes: number },
  report: Report,
): CheckedBlocks {
  const { blockBytes } = header;
  const bytes = bitmapBytesOf(blockBytes) + blockBytes;
  // One by one: a table has up to four million entries, of which hardly any may be in use.
  const blocks: number[] = [];
  for (let block = 0; block < table.length; block += 1) {
    if (table[block] !== UNUSED_BLOCK) blocks.push(block);
  }
  const startOf = (block: number): number => (table[block] ?? 0) * SECTOR_BYTES;
  const readable: number[] = [];
  for (const block of blocks) {
    const start = startOf(block);
    const place = { where: `block ${block}`, position: start };
    if (start + bytes > bounds.dataEnd) {
      report('BlockOutside', { ...place, detail: `ends at ${start + bytes} of ${bounds.dataEnd}` });
    } else readable.push(block);
    if (bounds.virtualBytes > 0 && block * blockBytes >= bounds.virtualBytes)
      report('BlockBehindDisk', { ...place, detail: `the disk ends before it` });
  }
  const sorted = readable.toSorted((left, right) => startOf(left) - startOf(right));
  const shared = reportOverlaps(sorted, startOf, bytes, header.regions, report);
  const misaligned = sorted.filter(
    (block) => !shared.has(block) && (startOf(block) + SECTOR_BYTES) % 4096 !== 0,
  );
  const [first] = misaligned;
  if (first !== undefined)
    report('BlockMisaligned', {
      where: `block ${first}`,
      position: startOf(first),
      detail: `${misaligned.length} blocks`,
    });
  const structuresEnd = Math.max(...header.regions.map((region) => region.end));
  const last = sorted.at(-1);
  const end = Math.max(structuresEnd, last === undefined ? 0 : startOf(last) + bytes);
  // Between aligned blocks are gaps of less than a page.
  const used = structuresEnd + readable.length * (bytes + 4096);
  const certain = shared.size === 0 && readable.length === blocks.length;
  return {
    readable: readable.filter((block) => !shared.has(block)),
    end: certain ? end : bounds.dataEnd,
    unusedBytes: certain ? Math.max(0, bounds.dataEnd - used - 2 * 4096) : 0,
  };
}

function reportOverlaps(
  sorted: readonly number[],
  startOf: (block: number) => number,
  bytes: number,
  regions: readonly Region[],
  report: Report,
): ReadonlySet<number> {
  const shared = new Set<number>();
  let before: number | undefined;
  for (const block of sorted) {
    const start = startOf(block);
    const place = { where: `block ${block}`, position: start };
    if (before !== undefined && start < startOf(before) + bytes) {
      shared.add(block).add(before);
      report('BlocksOverlap', { ...place, detail: `with block ${before}` });
    }
    before = block;
    const over = regions.find((region) => start < region.end && region.start < start + bytes);
    if (over !== undefined) {
      shared.add(block);
      report('BlockOverStructure', { ...place, detail: `over ${over.what}` });
    }
  }
  return shared;
}
