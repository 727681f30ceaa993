import { RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { Clock } from '../../ports/clock.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { ListPosition, Store } from '../../ports/store.js';
import { virtualmachine } from './virtualmachine.js';

const EVERY = 60_000;
/** How many servers are read in one go. */
const PAGE = 100;
/** What can't be removed stays put aside for so much longer; milliseconds. */
const PUT_OFF = 60 * 60_000;
/** Keeps processes from doing the same; that no server goes that was taken back, each write sees to. */
const LOCK = 'discarded-servers';

/** What the task works with. */
export interface RemoveDiscardedOptions {
  readonly store: Pick<Store, 'list' | 'change'>;
  readonly locks: Pick<LockService, 'tryAcquire'>;
  readonly events: Pick<EventBus, 'publish'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info'>;
  /** Asks for the removal of a server as it is here: see Kernel.remove. */
  remove(server: Resource, why: string): Promise<void>;
}

/**
 * Asks for the removal of servers that were put aside and whose grace time is over, at most a minute and a bit late. One
 * that is taken back, or changed, at the same moment stays: the write that asks compares. One that others still need, or
 * that a plug-in keeps, stays put aside for another hour, and its history says why. A plug-in that fails says nothing: then
 * the run has failed, when all others have been asked for, and there is another one soon.
 *
 * The database looks at each server for this, a tenth of a second for 100,000 of them in SQLite; a minute's rest is long
 * enough for that to cost nothing, and a moment that is kept nowhere else can't contradict what is asked.
 */
export function removeDiscarded(options: RemoveDiscardedOptions): RoutineTask {
  return {
    name: 'remove discarded servers',
    everyMs: EVERY,
    run: async ({ signal }) => {
      const lease = await options.locks.tryAcquire(LOCK);
      if (lease === undefined) return;
      try {
        await removeAll(options, AbortSignal.any([signal, lease.signal]));
      } finally {
        await lease.release();
      }
    },
  };
}

async function removeAll(options: RemoveDiscardedOptions, signal: AbortSignal): Promise<void> {
  const now = options.clock.now();
  const filters = [{ field: 'removeAfter', modifier: 'lte', value: now }] as const;
  const failures: RequestError[] = [];
  let after: ListPosition | undefined;
  do {
    const query = { filters, limit: PAGE, after };
    const { resources, next } = await options.store.list({ kind: 'all' }, virtualmachine, query);
    for (const server of resources) {
      if (signal.aborted) return;
      if (server.deleteRequestedAt !== null) continue;
      const failure = await remove(options, server);
      if (failure !== undefined) failures.push(failure);
    }
    after = next;
  } while (after !== undefined && !signal.aborted);
  const [first] = failures;
  if (first !== undefined) throw first;
}

async function remove(
  options: RemoveDiscardedOptions,
  server: Resource,
): Promise<RequestError | undefined> {
  try {
    await options.remove(server, 'its grace time was over');
  } catch (thrown) {
    if (!(thrown instanceof RequestError)) throw thrown;
    // A refusal has no cause but itself.
    if (thrown.cause !== undefined) return thrown;
    // Taken back, or changed: what is left to do is found by the next run.
    if (thrown.code !== 'PreconditionFailed') await putOff(options, server, thrown.message);
  }
  return undefined;
}

async function putOff(
  { store, events, clock, logger }: RemoveDiscardedOptions,
  server: Resource,
  why: string,
): Promise<void> {
  const { uuid, account, generation, spec } = server;
  const after = await store.change(uuid, generation, {
    spec: { ...spec, removeAfter: clock.now() + PUT_OFF },
    event: { at: clock.now(), what: 'removal put off', why, result: 'removeAfter' },
  });
  if (after === undefined) return;
  events.publish({ uuid, account, reason: 'changed' });
  logger.info({ id: server.id, why }, 'a discarded server could not be removed');
}
