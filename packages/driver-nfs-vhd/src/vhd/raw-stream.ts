import type { DiskSource } from './disk-source.js';
import { demandRange } from './layer.js';
import { type LongOperation, progressOf } from './progress.js';
import { SECTOR_BYTES } from './sizes.js';

const CHUNK_BYTES = 1024 * 1024;
/** Chunks that are read before they are asked for. */
const AHEAD = 3;

/**
 * The contents of a disk, or of a range of it (`end` excluded, any bytes), as a stream of chunks of up to 1 MiB. Three
 * chunks are read ahead, no more: it is read as slowly as it is taken. Each chunk is the consumer's own. Leaving the loop
 * ends it. Throws {@link VhdError} `InvalidRange` for a range outside the disk, and what reading throws.
 */
export async function* rawStream(
  source: DiskSource,
  options: LongOperation & { readonly start?: number; readonly end?: number } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { start = 0, end = source.virtualBytes, signal } = options;
  const first = Math.floor(start / SECTOR_BYTES) * SECTOR_BYTES;
  const last = Math.ceil(end / SECTOR_BYTES) * SECTOR_BYTES;
  demandRange(first, last - first, source.virtualBytes);
  const told = progressOf(Math.max(0, end - start), options);
  const ahead: Promise<Uint8Array>[] = [];
  let next = first;
  const begin = (): void => {
    const length = Math.min(CHUNK_BYTES, last - next);
    const read = readChunk(source, next, length);
    // Whoever takes it learns of it; a failure behind the end of the loop is nobody's.
    read.catch(() => undefined);
    ahead.push(read);
    next += length;
  };
  try {
    for (let position = first; position < last; ) {
      signal?.throwIfAborted();
      while (ahead.length <= AHEAD && next < last) begin();
      const chunk = (await ahead.shift()) ?? new Uint8Array(0);
      const wanted = chunk.subarray(
        Math.max(0, start - position),
        Math.min(chunk.byteLength, end - position),
      );
      position += chunk.byteLength;
      if (wanted.byteLength === 0) continue;
      yield wanted;
      told(wanted.byteLength);
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

async function readChunk(
  source: DiskSource,
  position: number,
  length: number,
): Promise<Uint8Array> {
  if (!source.mayHold(position, position + length)) return new Uint8Array(length);
  const chunk = Buffer.allocUnsafeSlow(length);
  await source.read(chunk, position);
  return chunk;
}
