import { asExternalId, type ExternalId, type ResourceUuid } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { Driver, DriverCall } from '../../ports/driver.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { RecordedDisks } from './recorded-disks.js';

/** That a share is kept up: the round of this number is over. */
export interface UpkeepDesired {
  /** What its driver calls the share. */
  readonly pool: string;
  /** Grows by one from round to round; {@link NO_ROUND} is over already. */
  readonly round: number;
}

/** How far upkeep is. */
export interface UpkeepActual {
  /** What needs a person, by the last round; absent where this process has taken none. */
  readonly problems?: readonly string[] | undefined;
}

/** The round before all others. */
export const NO_ROUND = 0;

interface Round {
  readonly round: number;
  readonly state: 'under way' | 'over';
  readonly cursor: string | undefined;
  readonly problems: readonly string[];
}

/** A step that begins is to end within the call; milliseconds. */
const STEP_LIMIT = 15_000;
const MOST_STEPS = 200;
/** Most problems of a round that are told. */
const MOST_PROBLEMS = 20;

/**
 * Upkeep of shares, as a part of their pools: each change is as many steps as fit into one call, so that the pool's lock keeps it single, its
 * backend's breaker gives it rest, and a plan never does any. How far a round is, is in memory: a process that dies loses
 * no more than that, and the next one begins the round anew.
 */
export class UpkeepDriver implements Driver<UpkeepDesired, UpkeepActual> {
  readonly name: string;
  readonly traits = { identity: 'chosen', fencing: 'none', dataBearing: false } as const;
  readonly #storage: StorageDriver;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #recorded: (signal: AbortSignal) => Promise<RecordedDisks>;
  readonly #rounds = new Map<ResourceUuid, Round>();
  readonly #done = new Map<ResourceUuid, string[]>();

  constructor(
    storage: StorageDriver,
    clock: Pick<Clock, 'now'>,
    recorded: (signal: AbortSignal) => Promise<RecordedDisks>,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#recorded = recorded;
    // A breaker of its own: that upkeep fails keeps nobody from the share's disks.
    this.name = `${storage.name}.upkeep`;
  }

  observe: Driver<UpkeepDesired, UpkeepActual>['observe'] = async (key, desired) => {
    if (desired === undefined) return { presence: 'absent' };
    const known = this.#rounds.get(key.uuid);
    const isOver =
      desired.round === NO_ROUND ||
      (known !== undefined && known.round >= desired.round && known.state === 'over');
    return {
      presence: 'present',
      external: asExternalId(desired.pool),
      actual: { problems: known?.problems },
      changes: isOver
        ? []
        : [{ field: 'round', desired: desired.round, actual: known?.round ?? null }],
    };
  };

  create: Driver<UpkeepDesired, UpkeepActual>['create'] = async (_key, { pool }) => ({
    external: asExternalId(pool),
    settled: true,
  });

  update: Driver<UpkeepDesired, UpkeepActual>['update'] = async (key, desired, _change, call) => {
    const external = asExternalId(desired.pool);
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const state = await this.#step(key.uuid, external, desired.round, call);
      if (state === 'over' || this.#clock.now() > call.deadline - STEP_LIMIT) break;
    }
    return { external, settled: true };
  };

  delete: Driver<UpkeepDesired, UpkeepActual>['delete'] = async (key) => {
    this.#rounds.delete(key.uuid);
    return { settled: true };
  };

  list: Driver<UpkeepDesired, UpkeepActual>['list'] = async () => ({ objects: [] });

  async #step(
    pool: ResourceUuid,
    external: ExternalId,
    round: number,
    call: DriverCall,
  ): Promise<Round['state']> {
    const known = this.#rounds.get(pool);
    const goesOn = known?.state === 'under way';
    // Read anew for each step: what was recorded since must stay.
    const disks = await this.#recorded(call.signal);
    const request = { pool: external, disks, cursor: goesOn ? known.cursor : undefined };
    const report = await this.#storage.upkeep?.(request, call);
    const problems = [...(goesOn ? known.problems : []), ...(report?.problems ?? [])];
    const state = report?.cursor === undefined ? 'over' : 'under way';
    this.#rounds.set(pool, {
      round,
      state,
      cursor: report?.cursor,
      problems: [...new Set(problems)].slice(0, MOST_PROBLEMS),
    });
    this.#done.set(pool, [...(this.#done.get(pool) ?? []), ...(report?.done ?? [])]);
    return state;
  }

  /** What was done on a share since this was last asked, in words. */
  takeDone(pool: ResourceUuid): readonly string[] {
    const done = this.#done.get(pool) ?? [];
    this.#done.delete(pool);
    return done;
  }
}
