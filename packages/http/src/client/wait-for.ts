import type { Connection } from './connection.js';
import { ApiError, WaitError } from './errors.js';
import { linked } from './linked.js';
import { pause } from './surroundings.js';
import { watch } from './watch.js';
import type { CommonFields } from './wire-types.js';

/** How long to wait, and how to give up. */
export interface WaitOptions {
  /** Milliseconds; default 300,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Any resource as far as waiting for it goes. */
export interface Waited extends CommonFields {
  readonly type: string;
}

/** What is waited for: that nothing moves any more, that it is gone, or what a function says. */
export type Until<R> = 'settled' | 'removed' | ((resource: R) => boolean);

const TIMEOUT_MS = 300_000;
const SOONEST_MS = 100;
const LATEST_MS = 2_000;
/** How long after it was last read a resource is read again although the feed says nothing of it. */
const UNASKED_MS = 15_000;

/**
 * Waits until a resource is as `until` says and returns it as it is then. It is read again whenever the feed tells of it,
 * and where there is no feed after growing pauses. Throws WaitError when its `transitioning` is `error` (unless that is
 * what `until` takes), or after `timeoutMs`.
 */
export async function waitFor<R extends Waited>(
  connection: Connection,
  to: string,
  until: Until<R>,
  { timeoutMs = TIMEOUT_MS, signal }: WaitOptions,
): Promise<R> {
  const { surroundings } = connection;
  const { control: over, unlink } = linked([signal, connection.signal]);
  const late = new Error('too late');
  const cancel = surroundings.after(timeoutMs, () => over.abort(late));
  let last: R | undefined;
  try {
    const news = new News();
    for (let looks = 0; ; looks += 1) {
      const heard = news.count;
      last = await read<R>(connection, to, over.signal);
      if (isThere(last, until)) return last;
      if (last.transitioning === 'error') throw failed(last);
      news.listen(connection, last, over.signal);
      const most =
        news.state === 'listening'
          ? UNASKED_MS
          : Math.min(SOONEST_MS * 2 ** looks, LATEST_MS) * (0.5 + surroundings.random() / 2);
      await news.orAfter(connection, most, heard, over.signal);
    }
  } catch (thrown) {
    if (thrown === late && last !== undefined) throw tooLate(last, timeoutMs);
    throw thrown;
  } finally {
    cancel();
    unlink();
    over.abort(late);
  }
}

/** What the feed says of one resource: only that it is worth another look. */
class News {
  /** How often something was heard. */
  count = 0;
  state: 'not begun' | 'opening' | 'listening' | 'no feed' = 'not begun';
  #wake: () => void = () => {};

  /** Begins to listen, once; where there is no feed nothing is heard. */
  listen(connection: Connection, resource: Waited, signal: AbortSignal): void {
    if (this.state !== 'not begun') return;
    this.state = 'opening';
    const { type, id } = resource;
    const feed = watch(connection, { types: [type], resourceId: id, signal });
    void (async () => {
      for await (const _told of feed) {
        this.state = 'listening';
        this.#heard();
      }
    })().catch((thrown: unknown) => {
      // Keys that may not listen, or a server of before there was a feed: it is asked again and again instead.
      this.state = 'no feed';
      if (!(thrown instanceof ApiError)) this.#heard();
    });
  }

  /** Waits until something was heard since `heard` was the count, or so long. */
  async orAfter(
    connection: Connection,
    ms: number,
    heard: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.count > heard) return;
    const { control, unlink } = linked([signal]);
    const news = new Error('something was heard');
    this.#wake = () => control.abort(news);
    try {
      await pause(connection.surroundings, ms, control.signal);
    } catch (thrown) {
      if (thrown !== news) throw thrown;
    } finally {
      this.#wake = () => {};
      unlink();
    }
  }

  #heard(): void {
    this.count += 1;
    this.#wake();
  }
}

async function read<R>(connection: Connection, to: string, signal: AbortSignal): Promise<R> {
  const { body } = await connection.ask({ method: 'GET', to, signal });
  // What the API says of itself is taken at its word.
  return body as R;
}

function isThere<R extends Waited>(resource: R, until: Until<R>): boolean {
  if (typeof until === 'function') return until(resource);
  return until === 'removed' ? resource.removed !== null : resource.transitioning === 'no';
}

function failed(resource: Waited): WaitError {
  const why = resource.transitioningMessage ?? 'it needs a person';
  return new WaitError('failed', `${resource.type} ${resource.id}: ${why}`, resource);
}

function tooLate(resource: Waited, timeoutMs: number): WaitError {
  const why = resource.transitioningMessage ?? `it is ${resource.state}`;
  const message = `${resource.type} ${resource.id}, after ${timeoutMs} ms: ${why}`;
  return new WaitError('timeout', message, resource);
}
