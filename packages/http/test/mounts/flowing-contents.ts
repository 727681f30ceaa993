import { createHash, type Hash } from 'node:crypto';
import { type Contents, RequestError, type Resource } from '@gdcloud/core';

const CHUNK = Buffer.alloc(64 * 1024, 'gdcloud.');

/** Disks whose bytes are made while they are taken, and counted while they are brought. */
export class FlowingContents implements Contents {
  /** How many bytes were made for downloads. */
  made = 0;
  /** How many bytes of uploads have come. */
  came = 0;
  /** How large a download is. */
  sizeBytes = 4 * 1024 * 1024;
  /** Whether a download waits for ever after its first bytes. */
  stuck: 'yes' | 'no' = 'no';
  /** Whether a download fails after its first bytes. */
  breaks: 'yes' | 'no' = 'no';
  #hash: Hash = createHash('sha256');
  #closed = 0;
  #heard: () => void = () => undefined;

  /** Resolves once `isSo`, which is asked whenever something has happened here. */
  async until(isSo: (contents: FlowingContents) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => (this.#heard = resolve));
  }

  /** How many downloads are over. */
  get closed(): number {
    return this.#closed;
  }

  /** What a download of this size is. */
  expected(): string {
    const hash = createHash('sha256');
    for (let position = 0; position < this.sizeBytes; position += CHUNK.byteLength)
      hash.update(CHUNK);
    return hash.digest('hex');
  }

  /** Of the bytes that came. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  open(): ReturnType<Contents['open']> {
    const { sizeBytes } = this;
    return Promise.resolve({
      sizeBytes,
      tag: 'tag',
      stream: (start: number, end: number) => this.#bytes(start, end),
      close: () => {
        this.#closed += 1;
        this.#heard();
        return Promise.resolve();
      },
    });
  }

  async *#bytes(start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
    for (let position = start; position < end; position += CHUNK.byteLength) {
      if (this.stuck === 'yes' && position > start) await new Promise<never>(() => undefined);
      if (this.breaks === 'yes' && position > start) throw new Error('the share is gone');
      this.made += CHUNK.byteLength;
      yield CHUNK;
    }
  }

  received(): ReturnType<Contents['received']> {
    return this.came === 0
      ? Promise.reject(new RequestError('Conflict', 'it has its content already'))
      : Promise.resolve({ receivedBytes: this.came });
  }

  async receive(
    _resource: Resource,
    _part: Parameters<Contents['receive']>[1],
    chunks: AsyncIterable<Uint8Array>,
  ): ReturnType<Contents['receive']> {
    try {
      for await (const chunk of chunks) {
        this.came += chunk.byteLength;
        this.#hash.update(chunk);
        this.#heard();
      }
    } catch (thrown) {
      this.#closed += 1;
      this.#heard();
      throw thrown;
    }
    return { receivedBytes: this.came, totalBytes: this.came };
  }
}
