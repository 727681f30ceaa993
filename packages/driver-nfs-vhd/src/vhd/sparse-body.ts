import { UNUSED_BLOCK } from './block-table.js';
import { FOOTER_BYTES } from './footer.js';
import { inLanes } from './in-lanes.js';
import { SparseLayer } from './layer.js';
import { nextBitmapSector } from './layout.js';
import type { SparseVhd } from './open-vhd.js';
import { bitAt, runEnd, setBits } from './sector-bits.js';
import { settled } from './settled.js';
import { SECTOR_BYTES, wholeSectors } from './sizes.js';
import { dirtyTablePages } from './table-pages.js';
import { VhdError } from './vhd-error.js';
import type { Writable } from './writable.js';

/** Bitmaps that wait for a flush: 4 MiB of them. Then one is made unasked. */
const MOST_DIRTY = 8192;
const LANES = 4;
/** Virtual PC's short footer begins one byte later than it seems. */
const SHORT_FOOTER_BYTES = FOOTER_BYTES - 1;

/**
 * `crashSafe`: what a flush makes visible was made durable before it. `unordered`: the file is nobody's yet, and whoever
 * publishes it syncs it.
 */
export type WriteOrder = 'crashSafe' | 'unordered';

/** Where and how blocks may be put. */
export interface WritePlace {
  /** The first byte that belongs to nothing. */
  readonly freeFrom: number;
  /** From here on the file holds only zeros. */
  readonly zerosFrom: number;
  readonly order: WriteOrder;
}

/** A range inside one block, in sectors. */
interface BlockRange {
  readonly block: number;
  readonly from: number;
  readonly end: number;
}

/** Bytes for a place in the file. */
interface Placed {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** The blocks of a dynamic or differencing VHD while they are written; {@link VhdWriter} tells the order. */
export class SparseBody {
  readonly layer: SparseLayer;
  readonly #file: Writable;
  readonly #vhd: SparseVhd;
  readonly #place: WritePlace;
  #free: number;
  #allocated = 0;
  /** Where the last footer is; absent where there is none. */
  #footerAt: number | undefined;
  /** Footers are moved one after the other; a block waits for the move that makes its place free. */
  #moving: Promise<void> = Promise.resolve();
  /** Blocks whose place is being made ready: the table in the file must not name them yet. */
  readonly #placing = new Map<number, Promise<void>>();
  /** Blocks that the table in the file does not name yet. */
  #newBlocks: Set<number> = new Set();
  #dirtyBitmaps: Set<number> = new Set();
  #flushedBitmaps: Set<number> = new Set();
  /** How many writes are under way in a block. */
  readonly #writing = new Map<number, number>();
  #flushing: Promise<void> = Promise.resolve();
  #broken: { readonly thrown: unknown } | undefined;

  constructor(file: Writable, vhd: SparseVhd, place: WritePlace) {
    this.#file = file;
    this.#vhd = vhd;
    this.#place = place;
    this.#free = place.freeFrom;
    this.#footerAt = footerPosition(file, vhd);
    this.layer = new SparseLayer(
      file,
      { virtualBytes: vhd.virtualBytes, blockBytes: vhd.header.blockBytes, table: vhd.table },
      (block) =>
        this.#writing.has(block) ||
        this.#placing.has(block) ||
        this.#dirtyBitmaps.has(block) ||
        this.#flushedBitmaps.has(block),
    );
  }

  /** Blocks that have a place. */
  get allocatedBlocks(): number {
    return this.#vhd.allocatedBlocks + this.#allocated;
  }

