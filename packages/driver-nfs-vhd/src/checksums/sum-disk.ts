import type { Vhd } from '../vhd/open-vhd.js';
import { type BlockSums, blockCount } from './block-sums.js';
import {
  type BlockReading,
  placedBlocks,
  placeOfBlock,
  sumBlocks,
  summedDisk,
  sumOfStructure,
} from './sum-blocks.js';

/** How far a disk is summed. */
export interface SumDiskOptions extends BlockReading {
  /** What was summed before; goes on from there. Has to be about this disk. */
  readonly known?: BlockSums | undefined;
  /** Stops behind the block with which so many bytes are read; default: the end of the disk. */
  readonly mostBytes?: number | undefined;
}

/** Sums of a disk, further than those known. Throws what reading throws: a block that can't be read has no sum. */
export async function sumDisk(
  vhd: Vhd,
  { known, mostBytes = Number.POSITIVE_INFINITY, ...reading }: SumDiskOptions = {},
): Promise<{ readonly sums: BlockSums; readonly readBytes: number }> {
  const disk = summedDisk(vhd);
  const count = blockCount(disk);
  const from = known?.coveredBlocks ?? 0;
  const added: number[] = [];
  let readBytes = 0;
  let coveredBlocks = count;
  for (const block of placedBlocks(vhd, from, count)) {
    if (readBytes >= mostBytes) {
      coveredBlocks = block;
      break;
    }
    added.push(block);
    readBytes += placeOfBlock(vhd, block).bytes;
  }
  const found = new Map<number, number>();
  await sumBlocks(vhd, added, reading, (block, sum) => {
    if (typeof sum !== 'number') throw sum.unreadable;
    found.set(block, sum);
  });
  const sums: BlockSums = {
    disk,
    structure: known?.structure ?? (await sumOfStructure(vhd)),
    coveredBlocks,
    blocks: Uint32Array.from([...(known?.blocks ?? []), ...added]),
    sums: Uint32Array.from([
      ...(known?.sums ?? []),
      ...added.map((block) => found.get(block) ?? 0),
    ]),
  };
  return { sums, readBytes };
}
