import type { Readable } from 'node:stream';

/** Reads a stream in pieces of known length. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; undefined when the stream ends before them. */
  async read(count: number): Promise<Buffer | undefined> {
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      parts.push(next.value);
      length += next.value.length;
    }
    const all = Buffer.concat(parts, length);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }
}