  /** Writes whole sectors of the disk. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const { blockBytes } = this.layer;
    const parts: Promise<void>[] = [];
    for (let done = 0; done < bytes.byteLength; ) {
      const at = position + done;
      const block = Math.floor(at / blockBytes);
      const from = at - block * blockBytes;
      const length = Math.min(bytes.byteLength - done, blockBytes - from);
      const range = { block, from: from / SECTOR_BYTES, end: (from + length) / SECTOR_BYTES };
      const part = bytes.subarray(done, done + length);
      parts.push(this.#unlessBroken(() => this.#writeBlock(range, part)));
      done += length;
    }
    await settled(parts);
    if (this.#dirtyBitmaps.size > MOST_DIRTY) await this.flush();
  }

  /** Makes what was written durable and visible. */
  flush(): Promise<void> {
    // Whoever asks while one is under way may have written after it began.
    const flushed = this.#flushing.then(() => this.#unlessBroken(() => this.#flush()));
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  async #writeBlock({ block, from, end }: BlockRange, bytes: Uint8Array): Promise<void> {
    this.#writing.set(block, (this.#writing.get(block) ?? 0) + 1);
    try {
      if (this.layer.sectorOf(block) === UNUSED_BLOCK) this.#allocate(block);
      await this.#placing.get(block);
      const bitmap = await this.layer.bitmap(block);
      const data = this.layer.sectorOf(block) * SECTOR_BYTES + this.layer.bitmapBytes;
      await this.#file.writeAt(bytes, data + from * SECTOR_BYTES);
      if (bitAt(bitmap, from) === 0 || runEnd(bitmap, from, end) < end) {
        setBits(bitmap, from, end);
        this.#dirtyBitmaps.add(block);
      }
    } finally {
      const others = (this.#writing.get(block) ?? 1) - 1;
      if (others === 0) this.#writing.delete(block);
      else this.#writing.set(block, others);
    }
  }

  #allocate(block: number): void {
    const sector = nextBitmapSector(this.#free);
    const start = sector * SECTOR_BYTES;
    const end = start + this.layer.bitmapBytes + this.layer.blockBytes;
    if ((end + FOOTER_BYTES) / SECTOR_BYTES >= UNUSED_BLOCK) {
      throw new VhdError('NoRoom', 'the file would be longer than the 2 TiB a table can address');
    }
    this.#free = end;
    this.#allocated += 1;
    this.layer.table[block] = sector;
    const bitmap = new Uint8Array(this.layer.bitmapBytes);
    // Readers disagree on what a clear bit means in a file without a parent, so there are none.
    if (this.#vhd.footer.type === 'dynamic') bitmap.fill(0xff);
    this.layer.putBitmap(block, bitmap);
    const placed = this.#prepare(start, end).then(() => {
      this.#placing.delete(block);
      this.#newBlocks.add(block);
      this.#dirtyBitmaps.add(block);
    });
    this.#placing.set(block, placed);
    placed.catch(() => undefined);
  }

  async #prepare(start: number, end: number): Promise<void> {
    await this.#moveFooter();
    const stale = Math.min(end, this.#place.zerosFrom);
    if (this.#vhd.footer.type === 'differencing' || stale <= start) return;
    // What an earlier writer left here, never published, must not be read as data.
    await this.#file.writeAt(new Uint8Array(stale - start), start);
  }

  #moveFooter(): Promise<void> {
    this.#moving = this.#moving.then(async () => {
      const least = this.#footerAt ?? wholeSectors(this.#file.sizeBytes);
      const wanted = Math.max(this.#free, least);
      if (wanted === this.#footerAt) return;
      await this.#file.writeAt(this.#vhd.footerBytes, wanted);
      this.#footerAt = wanted;
    });
    return this.#moving;
  }

  async #flush(): Promise<void> {
    if (this.#footerAt === undefined) await this.#moveFooter();
    const { newBlocks, placed: bitmaps, pages } = this.#take();
    await this.#writeAll(bitmaps.filter(({ block }) => newBlocks.has(block)));
    if (this.#place.order === 'crashSafe') await this.#file.sync();
    if (bitmaps.length > 0 || pages.length > 0) {
      await this.#writeAll([...bitmaps.filter(({ block }) => !newBlocks.has(block)), ...pages]);
      if (this.#place.order === 'crashSafe') await this.#file.sync();
    }
    this.#flushedBitmaps = new Set();
  }

  // In one step, and as copies: bits that are set while they are written belong to data that may not be there yet.
  #take(): {
    readonly newBlocks: ReadonlySet<number>;
    readonly placed: readonly (Placed & { readonly block: number })[];
    readonly pages: readonly Placed[];
  } {
    const newBlocks = this.#newBlocks;
    const bitmaps = this.#dirtyBitmaps;
    this.#newBlocks = new Set();
    this.#dirtyBitmaps = new Set();
    this.#flushedBitmaps = bitmaps;
    const { tableOffset } = this.#vhd.header;
    return {
      newBlocks,
      placed: [...bitmaps].map((block) => ({
        block,
        position: this.layer.sectorOf(block) * SECTOR_BYTES,
        bytes: new Uint8Array(this.layer.keptBitmap(block) ?? []),
      })),
      pages: dirtyTablePages(this.layer.table, [...newBlocks], this.#placing).map(
        ({ offset, bytes }) => ({ position: tableOffset + offset, bytes }),
      ),
    };
  }

  async #writeAll(pieces: readonly Placed[]): Promise<void> {
    await inLanes(pieces, { lanes: LANES }, ({ bytes, position }) =>
      this.#file.writeAt(bytes, position),
    );
  }

  async #unlessBroken(work: () => Promise<void>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.thrown;
    try {
      await work();
    } catch (thrown) {
      this.#broken ??= { thrown };
      throw thrown;
    }
  }
}

function footerPosition(file: Writable, { lastFooter }: SparseVhd): number | undefined {
  if (lastFooter === 'missing') return undefined;
  return file.sizeBytes - (lastFooter === 'short' ? SHORT_FOOTER_BYTES : FOOTER_BYTES);
}
