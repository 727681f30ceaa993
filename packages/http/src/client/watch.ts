import type { Connection } from './connection.js';
import { ApiError } from './errors.js';
import { EventStreamParser, type StreamEvent } from './event-stream.js';
import { linked } from './linked.js';
import { pause } from './surroundings.js';

/** Which changes to hear of. */
export interface WatchOptions {
  /** Of these types only: `['virtualmachine']`. */
  readonly types?: readonly string[];
  /** Of this resource only. */
  readonly resourceId?: string;
  /** Of this account only; administrators. */
  readonly accountId?: string;
  /** Has each change bring the resource along. */
  readonly include?: 'resource';
  /** Goes on after a change that was heard of: its `id`. */
  readonly after?: string;
  /** Called when the connection is lost, and each time it can't be had again. What follows is told all the same. */
  readonly lost?: () => void;
  readonly signal?: AbortSignal;
}

/** Something that happened to a resource. */
export interface Change {
  readonly type: 'change';
  /** Where in the feed it stands; for `after`. */
  readonly id: string;
  readonly time: string;
  readonly timeTS: number;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly resourceUuid: string;
  readonly accountId: string | null;
  readonly generation: number;
  readonly state: string;
  readonly transitioning: 'yes' | 'no' | 'error';
  readonly removed: string | null;
  readonly events: readonly unknown[];
  readonly links: { readonly [name: string]: string };
  /** With `include: 'resource'`. */
  readonly resource?: { readonly [name: string]: unknown };
}

/** The feed could not go on without a gap: list again. */
export interface Reset {
  readonly type: 'reset';
  readonly id: string;
}

/** What a watch tells: it stands at a place of the feed, something changed, or something may have been missed. */
export type Watched = Change | Reset | { readonly type: 'ready'; readonly id: string };

const RETRY_MS = 2_000;
/** Longer than the pause between two signs of life. */
const SILENCE_MS = 60_000;

/**
 * Listens to the feed, and goes on where it was when the connection breaks. Ends by the signal, whose reason it throws, or
 * when nobody asks for more. Throws ApiError for what will not pass: no such feed, keys that are wrong.
 */
export async function* watch(
  connection: Connection,
  { signal, after, lost, ...filters }: WatchOptions,
): AsyncGenerator<Watched, never, undefined> {
  let position = after ?? '';
  let retryMs = RETRY_MS;
  for (;;) {
    const { control, unlink } = linked([signal, connection.signal]);
    try {
      for await (const part of parts(connection, filters, position, control)) {
        if (part.kind === 'retry') retryMs = part.ms;
        if (part.kind !== 'event') continue;
        if (part.id !== '') position = part.id;
        const told = toldBy(part);
        if (told === 'bye') break;
        if (told !== undefined) yield told;
      }
    } catch (thrown) {
      if (isOver(signal)) throw signal.reason;
      if (isOver(connection.signal)) throw connection.signal.reason;
      if (thrown instanceof ApiError && !mayPass(thrown)) throw thrown;
    } finally {
      unlink();
      control.abort();
    }
    lost?.();
    const { surroundings } = connection;
    const gap = linked([signal, connection.signal]);
    try {
      const wait = retryMs * (0.5 + surroundings.random());
      await pause(surroundings, wait, gap.control.signal);
    } finally {
      gap.unlink();
    }
  }
}

function isOver(signal: AbortSignal | undefined): signal is AbortSignal {
  return signal?.aborted === true;
}

function mayPass({ status }: ApiError): boolean {
  return status === 429 || status >= 500;
}

async function* parts(
  connection: Connection,
  filters: Omit<WatchOptions, 'signal' | 'after' | 'lost'>,
  position: string,
  control: AbortController,
): AsyncGenerator<ReturnType<EventStreamParser['push']>[number], void, undefined> {
  const headers = position === '' ? {} : { 'last-event-id': position };
  const quiet = (): (() => void) =>
    connection.surroundings.after(SILENCE_MS, () => control.abort(new Error('nothing is heard')));
  let cancel = quiet();
  try {
    const stream = await connection.open(`/events${queryOf(filters)}`, headers, control.signal);
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      cancel();
      cancel = quiet();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    cancel();
  }
}

function queryOf({ types = [], resourceId, accountId, include }: WatchOptions): string {
  const query = new URLSearchParams();
  for (const type of types) query.append('resourceType', type);
  if (resourceId !== undefined) query.set('resourceId', resourceId);
  if (accountId !== undefined) query.set('accountId', accountId);
  if (include !== undefined) query.set('include', include);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function toldBy({ event, data, id }: StreamEvent): Watched | 'bye' | undefined {
  switch (event) {
    case 'ready':
    case 'reset':
      return { type: event, id };
    case 'bye':
      return 'bye';
    case 'change':
      // What the API says of itself is taken at its word.
      return { ...(JSON.parse(data) as Change), id };
    default:
      return undefined;
  }
}
