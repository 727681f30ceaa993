import { VhdError } from './vhd-error.js';

/** A file of known length that can be read at any position: all that reading a VHD needs. */
export interface Readable {
  readonly sizeBytes: number;
  /** Fills `target` from `position`, as far as the file goes; returns how many bytes it filled. */
  readAt(target: Uint8Array, position: number): Promise<number>;
}

/** Reads exactly `length` bytes. Throws {@link VhdError} `Truncated`, before any allocation, where the file is shorter. */
export async function readExactly(
  file: Readable,
  position: number,
  length: number,
): Promise<Uint8Array> {
  if (position < 0 || position + length > file.sizeBytes) {
    throw new VhdError(
      'Truncated',
      `bytes ${position} to ${position + length} of a file of ${file.sizeBytes}`,
    );
  }
  const target = new Uint8Array(length);
  await readInto(file, target, position);
  return target;
}

/** Fills `target` from `position`. Throws {@link VhdError} `Truncated` where the file ends before. */
export async function readInto(
  file: Readable,
  target: Uint8Array,
  position: number,
): Promise<void> {
  let filled = await file.readAt(target, position);
  while (filled < target.byteLength) {
    const read = await file.readAt(target.subarray(filled), position + filled);
    if (read === 0) throw new VhdError('Truncated', `the file ends at byte ${position + filled}`);
    filled += read;
  }
}
