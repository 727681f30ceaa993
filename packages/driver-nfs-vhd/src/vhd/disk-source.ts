import { BLOCK_BYTES } from './sizes.js';

/** What a disk is copied from: a {@link VhdChain}, or a stream. */
export interface DiskSource {
  readonly virtualBytes: number;
  /** Whether a range may hold anything but zeros; no I/O. */
  mayHold(start: number, end: number): boolean;
  /** Fills `target` from `position`. Of a stream, called in rising order, without gaps. */
  read(target: Uint8Array, position: number): Promise<void>;
}

/**
 * A raw disk that arrives as a stream, like an upload. Only what is asked for is taken from it, so it is read as slowly as
 * the file is written. What is missing at its end is zeros; more than `virtualBytes` fails with TypeError.
 */
export function streamSource(
  chunks: AsyncIterable<Uint8Array>,
  virtualBytes: number,
): DiskSource & { readonly receivedBytes: number } {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let receivedBytes = 0;
  let turn: Promise<void> = Promise.resolve();
  const nextChunk = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    rest = next.value;
    receivedBytes += rest.byteLength;
    if (receivedBytes > virtualBytes) {
      await iterator.return?.();
      throw new TypeError(`the stream is longer than the ${virtualBytes} bytes of the disk`);
    }
    return true;
  };
  const fill = async (target: Uint8Array, position: number): Promise<void> => {
    let filled = 0;
    while (filled < target.byteLength) {
      if (rest.byteLength === 0 && !(await nextChunk())) break;
      const part = rest.subarray(0, target.byteLength - filled);
      target.set(part, filled);
      filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
    }
    target.fill(0, filled);
    // The last block looks for what should not be there.
    if (position + BLOCK_BYTES >= virtualBytes && rest.byteLength === 0) {
      while (rest.byteLength === 0 && (await nextChunk()));
    }
  };
  return {
    virtualBytes,
    get receivedBytes() {
      return receivedBytes;
    },
    mayHold: () => true,
    read(target, position) {
      const filled = turn.then(() => fill(target, position));
      turn = filled.catch(() => undefined);
      return filled;
    },
  };
}
