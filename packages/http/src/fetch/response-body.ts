import { ReadableStream, type UnderlyingSource } from 'node:stream/web';
import type { Clock, Logger } from '@gdcloud/core';
import { AnswerReader } from '../response/answer-reader.js';
import type { AnswerStream, LiveAnswer } from '../response/api-response.js';
import { errorText } from '../response/error-text.js';

/** How many bytes of a live answer wait for a client before the answer is told to wait. */
const LIVE_BUFFER = 16 * 1024;

/** What ends a body from outside. */
export interface BodyEnds {
  /** Aborts when the client has left. */
  readonly left: AbortSignal;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly logger: Logger | undefined;
}

/**
 * The bytes of an answer as a body that is read no faster than it is taken. It breaks off when `left` aborts and when
 * nobody takes anything for as long as the answer allows; where bytes fail it fails, so that nobody takes a part for all.
 */
export function bodyOf(
  stream: AnswerStream,
  { left, clock, logger }: BodyEnds,
): ReadableStream<Uint8Array> {
  const reader = new AnswerReader(stream);
  let stopWaiting = (): void => undefined;
  const fail = (thrown: unknown): void =>
    logger?.error({ error: errorText(thrown) }, 'a response could not be sent');
  const end = async (): Promise<void> => {
    stopWaiting();
    left.removeEventListener('abort', leave);
    await reader.close();
  };
  const leave = (): void => void end().catch(fail);
  const waitForTaker = (controller: { error(reason: Error): void }): void => {
    stopWaiting = clock.schedule(stream.idleMs, () => {
      controller.error(new Error('the client stopped taking bytes'));
      leave();
    });
  };
  left.addEventListener('abort', leave);
  if (left.aborted) leave();
  return new ReadableStream<Uint8Array>(
    {
      start: waitForTaker,
      async pull(controller) {
        stopWaiting();
        try {
          const chunk = await reader.next();
          if (chunk !== undefined) {
            controller.enqueue(chunk);
            waitForTaker(controller);
          } else if (reader.closed.aborted) {
            controller.error(new Error('the client is gone'));
          } else {
            controller.close();
            await end();
          }
        } catch (thrown) {
          fail(thrown);
          await end();
          throw thrown;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/**
 * What a live answer sends as a body. Texts that the client does not take wait in it, and the answer is told so. It breaks
 * off when `left` aborts.
 */
export function liveBodyOf(live: LiveAnswer, left: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let over: 'yes' | 'no' = 'no';
  let waiting: 'yes' | 'no' = 'no';
  const close = (): void => {
    over = 'yes';
    live.close();
  };
  const source: UnderlyingSource<Uint8Array> = {
    start(controller) {
      const leave = (): void => {
        if (over === 'yes') return;
        close();
        controller.error(new Error('the client is gone'));
      };
      if (left.aborted) return leave();
      left.addEventListener('abort', leave, { once: true });
      live.begin({
        write(text) {
          if (over === 'no') controller.enqueue(encoder.encode(text));
          waiting = (controller.desiredSize ?? 0) > 0 ? 'no' : 'yes';
          return waiting === 'no' ? 'more' : 'full';
        },
        end(text) {
          if (over === 'yes') return;
          over = 'yes';
          left.removeEventListener('abort', leave);
          controller.enqueue(encoder.encode(text));
          controller.close();
        },
      });
    },
    pull() {
      if (waiting === 'no') return;
      waiting = 'no';
      live.drained();
    },
    cancel: close,
  };
  return new ReadableStream(source, {
    highWaterMark: LIVE_BUFFER,
    size: (text) => text.byteLength,
  });
}
