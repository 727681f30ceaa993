/** What a file system keeps together; a hole is at least as large. */
const BLOCK_BYTES = 4096;

interface Extent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * The contents of a file as the extents that were written; what lies between them reads as zeros and takes no room.
 * Never changes: a write gives new contents, so that those a disk would keep cost nothing.
 */
export class SparseBytes {
  static readonly EMPTY: SparseBytes = new SparseBytes([], 0);

  readonly sizeBytes: number;
  readonly #extents: readonly Extent[];
  #storedBytes: number | undefined;

  private constructor(extents: readonly Extent[], sizeBytes: number) {
    this.#extents = extents;
    this.sizeBytes = sizeBytes;
  }

  /** What the extents take on disk, in whole blocks. */
  get storedBytes(): number {
    this.#storedBytes ??= storedBytesOf(this.#extents);
    return this.#storedBytes;
  }

  /** The contents with a copy of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): SparseBytes {
    if (bytes.byteLength === 0) return this;
    const end = position + bytes.byteLength;
    const before: Extent[] = [];
    const after: Extent[] = [];
    for (const extent of this.#extents) {
      const extentEnd = extent.position + extent.bytes.byteLength;
      if (extent.position < position) {
        before.push(upTo(extent, position));
      }
      if (extentEnd > end) {
        after.push(from(extent, end));
      }
    }
    // Not `slice`: a Buffer's shares its memory.
    const written = { position, bytes: new Uint8Array(bytes) };
    return new SparseBytes([...before, written, ...after], Math.max(this.sizeBytes, end));
  }

  /** Fills `target` from `position` as far as the contents go; returns how many bytes it filled. */
  read(target: Uint8Array, position: number): number {
    const length = Math.min(target.byteLength, Math.max(0, this.sizeBytes - position));
    const end = position + length;
    target.fill(0, 0, length);
    for (const extent of this.#extents) {
      if (extent.position >= end) break;
      const extentEnd = extent.position + extent.bytes.byteLength;
      if (extentEnd <= position) continue;
      const start = Math.max(extent.position, position);
      const part = extent.bytes.subarray(
        start - extent.position,
        Math.min(extentEnd, end) - extent.position,
      );
      target.set(part, start - position);
    }
    return length;
  }
}

function upTo(extent: Extent, end: number): Extent {
  const length = end - extent.position;
  return length >= extent.bytes.byteLength
    ? extent
    : { position: extent.position, bytes: extent.bytes.subarray(0, length) };
}

function from(extent: Extent, start: number): Extent {
  return start <= extent.position
    ? extent
    : { position: start, bytes: extent.bytes.subarray(start - extent.position) };
}

function storedBytesOf(extents: readonly Extent[]): number {
  let blocks = 0;
  let counted = 0;
  for (const { position, bytes } of extents) {
    const first = Math.max(counted, Math.floor(position / BLOCK_BYTES));
    const end = Math.ceil((position + bytes.byteLength) / BLOCK_BYTES);
    blocks += Math.max(0, end - first);
    counted = Math.max(counted, end);
  }
  return blocks * BLOCK_BYTES;
}
