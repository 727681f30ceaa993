import type { Vhd } from '../vhd/open-vhd.js';
import { type BlockSums, blockCount, firstAtLeast, isSameDisk, sumOfBlock } from './block-sums.js';
import {
  type BlockReading,
  placedBlocks,
  placeOfBlock,
  sumBlocks,
  summedDisk,
  sumOfStructure,
} from './sum-blocks.js';

/** A block that is not what it was. */
export interface DamagedBlock {
  readonly block: number;
  /** Bytes of the disk, `end` excluded. */
  readonly start: number;
  readonly end: number;
  /** Where it begins in the file, its bitmap first; absent where the file has no place for it any more. */
  readonly filePosition: number | undefined;
  /** `changed`: other bytes. `unreadable`: the system refuses. `gone`, `appeared`: the block table says something else. */
  readonly what: 'changed' | 'unreadable' | 'gone' | 'appeared';
  readonly detail: string;
}

/** What comparing a disk with its sums gave. */
export type Verification =
  /** The sums are about a file that this one has replaced. */
  | { readonly kind: 'outdated' }
  | {
      readonly kind: 'compared';
      /** Whether header, block table, batmap and locators are what they were. */
      readonly structure: 'intact' | 'changed';
      /** By block. */
      readonly damaged: readonly DamagedBlock[];
      readonly readBytes: number;
      /** The first block that was not looked at. */
      readonly nextBlock: number;
    };

/** Which part of a disk is compared. */
export interface VerifyOptions extends BlockReading {
  /** Default 0. */
  readonly fromBlock?: number | undefined;
  /** Stops behind the block with which so many bytes are read; default: all that the sums cover. */
  readonly mostBytes?: number | undefined;
}

/** Compares what a disk holds with its sums, as far as they cover it. */
export async function verifyDisk(
  vhd: Vhd,
  sums: BlockSums,
  { fromBlock = 0, mostBytes = Number.POSITIVE_INFINITY, ...reading }: VerifyOptions = {},
): Promise<Verification> {
  if (!isSameDisk(summedDisk(vhd), sums.disk)) return { kind: 'outdated' };
  const structure = (await sumOfStructure(vhd)) === sums.structure ? 'intact' : 'changed';
  const damaged: DamagedBlock[] = [];
  const compared: number[] = [];
  let readBytes = 0;
  let nextBlock = Math.min(sums.coveredBlocks, blockCount(sums.disk));
  for (const block of placedBlocks(vhd, fromBlock, nextBlock)) {
    if (readBytes >= mostBytes) {
      nextBlock = block;
      break;
    }
    if (sumOfBlock(sums, block) === undefined)
      damaged.push(damagedBlock(vhd, block, 'appeared', 'the file had no such block'));
    else {
      compared.push(block);
      readBytes += placeOfBlock(vhd, block).bytes;
    }
  }
  for (const block of goneBlocks(vhd, sums, fromBlock, nextBlock))
    damaged.push(damagedBlock(vhd, block, 'gone', 'the block table does not tell of it any more'));
  await sumBlocks(vhd, compared, reading, (block, sum) => {
    const wanted = sumOfBlock(sums, block);
    if (typeof sum !== 'number') {
      const { unreadable } = sum;
      const detail = unreadable instanceof Error ? unreadable.message : String(unreadable);
      damaged.push(damagedBlock(vhd, block, 'unreadable', detail));
    } else if (sum !== wanted)
      damaged.push(
        damagedBlock(vhd, block, 'changed', `its sum is ${hex(sum)}, and was ${hex(wanted ?? 0)}`),
      );
  });
  damaged.sort((left, right) => left.block - right.block);
  return { kind: 'compared', structure, damaged, readBytes, nextBlock };
}

function* goneBlocks(
  vhd: Vhd,
  { blocks }: BlockSums,
  from: number,
  until: number,
): Generator<number> {
  const placed = placedBlocks(vhd, from, until);
  let next = placed.next();
  for (let index = firstAtLeast(blocks, from); index < blocks.length; index += 1) {
    const block = blocks[index] ?? until;
    if (block >= until) return;
    while (next.done !== true && next.value < block) next = placed.next();
    if (next.done === true || next.value !== block) yield block;
  }
}

function damagedBlock(
  vhd: Vhd,
  block: number,
  what: DamagedBlock['what'],
  detail: string,
): DamagedBlock {
  const { blockBytes, virtualBytes } = summedDisk(vhd);
  const start = block * blockBytes;
  const filePosition = what === 'gone' ? undefined : placeOfBlock(vhd, block).position;
  return {
    block,
    start,
    end: Math.min(start + blockBytes, virtualBytes),
    filePosition,
    what,
    detail,
  };
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
