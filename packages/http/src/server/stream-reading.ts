import type { ServerHttp2Stream } from 'node:http2';
import type { Reading } from './connection-watch.js';

/** Reads how far a stream of HTTP/2 has come. Made before anything was read of it or written to it. */
export class StreamReading {
  readonly #stream: ServerHttp2Stream;
  #bytesRead = 0;
  #bytesTaken = 0;
  #body: 'coming' | 'whole' = 'coming';

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    if (stream.endAfterHeaders) this.#body = 'whole';
    this.#countRead(stream);
    this.#countTaken(stream);
  }

  /** How far it is at this moment. */
  at(now: number): Reading {
    const stream = this.#stream;
    const isWaiting = stream.readableLength > 0 || stream.isPaused();
    return {
      now,
      bytesRead: this.#bytesRead,
      bytesTaken: this.#bytesTaken,
      bytesWaiting: stream.writableLength,
      request: {
        body: this.#body === 'whole' ? 'whole' : isWaiting ? 'waiting' : 'coming',
        answer: stream.writableFinished ? 'sent' : 'open',
      },
    };
  }

  // Node counts the bytes of connections only, so what it hands to the stream is counted here, on the way in …
  #countRead(stream: ServerHttp2Stream): void {
    const push = stream.push.bind(stream);
    stream.push = (chunk: Uint8Array | null, encoding?: BufferEncoding) => {
      if (chunk === null) this.#body = 'whole';
      else this.#bytesRead += chunk.byteLength;
      return push(chunk, encoding);
    };
  }

  // … and on the way out once the client's windows have let it through.
  #countTaken(stream: ServerHttp2Stream): void {
    const write = stream._write.bind(stream);
    stream._write = (chunk: Uint8Array | string, encoding, done) => {
      const bytes = Buffer.byteLength(chunk);
      write(chunk, encoding, (error) => {
        this.#bytesTaken += bytes;
        done(error);
      });
    };
    const writeMany = stream._writev?.bind(stream);
    if (writeMany === undefined) return;
    stream._writev = (chunks, done) => {
      writeMany(chunks, (error) => {
        for (const { chunk } of chunks) this.#bytesTaken += Buffer.byteLength(chunk);
        done(error);
      });
    };
  }
}
