import type { Piece, Readable } from '@gdcloud/driver-nfs-vhd/vhd';

/** A file of any size of which only some pieces are not zeros, and how much was read of it. */
export class SparseFile implements Readable {
  readonly sizeBytes: number;
  readonly #pieces: readonly Piece[];
  readBytes = 0;

  constructor(sizeBytes: number, pieces: readonly Piece[] = []) {
    this.sizeBytes = sizeBytes;
    this.#pieces = pieces;
  }

  async readAt(target: Uint8Array, position: number): Promise<number> {
    const length = Math.max(0, Math.min(target.byteLength, this.sizeBytes - position));
    this.readBytes += length;
    target.fill(0, 0, length);
    for (const { bytes, position: start } of this.#pieces) {
      const from = Math.max(position, start);
      const to = Math.min(position + length, start + bytes.byteLength);
      if (from < to) target.set(bytes.subarray(from - start, to - start), from - position);
    }
    return length;
  }
}
