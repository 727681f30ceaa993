import type { EventBatch, EventRecord } from '../../datamodel/event-batch.js';
import type { Xapi } from '../xapi.js';
import { isXapiError } from '../xapi-error.js';
import { CACHED_CLASSES, type CachedClass } from './pool-cache.js';

/** A way to hear what changes in a pool. */
export interface EventSource {
  /** Begins a sequence: everything there is, as if it had just been made. */
  first(signal: AbortSignal): Promise<EventBatch>;
  /** Waits for what changes after the answer with this token. */
  next(token: string, signal: AbortSignal): Promise<EventBatch>;
  /** What there is of one class; undefined where only a new beginning tells. */
  list(name: CachedClass, signal: AbortSignal): Promise<EventBatch | undefined>;
  /** What has changed after the answer with this token, without waiting; undefined where that can't be asked. */
  poll(token: string, signal: AbortSignal): Promise<EventBatch | undefined>;
}

const LISTEN_SECONDS = 20;
const LISTEN_TIMEOUT_MS = 30_000;
/** `event.next` has no limit of its own, so a quiet pool costs a new beginning after that. */
const QUEUE_TIMEOUT_MS = 300_000;

/** `event.from`, of XenServer 6.0 and later. */
export function eventsFrom(xapi: Xapi): EventSource {
  const ask = (classes: readonly string[], token: string, seconds: number, signal: AbortSignal) =>
    xapi.read('event.from', [classes, token, seconds], { signal, timeoutMs: LISTEN_TIMEOUT_MS });
  return {
    first: (signal) => ask(CACHED_CLASSES, '', LISTEN_SECONDS, signal),
    next: (token, signal) => ask(CACHED_CLASSES, token, LISTEN_SECONDS, signal),
    list: (name, signal) => ask([name], '', 0, signal),
    poll: (token, signal) => ask(CACHED_CLASSES, token, 0, signal),
  };
}

/** `event.register` and `event.next`, of XenServer 5.6. */
export function eventQueue(xapi: Xapi): EventSource {
  return {
    async first(signal) {
      // What changes while the lists are made waits in the queue.
      await xapi.read('event.register', [CACHED_CLASSES], { signal });
      const lists: EventRecord[] = [];
      for (const name of CACHED_CLASSES) {
        const records = await xapi.read(`${name}.get_all_records`, [], { signal });
        for (const [ref, snapshot] of Object.entries(records)) {
          lists.push({
            class: name.toLowerCase(),
            operation: 'add',
            ref,
            snapshot: { ...snapshot },
          });
        }
      }
      return batchOf(lists);
    },
    async next(_token, signal) {
      const options = { signal, timeoutMs: QUEUE_TIMEOUT_MS };
      return batchOf(await xapi.read('event.next', [], options));
    },
    list: async () => undefined,
    poll: async () => undefined,
  };
}

function batchOf(events: readonly EventRecord[]): EventBatch {
  return { token: '', events, valid_ref_counts: {} };
}

/** Whether a host is too old for a call. */
export function isUnknownCall(error: unknown): boolean {
  return isXapiError(error, 'MESSAGE_METHOD_UNKNOWN');
}
