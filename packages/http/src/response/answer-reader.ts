import type { AnswerStream } from './api-response.js';

/** Reads the bytes of an answer for whoever sends them, and closes it exactly once. */
export class AnswerReader {
  readonly #stream: AnswerStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #closed = new AbortController();
  #reading: 'yes' | 'no' = 'no';
  #closing: Promise<void> | undefined;

  constructor(stream: AnswerStream) {
    this.#stream = stream;
    this.#chunks = stream.chunks[Symbol.asyncIterator]();
  }

  /** Aborts when it is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The next bytes; undefined after the last ones, and at once when it is closed. Rejects where they fail. */
  async next(): Promise<Uint8Array | undefined> {
    this.#reading = 'yes';
    try {
      return await this.#nextUnlessClosed();
    } finally {
      this.#reading = 'no';
    }
  }

  /** Ends it, also while the next bytes are waited for: who waits for events may wait for hours. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #nextUnlessClosed(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve(undefined);
      if (this.closed.aborted) return leave();
      this.closed.addEventListener('abort', leave, { once: true });
      this.#chunks
        .next()
        .then(({ done, value }) => resolve(done === true ? undefined : value), reject)
        .finally(() => this.closed.removeEventListener('abort', leave));
    });
  }

  async #close(): Promise<void> {
    const reading = this.#reading;
    this.#closed.abort();
    const returned = Promise.resolve(this.#chunks.return?.()).catch(() => undefined);
    // What still waits for its next bytes returns only once closing the stream has ended that.
    if (reading === 'no') await returned;
    await this.#stream.close();
  }
}
