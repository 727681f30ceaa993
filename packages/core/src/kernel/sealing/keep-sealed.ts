import type { ResourceType } from '../../model/resource-type.js';
import { sealedFields } from '../../model/sealed-fields.js';
import type { Clock } from '../../ports/clock.js';
import type { LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import type { Meter } from '../../ports/meter.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { ListPosition, Store } from '../../ports/store.js';
import type { Keeping, Sealing } from './sealing.js';

const EVERY = 60_000;
/** Rows that are looked at in one go, tombstones among them: those keep what was asked of them for a day. */
const PAGE = 100;
/** Pages a run: what is left is gone on with by the next, so that none takes long. */
const MOST_PAGES = 20;
/** How long to rest once all rows were looked at; milliseconds. */
const REST = 60 * 60_000;
/** Keeps processes from doing the same; that nothing is lost to another write, the store sees to. */
const LOCK = 'sealed-fields';

/** What sealed fields are looked after with. */
export interface KeepSealedOptions {
  readonly types: readonly ResourceType[];
  readonly sealing: Sealing;
  readonly store: Pick<Store, 'list' | 'reseal'>;
  readonly locks: Pick<LockService, 'tryAcquire'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
  readonly meter: Meter;
}

type Counts = { readonly [How in Keeping]: number };

const NONE: Counts = { current: 0, former: 0, plain: 0, unreadable: 0 };

/**
 * Seals what rows of earlier releases keep in clear, and brings what is sealed under former keys under the current one:
 * only data keys are wrapped anew. It is no change of what is asked: no generation, no history. At the start, and from
 * time to time, as processes of other settings may go on writing as they know it.
 */
export function keepSealed(options: KeepSealedOptions): RoutineTask {
  const round = new Round(options);
  return {
    name: 'seal what is kept in clear or under a former key',
    everyMs: EVERY,
    run: async ({ signal }) => {
      if (round.rests) return;
      const lease = await options.locks.tryAcquire(LOCK);
      if (lease === undefined) return;
      try {
        await round.goOn(AbortSignal.any([signal, lease.signal]));
      } finally {
        await lease.release();
      }
    },
  };
}

/** One look at all rows that have such fields, in several runs. */
class Round {
  readonly #options: KeepSealedOptions;
  readonly #types: readonly ResourceType[];
  #restsUntil = 0;
  #type = 0;
  #after: ListPosition | undefined;
  #counts: Counts = NONE;
  #last: Counts | undefined;

  constructor(options: KeepSealedOptions) {
    this.#options = options;
    this.#types = options.types.filter((type) => sealedFields(type).length > 0);
    options.meter.gauge(
      {
        name: 'gdcloud_sealed_fields',
        help: 'Fields that are kept sealed, by how the last look found them, before it changed what it could.',
        labels: ['kept'],
      },
      () => Object.entries(this.#last ?? {}).map(([kept, value]) => ({ labels: { kept }, value })),
    );
  }

  get rests(): boolean {
    return this.#options.clock.monotonic() < this.#restsUntil;
  }

  async goOn(signal: AbortSignal): Promise<void> {
    for (let pages = 0; pages < MOST_PAGES && !signal.aborted; pages += 1) {
      const type = this.#types[this.#type];
      if (type === undefined) return this.#end();
      const page = await this.#options.store.list({ kind: 'all' }, type, {
        filters: [],
        removedSince: 0,
        limit: PAGE,
        after: this.#after,
      });
      for (const resource of page.resources) {
        if (signal.aborted) return;
        const { kept, spec } = this.#options.sealing.renewal(type, resource);
        this.#counts = counted(this.#counts, kept);
        // Where it has changed meanwhile, that was written as it is to be kept.
        if (spec !== undefined)
          await this.#options.store.reseal(resource.uuid, resource.generation, spec);
      }
      this.#after = page.next;
      if (page.next === undefined) this.#type += 1;
    }
  }

  #end(): void {
    const { logger, clock } = this.#options;
    const { former, plain, unreadable } = this.#counts;
    if (former > 0 || plain > 0)
      logger.info({ former, plain }, 'what was kept in clear or under a former key was sealed');
    if (unreadable > 0)
      logger.warn(
        { unreadable, code: 'SecretUnreadable' },
        'what is kept sealed can not be read: a former key is missing, or the database was changed',
      );
    this.#last = this.#counts;
    this.#counts = NONE;
    this.#type = 0;
    this.#after = undefined;
    // What was found may have been written by others while we looked: then once more, soon.
    this.#restsUntil = former > 0 || plain > 0 ? 0 : clock.monotonic() + REST;
  }
}

function counted(counts: Counts, kept: readonly Keeping[]): Counts {
  const more = { ...counts };
  for (const how of kept) more[how] += 1;
  return more;
}
