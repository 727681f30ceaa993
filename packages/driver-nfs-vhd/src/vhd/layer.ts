import { UNUSED_BLOCK } from './block-table.js';
import type { Vhd } from './open-vhd.js';
import { type Readable, readExactly } from './reader.js';
import { bitAt, runEnd } from './sector-bits.js';
import { SECTOR_BYTES } from './sizes.js';
import { VhdError } from './vhd-error.js';

/** A range of the virtual disk, in bytes, `end` excluded, and where its data lie. */
export interface LayerExtent {
  readonly start: number;
  readonly end: number;
  /** Where the range begins in the layer's file; absent when the layer holds nothing of it. */
  readonly filePosition?: number | undefined;
}

/** One file of a chain, by what it holds of the virtual disk. */
export interface Layer {
  readonly file: Readable;
  readonly virtualBytes: number;
  /** How much of the disk a block is. A layer without blocks has one number only to iterate by. */
  readonly blockBytes: number;
  /** Whether anything at all is held of the range; no I/O. */
  mayHold(start: number, end: number): boolean;
  /** The whole of a range that is inside the disk, in order; neighbours that are held alike are one extent in a block. */
  extents(start: number, end: number): Promise<readonly LayerExtent[]>;
}

/** Bitmaps kept of those that were read: 512 KiB a layer. */
const BITMAPS_KEPT = 1024;
const FLAT_STEP_BYTES = 2 * 1024 * 1024;

/** A layer that holds all of the disk at its own place: a fixed VHD, or a raw parent. */
export class FlatLayer implements Layer {
  readonly file: Readable;
  readonly virtualBytes: number;
  readonly blockBytes: number = FLAT_STEP_BYTES;

  constructor(file: Readable, virtualBytes: number) {
    this.file = file;
    this.virtualBytes = virtualBytes;
  }

  mayHold(): boolean {
    return true;
  }

  async extents(start: number, end: number): Promise<readonly LayerExtent[]> {
    return [{ start, end, filePosition: start }];
  }
}

/** A dynamic or differencing VHD's own sectors. Table and bitmaps may be changed by the one writer of the file. */
export class SparseLayer implements Layer {
  readonly file: Readable;
  readonly virtualBytes: number;
  readonly blockBytes: number;
  readonly bitmapBytes: number;
  readonly table: Uint32Array;
  readonly #bitmaps = new Map<number, Uint8Array>();
  readonly #isPinned: (block: number) => boolean;

  /** `isPinned` tells of bitmaps that may not be forgotten, because they say what the file does not yet. */
  constructor(
    file: Readable,
    shape: {
      readonly virtualBytes: number;
      readonly blockBytes: number;
      readonly table: Uint32Array;
    },
    isPinned: (block: number) => boolean = () => false,
  ) {
    this.#isPinned = isPinned;
    this.file = file;
    this.virtualBytes = shape.virtualBytes;
    this.blockBytes = shape.blockBytes;
    this.bitmapBytes = bitmapBytesOf(shape.blockBytes);
    this.table = shape.table;
  }

  mayHold(start: number, end: number): boolean {
    const last = Math.min(this.table.length, Math.ceil(end / this.blockBytes));
    for (let block = Math.floor(start / this.blockBytes); block < last; block += 1) {
      if (this.table[block] !== UNUSED_BLOCK) return true;
    }
    return false;
  }

  async extents(start: number, end: number): Promise<readonly LayerExtent[]> {
    const found: LayerExtent[] = [];
    for (let from = start; from < end; ) {
      const block = Math.floor(from / this.blockBytes);
      const blockStart = block * this.blockBytes;
      const until = Math.min(end, blockStart + this.blockBytes);
      const sector = this.sectorOf(block);
      if (sector === UNUSED_BLOCK) found.push({ start: from, end: until });
      else
        appendRuns(
          found,
          await this.bitmap(block),
          { blockStart, from, until },
          this.#dataOf(sector),
        );
      from = until;
    }
    return found;
  }

  /** The sector of a block's bitmap, or `UNUSED_BLOCK`. */
  sectorOf(block: number): number {
    return this.table[block] ?? UNUSED_BLOCK;
  }

  /** The bitmap of an allocated block. */
  async bitmap(block: number): Promise<Uint8Array> {
    const kept = this.#bitmaps.get(block);
    if (kept !== undefined) return kept;
    const position = this.sectorOf(block) * SECTOR_BYTES;
    const read = await readExactly(this.file, position, this.bitmapBytes);
    // Somebody else may have read it, and set bits in it, meanwhile.
    const first = this.#bitmaps.get(block);
    if (first !== undefined) return first;
    this.#bitmaps.set(block, read);
    if (this.#bitmaps.size > BITMAPS_KEPT) this.#forgetOldest(block);
    return read;
  }

  /** Puts in the bitmap of a new block. */
  putBitmap(block: number, bitmap: Uint8Array): void {
    this.#bitmaps.set(block, bitmap);
  }

  /** A bitmap that is in memory. */
  keptBitmap(block: number): Uint8Array | undefined {
    return this.#bitmaps.get(block);
  }

  #dataOf(sector: number): number {
    return sector * SECTOR_BYTES + this.bitmapBytes;
  }

  #forgetOldest(except: number): void {
    for (const block of this.#bitmaps.keys()) {
      if (block === except || this.#isPinned(block)) continue;
      this.#bitmaps.delete(block);
      return;
    }
  }
}

/** Bytes of the bitmap before each block: one bit a sector, in whole sectors. */
export function bitmapBytesOf(blockBytes: number): number {
  return Math.ceil(blockBytes / SECTOR_BYTES / 8 / SECTOR_BYTES) * SECTOR_BYTES;
}

/** The layer of an opened VHD. */
export function layerOf(vhd: Vhd): Layer {
  return vhd.kind === 'fixed'
    ? new FlatLayer(vhd.file, vhd.virtualBytes)
    : new SparseLayer(vhd.file, {
        virtualBytes: vhd.virtualBytes,
        blockBytes: vhd.header.blockBytes,
        table: vhd.table,
      });
}

/** Returns the end of a range of whole sectors inside a disk. Throws {@link VhdError} `InvalidRange`. */
export function demandRange(position: number, length: number, virtualBytes: number): number {
  const end = position + length;
  const whole = position % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
  if (!Number.isSafeInteger(end) || position < 0 || length < 0 || !whole || end > virtualBytes) {
    throw new VhdError(
      'InvalidRange',
      `bytes ${position} to ${end} are no whole sectors of a disk of ${virtualBytes}`,
    );
  }
  return end;
}

function appendRuns(
  found: LayerExtent[],
  bits: Uint8Array,
  range: { readonly blockStart: number; readonly from: number; readonly until: number },
  data: number,
): void {
  const { blockStart, from, until } = range;
  const last = Math.ceil((until - blockStart) / SECTOR_BYTES);
  for (let sector = Math.floor((from - blockStart) / SECTOR_BYTES); sector < last; ) {
    const next = runEnd(bits, sector, last);
    const start = Math.max(from, blockStart + sector * SECTOR_BYTES);
    const end = Math.min(until, blockStart + next * SECTOR_BYTES);
    if (bitAt(bits, sector) === 1) {
      found.push({ start, end, filePosition: data + start - blockStart });
    } else found.push({ start, end });
    sector = next;
  }
}
