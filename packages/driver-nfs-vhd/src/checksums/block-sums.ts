/**
 * CRC-32 of each block of a disk, as far as they are known: of blocks 0 to `coveredBlocks`, those that have a place in
 * the file. A sum of a disk that is being read grows by this, so that reading may stop anywhere and go on later.
 */
export interface BlockSums {
  /** Whose they are: the footer's uuid, and what of it no flipped bit changes. */
  readonly disk: SummedDisk;
  /** CRC-32 of header, block table, batmap and locators. Footers have sums of their own, and are written again. */
  readonly structure: number;
  /** Blocks of the disk, from the first, that are covered. */
  readonly coveredBlocks: number;
  /** Blocks that have a place in the file, rising. */
  readonly blocks: Uint32Array;
  /** For each of `blocks`: CRC-32 of its bitmap and of the sectors that it holds, in order. */
  readonly sums: Uint32Array;
}

/** What a file has to be so that sums are about it. One that took its place, joined with its parent, has another parent. */
export interface SummedDisk {
  readonly uuid: string;
  readonly virtualBytes: number;
  readonly blockBytes: number;
  /** Absent for a disk that reads from no other. */
  readonly parent: string | undefined;
}

/** Blocks of a disk, the last of which may be only begun. */
export function blockCount({ virtualBytes, blockBytes }: SummedDisk): number {
  return Math.ceil(virtualBytes / blockBytes);
}

/** Whether every block is covered. */
export function isComplete({ disk, coveredBlocks }: BlockSums): boolean {
  return coveredBlocks === blockCount(disk);
}

/** Whether sums of the one are about the other. */
export function isSameDisk(left: SummedDisk, right: SummedDisk): boolean {
  return (
    left.uuid === right.uuid &&
    left.virtualBytes === right.virtualBytes &&
    left.blockBytes === right.blockBytes &&
    left.parent === right.parent
  );
}

/** The sum of a block; absent where the disk had none there. */
export function sumOfBlock({ blocks, sums }: BlockSums, block: number): number | undefined {
  const at = firstAtLeast(blocks, block);
  return blocks[at] === block ? sums[at] : undefined;
}

/** The index of the first of rising numbers that is `wanted` or more. */
export function firstAtLeast(rising: Uint32Array, wanted: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? wanted) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
