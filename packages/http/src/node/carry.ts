import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { AnswerReader } from '../response/answer-reader.js';
import type { AnswerStream, LiveAnswer, LiveSink } from '../response/api-response.js';
import type { NodeResponse } from './outgoing.js';

/** How long a client may take for the last text of a live answer; milliseconds. */
const FAREWELL = 5_000;

/** Sends the bytes of an answer, whose head is sent already, as fast as the client takes them. */
export async function carry(response: NodeResponse, stream: AnswerStream): Promise<void> {
  const reader = new AnswerReader(stream);
  const taker: Writable = response;
  // Should closing fail, whoever waits for it below hears of it.
  response.once('close', () => void reader.close().catch(() => undefined));
  flush(response);
  response.setTimeout(stream.idleMs, () =>
    response.destroy(new Error('the client stopped taking bytes')),
  );
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      if (!taker.write(chunk)) await drained(response, reader.closed);
    }
    if (!reader.closed.aborted) response.end();
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown : undefined;
    // Without an error HTTP/2 would say that the stream ended well.
    response.destroy(new Error('the bytes of an answer failed', { cause }));
    throw thrown;
  } finally {
    await reader.close();
  }
}

/**
 * Lets a live answer, whose head is sent already, send what comes. Nobody waits for its end: what a stream costs while
 * nothing comes is what Node keeps of a connection, and little else.
 */
export function carryLive(response: NodeResponse, live: LiveAnswer): void {
  flush(response);
  response.on('close', () => live.close());
  response.on('drain', () => live.drained());
  live.begin(new ResponseSink(response));
}

class ResponseSink implements LiveSink {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  write(text: string): 'more' | 'full' {
    const taker: Writable = this.#response;
    return taker.write(text) ? 'more' : 'full';
  }

  end(text: string): void {
    this.#response.end(text);
    // Whoever does not take the last text either is not waited for.
    this.#response.setTimeout(FAREWELL, () => this.#response.destroy());
  }
}

// The first bytes may take a while, and who waits for them sees that they will come. HTTP/2 has sent its head by now.
function flush(response: NodeResponse): void {
  if ('flushHeaders' in response) response.flushHeaders();
}

async function drained(response: NodeResponse, gone: AbortSignal): Promise<void> {
  // Aborted is as good: then there is nobody to write for.
  await once(response, 'drain', { signal: gone }).catch(() => undefined);
}
