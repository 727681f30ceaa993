import { UNUSED_BLOCK } from './block-table.js';
import { SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** A range of bytes, `end` excluded. */
export interface Region {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/** Throws {@link VhdError} `OutOfBounds` unless every region lies inside the file. */
export function demandInside(regions: readonly Region[], fileBytes: number): void {
  for (const region of regions) {
    if (region.start < 0 || region.end > fileBytes) {
      throw new VhdError('OutOfBounds', `${region.what} reaches outside the file`);
    }
  }
}

/**
 * Counts the blocks of a block table and checks that each lies inside `dataEnd` and shares no byte with another block
 * or a region. Throws {@link VhdError} `OutOfBounds` or `Overlap`. Memory: one number for each block.
 */
export function countPlacedBlocks(
  table: Uint32Array,
  blockBytes: number,
  regions: readonly Region[],
  dataEnd: number,
): number {
  const starts = usedSectors(table).sort();
  const blockSectors = 1 + blockBytes / SECTOR_BYTES;
  let previous = -blockSectors;
  for (const start of starts) {
    if (start - previous < blockSectors)
      throw new VhdError('Overlap', `two blocks share sector ${start}`);
    previous = start;
  }
  if (starts.length > 0 && (previous + blockSectors) * SECTOR_BYTES > dataEnd) {
    throw new VhdError('OutOfBounds', `the block at sector ${previous} reaches outside the file`);
  }
  for (const region of regions) demandApart(starts, blockSectors, region);
  return starts.length;
}

// Counted first: `filter` keeps a list of its own, several times as big.
function usedSectors(table: Uint32Array): Uint32Array {
  let used = 0;
  for (const sector of table) if (sector !== UNUSED_BLOCK) used += 1;
  const sectors = new Uint32Array(used);
  let next = 0;
  for (const sector of table) {
    if (sector === UNUSED_BLOCK) continue;
    sectors[next] = sector;
    next += 1;
  }
  return sectors;
}

function demandApart(starts: Uint32Array, blockSectors: number, region: Region): void {
  const endSector = Math.ceil(region.end / SECTOR_BYTES);
  const last = starts[firstAtLeast(starts, endSector) - 1];
  // Only the last block that starts before the region's end can reach into it: blocks don't overlap each other.
  if (last !== undefined && (last + blockSectors) * SECTOR_BYTES > region.start) {
    throw new VhdError('Overlap', `the block at sector ${last} lies over ${region.what}`);
  }
}

function firstAtLeast(sorted: Uint32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? wanted) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
