import { crc32 } from 'node:zlib';
import { UNUSED_BLOCK } from '../vhd/block-table.js';
import { FOOTER_BYTES } from '../vhd/footer.js';
import { inLanes } from '../vhd/in-lanes.js';
import { bitmapBytesOf } from '../vhd/layer.js';
import type { SparseVhd, Vhd } from '../vhd/open-vhd.js';
import { readExactly, readInto } from '../vhd/reader.js';
import { bitAt, runEnd } from '../vhd/sector-bits.js';
import { BLOCK_BYTES, SECTOR_BYTES } from '../vhd/sizes.js';
import { structureRegions } from '../vhd/structure-regions.js';
import type { SummedDisk } from './block-sums.js';

/** One is summed while the next is read. */
const LANES = 2;
/** What of the structure is read at a time. */
const STEP_BYTES = 1024 * 1024;

/** A block as a file has it. */
export interface BlockBytes {
  /** Which sectors the file holds; absent where it holds all, and says so nowhere. */
  readonly bitmap: Uint8Array | undefined;
  readonly data: Uint8Array;
}

/** How blocks are read. */
export interface BlockReading {
  readonly signal?: AbortSignal | undefined;
  /** Waited for before so many bytes are read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
}

/** What a VHD has to be so that sums are about it. */
export function summedDisk(vhd: Vhd): SummedDisk {
  const { virtualBytes, footer } = vhd;
  return vhd.kind === 'fixed'
    ? { uuid: footer.uuid, virtualBytes, blockBytes: BLOCK_BYTES, parent: undefined }
    : {
        uuid: footer.uuid,
        virtualBytes,
        blockBytes: vhd.header.blockBytes,
        parent: vhd.header.parent?.uuid,
      };
}

/** CRC-32 of what a block holds: of its bitmap, and of the sectors that are set in it. */
export function sumOf({ bitmap, data }: BlockBytes): number {
  if (bitmap === undefined) return crc32(data);
  let sum = crc32(bitmap);
  const sectors = data.byteLength / SECTOR_BYTES;
  for (let from = 0; from < sectors; ) {
    const end = runEnd(bitmap, from, sectors);
    if (bitAt(bitmap, from) === 1)
      sum = crc32(data.subarray(from * SECTOR_BYTES, end * SECTOR_BYTES), sum);
    from = end;
  }
  return sum;
}

/** CRC-32 of header, block table, batmap and locators, wherever they lie. Of a fixed disk 0: it has none. */
export async function sumOfStructure(vhd: Vhd): Promise<number> {
  if (vhd.kind === 'fixed') return 0;
  let sum = 0;
  for (const { start, end } of await structureRegions(vhd)) {
    // Footers are written again when a disk is hidden, and have sums of their own.
    for (let at = Math.max(start, FOOTER_BYTES); at < end; at += STEP_BYTES) {
      sum = crc32(await readExactly(vhd.file, at, Math.min(STEP_BYTES, end - at)), sum);
    }
  }
  return sum;
}

/** Blocks with a place in the file from one block of the disk up to another, rising. */
export function* placedBlocks(vhd: Vhd, from: number, until: number): Generator<number> {
  for (let block = from; block < until; block += 1) {
    if (vhd.kind === 'fixed' || vhd.table[block] !== UNUSED_BLOCK) yield block;
  }
}

/** Where a block begins in the file, and how long it is, its bitmap included. */
export function placeOfBlock(vhd: Vhd, block: number): { position: number; bytes: number } {
  if (vhd.kind === 'fixed') {
    const position = block * BLOCK_BYTES;
    return { position, bytes: Math.min(BLOCK_BYTES, vhd.virtualBytes - position) };
  }
  const { blockBytes } = vhd.header;
  const position = (vhd.table[block] ?? UNUSED_BLOCK) * SECTOR_BYTES;
  return { position, bytes: bitmapBytesOf(blockBytes) + blockBytes };
}

/**
 * Reads blocks and hands each over with its sum, in any order; the bytes are gone after that. A block that the system
 * can't read (EIO) is handed over as what was thrown.
 */
export async function sumBlocks(
  vhd: Vhd,
  blocks: Iterable<number>,
  { signal, pace }: BlockReading,
  take: (block: number, sum: number | { readonly unreadable: unknown }) => void,
): Promise<void> {
  const longest =
    vhd.kind === 'fixed'
      ? BLOCK_BYTES
      : bitmapBytesOf(vhd.header.blockBytes) + vhd.header.blockBytes;
  const buffers = Array.from({ length: LANES }, () => Buffer.allocUnsafeSlow(longest));
  await inLanes(blocks, { lanes: LANES, signal }, async (block, lane) => {
    const { position, bytes } = placeOfBlock(vhd, block);
    await pace?.(bytes);
    const buffer = (buffers[lane] ?? Buffer.alloc(0)).subarray(0, bytes);
    try {
      await readInto(vhd.file, buffer, position);
    } catch (thrown) {
      take(block, { unreadable: thrown });
      return;
    }
    take(block, sumOf(splitBlock(vhd, buffer)));
  });
}

/** A block's bytes in the file as bitmap and data. */
export function splitBlock(vhd: Vhd, bytes: Uint8Array): BlockBytes {
  if (vhd.kind === 'fixed') return { bitmap: undefined, data: bytes };
  const bitmapBytes = bitmapBytesOf((vhd satisfies SparseVhd).header.blockBytes);
  return { bitmap: bytes.subarray(0, bitmapBytes), data: bytes.subarray(bitmapBytes) };
}
