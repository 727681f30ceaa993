import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import { isOrphaned } from '../../model/orphaned.js';
import type { Resource } from '../../model/resource.js';
import type { Clock } from '../../ports/clock.js';
import type { Driver, OwnedObject } from '../../ports/driver.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { Logger } from '../../ports/logger.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { ListPosition, Store } from '../../ports/store.js';
import { listOwned } from './list-owned.js';
import { asOrphan, orphan } from './orphan.js';

/** Orphans read at a time. */
const PAGE = 500;
/** A sweep through all backends may take long; each page has a limit of its own. Milliseconds. */
const SWEEP_LIMIT = 60 * 60_000;

/** What sweeping works with. */
export interface SweepOptions {
  readonly drivers: ReadonlyMap<string, Driver<unknown, unknown>>;
  /** How often; milliseconds. */
  readonly everyMs: number;
  readonly store: Pick<Store, 'get' | 'findByNaturalKey' | 'list' | 'insert' | 'change'>;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newUuid: () => ResourceUuid;
  /** The account that orphans belong to. */
  readonly owner: ResourceUuid;
}

/**
 * Asks every driver what of ours there is, and makes a resource of each object that no live resource owns. A sweep
 * changes nothing outside; what it found is confirmed and dealt with by passes over the orphan. A driver that could
 * not list everything proves nothing about what was not seen.
 */
export function sweepForOrphans(options: SweepOptions): RoutineTask {
  return {
    name: 'sweep for orphans',
    everyMs: options.everyMs,
    limitMs: SWEEP_LIMIT,
    async run({ signal }) {
      for (const driver of options.drivers.values()) {
        try {
          await sweep(options, driver, signal);
        } catch (thrown) {
          if (signal.aborted || thrown instanceof PortUnavailable) throw thrown;
          options.logger.warn(
            { driver: driver.name, error: ensureError(thrown).message },
            'a driver could not list what it has; it is swept for orphans again later',
          );
        }
      }
    },
  };
}

async function sweep(
  options: SweepOptions,
  driver: Driver<unknown, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = options.clock.now();
  const seen = new Set<string>();
  for await (const { objects } of listOwned(driver, options.clock, signal)) {
    for (const object of objects) {
      signal.throwIfAborted();
      // Read after the object was listed: see isOrphaned.
      const owner = await options.store.get(object.uuid);
      const { identity } = driver.traits;
      if (!isOrphaned(object, owner, { name: driver.name, identity })) continue;
      const key = `${driver.name}/${object.external}`;
      if ((await sight(options, driver.name, object, key, startedAt)) === 'same') seen.add(key);
    }
  }
  await forgetUnseen(options, driver.name, seen, startedAt);
}

async function sight(
  options: SweepOptions,
  driver: string,
  object: OwnedObject,
  key: string,
  at: number,
): Promise<'same' | 'another'> {
  const { store, everyMs } = options;
  const row = await store.findByNaturalKey(orphan, key);
  if (row === undefined) {
    hint(options, await insert(options, driver, object, key, at));
    return 'same';
  }
  const known = asOrphan(row);
  if (known.spec.objectUuid !== object.uuid || known.spec.epoch !== object.epoch) return 'another';
  // Sweeps of several processes, or after a restart, are not consecutive ones.
  if (at - known.spec.sightedAt < everyMs / 2) return 'same';
  // One that is changed at the same moment counts with the next sweep.
  const after = await store.change(known.uuid, known.generation, {
    spec: { ...known.spec, sightedAt: at },
    event: { at, what: 'found again', why: 'a sweep for orphans', result: key },
  });
  if (after !== undefined) hint(options, after);
  return 'same';
}

async function insert(
  { store, newUuid, owner }: SweepOptions,
  driver: string,
  object: OwnedObject,
  key: string,
  at: number,
): Promise<Resource> {
  const { external, uuid, epoch } = object;
  const { resource } = await store.insert({
    uuid: newUuid(),
    type: orphan.id,
    account: owner,
    name: null,
    description: null,
    data: {},
    spec: {
      key,
      driver,
      external,
      objectUuid: uuid,
      epoch,
      disposition: 'policy',
      sightedAt: at,
    },
    naturalKey: key,
    visibleToAll: 'no',
    references: [],
    created: at,
    event: { at, what: 'found', why: 'a sweep for orphans', result: key },
  });
  return resource;
}

async function forgetUnseen(
  options: SweepOptions,
  driver: string,
  seen: ReadonlySet<string>,
  startedAt: number,
): Promise<void> {
  const { store } = options;
  for (let after: ListPosition | undefined; ; ) {
    const page = await store.list({ kind: 'all' }, orphan, { filters: [], limit: PAGE, after });
    for (const known of page.resources.map(asOrphan)) {
      if (known.spec.driver !== driver || seen.has(known.spec.key)) continue;
      // A later sweep may have found what came after our look.
      if (known.spec.sightedAt >= startedAt || known.deleteRequestedAt !== null) continue;
      const forgotten = await store.change(known.uuid, known.generation, {
        deleteRequestedAt: startedAt,
        event: {
          at: startedAt,
          what: 'delete requested',
          why: 'a full sweep did not find it',
          result: 'accepted',
        },
      });
      if (forgotten !== undefined) hint(options, forgotten);
    }
    if (page.next === undefined) return;
    after = page.next;
  }
}

function hint({ events }: SweepOptions, { uuid, account }: Resource): void {
  events.publish({ uuid, account, reason: 'changed' });
}
