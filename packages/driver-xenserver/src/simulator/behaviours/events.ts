import type { Json } from '@gdcloud/core';
import { pause } from '../../pause.js';
import { floatOf, listOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import {
  classNamed,
  eventsSince,
  hasEventsSince,
  parseSubscription,
  parseToken,
  refCounts,
  tokenOf,
} from '../event-source.js';
import { XapiFault } from '../fault.js';

/** Resolves at the next commit, at `deadline`, or when the session or the simulator ends. */
async function nextCommit(context: CallContext, deadline: number): Promise<void> {
  const { pool, session } = context;
  const wake = new AbortController();
  const waken = (): void => wake.abort();
  const stopCommits = pool.database.onCommit(waken);
  const stopLogouts = pool.onLogout((ended) => {
    if (ended === session) waken();
  });
  context.signal.addEventListener('abort', waken);
  await pause(pool.clock, Math.max(0, deadline - pool.clock.monotonic()), wake.signal);
  context.signal.removeEventListener('abort', waken);
  stopCommits();
  stopLogouts();
}

async function from(context: CallContext, args: readonly Json[]): Promise<Json> {
  const [classes, token, timeout] = args;
  const { pool, session, signal } = context;
  const wanted = parseSubscription(listOf(classes).map(textOf));
  const since = parseToken(textOf(token));
  const deadline = pool.clock.monotonic() + floatOf(timeout) * 1000;
  for (;;) {
    const generation = pool.database.generation;
    const something = hasEventsSince(pool.database, since, wanted);
    const urgent = since === 0 || listOf(classes).every((name) => textOf(name).startsWith('task'));
    if (something && !urgent) await pause(pool.clock, pool.settings.eventDelayMs, signal);
    if (something || pool.clock.monotonic() >= deadline) break;
    if (generation === pool.database.generation) await nextCommit(context, deadline);
    if (signal.aborted) throw new XapiFault('SESSION_INVALID', session);
    pool.requireSession(session);
  }
  pool.requireSession(session);
  return {
    token: tokenOf(pool.database.generation),
    events: eventsSince(pool.database, since, wanted),
    valid_ref_counts: refCounts(pool.database),
  };
}

/** `event.from` and what belongs to it; the older `event.next` is not offered. */
export const EVENTS: Behaviours = {
  'event.from': from,
  'event.inject': ({ pool }, [className, ref]) => {
    pool.database.touch(pool.database.get(classNamed(textOf(className)), textOf(ref)));
    return tokenOf(pool.database.generation);
  },
  'event.get_current_id': ({ pool }) => pool.database.generation,
};
