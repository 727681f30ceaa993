import { encodeEmptyBatmap } from '../vhd/batmap.js';
import { UNUSED_BLOCK } from '../vhd/block-table.js';
import type { DiskSource } from '../vhd/disk-source.js';
import { encodeFooter, FOOTER_BYTES } from '../vhd/footer.js';
import { blockEnd, layoutFor, nextBitmapSector } from '../vhd/layout.js';
import { headerBytes, type VhdDescription } from '../vhd/new-vhd.js';
import { rawStream } from '../vhd/raw-stream.js';
import { BLOCK_BYTES, SECTOR_BYTES } from '../vhd/sizes.js';
import { tableBytes } from '../vhd/table-pages.js';

/** From one block to the next: its data, and a page with the next one's bitmap at its end. */
const STRIDE = BLOCK_BYTES + 4096;

/**
 * A disk as the dynamic VHD it would be if it were written in one piece, computed as it is read: blocks that may hold
 * something are there as a whole, in order, with all bits set. Which these are is known without reading data, so its
 * length is, and any range of it can be had. Throws VhdError `InvalidSize` for a disk that no VHD of ours can be.
 */
export class FlatVhd {
  readonly sizeBytes: number;
  readonly #source: DiskSource;
  /** The blocks that are there, in order. */
  readonly #blocks: Uint32Array;
  readonly #metadata: Uint8Array;
  readonly #footer: Uint8Array;
  readonly #firstBitmap: number;

  constructor(source: DiskSource, description: VhdDescription) {
    this.#source = source;
    const layout = layoutFor(description.virtualBytes, 0);
    const table = new Uint32Array(layout.tableEntries).fill(UNUSED_BLOCK);
    const first = nextBitmapSector(layout.metadataBytes);
    this.#firstBitmap = first * SECTOR_BYTES;
    let count = 0;
    for (let block = 0; block < table.length; block += 1) {
      const start = block * BLOCK_BYTES;
      if (!source.mayHold(start, Math.min(start + BLOCK_BYTES, source.virtualBytes))) continue;
      table[block] = first + (count * STRIDE) / SECTOR_BYTES;
      count += 1;
    }
    this.#blocks = new Uint32Array(count);
    for (let block = 0, at = 0; block < table.length; block += 1) {
      if (table[block] === UNUSED_BLOCK) continue;
      this.#blocks[at] = block;
      at += 1;
    }
    this.#footer = encodeFooter({ ...description, type: 'dynamic' });
    this.#metadata = new Uint8Array(layout.metadataBytes);
    this.#metadata.set(this.#footer, 0);
    this.#metadata.set(headerBytes(layout, [], undefined), FOOTER_BYTES);
    this.#metadata.set(tableBytes(table), layout.tableOffset);
    this.#metadata.set(
      encodeEmptyBatmap(layout.batmapMapOffset, layout.tableEntries),
      layout.batmapOffset,
    );
    const end = count === 0 ? layout.metadataBytes : blockEnd(first) + (count - 1) * STRIDE;
    this.sizeBytes = end + FOOTER_BYTES;
  }

  /** The bytes from `start` to `end`, which is excluded. */
  async *stream(
    start: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    for (let position = start; position < end; ) {
      signal.throwIfAborted();
      const { block, from, until } = this.#regionAt(position);
      const stop = Math.min(until, end);
      if (block === undefined) yield this.#bytes(position, stop);
      else {
        const data = block * BLOCK_BYTES - from;
        yield* this.#data(data + position, data + stop, signal);
      }
      position = stop;
    }
  }

  /** Which part of the file a position is in: the data of a block, or all that lies around it. */
  #regionAt(position: number): {
    readonly block?: number;
    readonly from: number;
    readonly until: number;
  } {
    const firstData = this.#firstBitmap + SECTOR_BYTES;
    const index = Math.floor((position - firstData) / STRIDE);
    const block = index < 0 ? undefined : this.#blocks[index];
    if (index < 0) return { from: 0, until: this.#blocks.length > 0 ? firstData : this.sizeBytes };
    const from = firstData + index * STRIDE;
    if (block === undefined) return { from, until: this.sizeBytes };
    if (position < from + BLOCK_BYTES) return { block, from, until: from + BLOCK_BYTES };
    const last = index === this.#blocks.length - 1;
    return { from: from + BLOCK_BYTES, until: last ? this.sizeBytes : from + STRIDE };
  }

  /** Bytes outside of the blocks' data. */
  #bytes(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - start);
    const put = (piece: Uint8Array, at: number): void => {
      const from = Math.max(start, at);
      const until = Math.min(end, at + piece.byteLength);
      if (from < until) bytes.set(piece.subarray(from - at, until - at), from - start);
    };
    put(this.#metadata, 0);
    const index = Math.max(0, Math.ceil((start - this.#firstBitmap - SECTOR_BYTES) / STRIDE));
    if (index < this.#blocks.length)
      put(new Uint8Array(SECTOR_BYTES).fill(0xff), this.#firstBitmap + index * STRIDE);
    put(this.#footer, this.sizeBytes - FOOTER_BYTES);
    return bytes;
  }

  async *#data(start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const there = Math.min(end, this.#source.virtualBytes);
    if (start < there) yield* rawStream(this.#source, { start, end: there, signal });
    const missing = end - Math.max(start, there);
    if (missing > 0) yield new Uint8Array(missing);
  }
}
