import type { Json } from '@gdcloud/core';
import { aborted, pause } from '../../pause.js';
import { floatOf, listOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import {
  eventsSince,
  hasEventsSince,
  parseSubscription,
  parseToken,
  refCounts,
  tokenOf,
} from '../event-source.js';
import { XapiFault } from '../fault.js';

/** Said once: an error made anew for each commit would cost more than the commit. */
const WOKEN = new Error('something has happened');

/** Resolves at the next commit, at `deadline`, or when the session or the simulator ends. */
async function nextCommit(context: CallContext, deadline: number | undefined): Promise<void> {
  const { pool, session } = context;
  const wake = new AbortController();
  const waken = (): void => wake.abort(WOKEN);
  const stopCommits = pool.database.onCommit(waken);
  const stopLogouts = pool.onLogout((ended) => {
    if (ended === session) waken();
  });
  context.signal.addEventListener('abort', waken);
  if (deadline === undefined) await aborted(wake.signal);
  else await pause(pool.clock, Math.max(0, deadline - pool.clock.monotonic()), wake.signal);
  context.signal.removeEventListener('abort', waken);
  stopCommits();
  stopLogouts();
}

async function from(context: CallContext, args: readonly Json[]): Promise<Json> {
  const [classes, token, timeout] = args;
  const { pool, session, signal } = context;
  const names = listOf(classes).map(textOf);
  const wanted = parseSubscription(names);
  const since = parseToken(textOf(token));
  const deadline = pool.clock.monotonic() + floatOf(timeout) * 1000;
  for (;;) {
    const generation = pool.database.generation;
    const something = hasEventsSince(pool.database, since, wanted);
    const urgent = since === 0 || names.every((name) => name.startsWith('task'));
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

function parse(classes: Json | undefined): readonly string[] {
  const names = listOf(classes).map(textOf);
  parseSubscription(names);
  return names;
}

/** The older way: what a session has registered for is told once, from where it stood at the last `event.next`. */
async function next(context: CallContext): Promise<Json> {
  const { pool, session, signal } = context;
  for (;;) {
    const registration = pool.registrations.of(session);
    if (registration === undefined) {
      throw new XapiFault('SESSION_NOT_REGISTERED', `trackid=${session}`);
    }
    const { since, classes } = registration;
    const { generation } = pool.database;
    const events = eventsSince(pool.database, since, parseSubscription([...classes]));
    pool.registrations.told(session, generation);
    if (events.length > 0) return events;
    await nextCommit(context, undefined);
    if (signal.aborted) throw new XapiFault('SESSION_INVALID', session);
    pool.requireSession(session);
  }
}

/** Hearing of changes: `event.from` with tokens, and the older `event.register` with `event.next`. */
export const EVENTS: Behaviours = {
  'event.from': from,
  'event.next': next,
  'event.register': ({ pool, session }, [classes]) => {
    pool.registrations.add(session, parse(classes), pool.database.generation);
    return '';
  },
  'event.unregister': ({ pool, session }, [classes]) => {
    pool.registrations.take(session, parse(classes));
    return '';
  },
  'event.inject': ({ pool }, [className, ref]) => {
    pool.database.touch(pool.database.get(textOf(className), textOf(ref)));
    return tokenOf(pool.database.generation);
  },
  'event.get_current_id': ({ pool }) => pool.database.generation,
};
