import { ensureError } from '../../model/errors.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Store } from '../../ports/store.js';
import type { ChangeDescriptions } from './change-descriptions.js';
import { afterReading, type Position, positionAtEnd, withoutOldGaps } from './position.js';
import { type ReadChange, RecentChanges } from './recent-changes.js';

/** How many records are read at a time. */
const BATCH = 500;
/** The least time between two reads, so that what happens meanwhile is read together; milliseconds. */
const PACE = 50;
/** How many of the newest records are looked at for numbers that have not turned up yet when reading begins. */
const LOOK_BACK = 1_000;
/**
 * How long a missing number is waited for; milliseconds. A unit draws its number near its end. PostgreSQL and MariaDB end
 * one whose client says nothing for 5 s, each statement ends after 30 s, and no unit has more than a few of them.
 */
const PATIENCE = 10 * 60_000;

/** What a reader works with. */
export interface ChangeReaderOptions {
  readonly store: Pick<Store, 'newestChanges' | 'changes'>;
  readonly descriptions: ChangeDescriptions;
  readonly clock: Pick<Clock, 'monotonic' | 'schedule'>;
  readonly logger: Logger;
  /** Called for every record that is read, in the order of reading. Must not throw. */
  readonly read: (read: ReadChange) => void;
}

/** Reads each record of a change once, soon after it was written; one reader for all who listen in this process. */
export class ChangeReader {
  readonly #options: ChangeReaderOptions;
  #position: Position = { last: 0, gaps: [] };
  #recent = new RecentChanges(this.#position);
  #reading: Promise<void> | undefined;
  #again: 'yes' | 'no' = 'no';
  #paced: Cancel | undefined;
  #state: 'begun' | 'ended' = 'ended';
  #failing: 'yes' | 'no' = 'no';

  constructor(options: ChangeReaderOptions) {
    this.#options = options;
  }

  /** How far it has read. */
  get position(): Position {
    return this.#position;
  }

  /** What it has read lately. */
  get recent(): RecentChanges {
    return this.#recent;
  }

  /** Whether it reads. */
  get state(): 'begun' | 'ended' {
    return this.#state;
  }

  /** Resolves when all is read that was written before the call. Begins to read if need be. Throws PortUnavailable. */
  async catchUp(): Promise<void> {
    // What is being read may have been asked for before the last write.
    await this.#reading?.catch(() => undefined);
    await (this.#reading ?? this.#begin());
  }

  /** Something may have been written. */
  look(): void {
    if (this.#state === 'ended') return;
    if (this.#reading !== undefined) this.#again = 'yes';
    else this.#paced ??= this.#options.clock.schedule(PACE, () => this.#readUnwatched());
  }

  /** Reads no more, until somebody wants to be {@link catchUp caught up} again. */
  end(): void {
    this.#state = 'ended';
    this.#paced?.();
    this.#paced = undefined;
    this.#again = 'no';
  }

  #begin(): Promise<void> {
    this.#paced?.();
    this.#paced = undefined;
    this.#reading = this.#readAll().finally(() => {
      this.#reading = undefined;
      if (this.#again === 'no') return;
      this.#again = 'no';
      this.look();
    });
    return this.#reading;
  }

  #readUnwatched(): void {
    this.#paced = undefined;
    if (this.#state === 'ended' || this.#reading !== undefined) return;
    this.#begin().catch((thrown: unknown) => {
      // The next look tries again.
      if (this.#failing === 'no')
        this.#options.logger.warn(
          { error: ensureError(thrown).message },
          'changes can not be read; it is tried again',
        );
      this.#failing = 'yes';
    });
  }

  async #readAll(): Promise<void> {
    const { store, descriptions, clock, read } = this.#options;
    if (this.#state === 'ended') {
      const newest = await store.newestChanges(LOOK_BACK);
      const which = newest.length < LOOK_BACK ? 'all' : 'some';
      this.#position = positionAtEnd(newest, which, clock.monotonic());
      this.#recent = new RecentChanges(this.#position);
      this.#state = 'begun';
    }
    const recent = this.#recent;
    for (;;) {
      this.#position = withoutOldGaps(this.#position, clock.monotonic() - PATIENCE);
      const { last, gaps } = this.#position;
      const records = await store.changes({ after: last, missing: gaps, limit: BATCH });
      const changes = await descriptions.of(records);
      this.#failing = 'no';
      // It was ended meanwhile, and perhaps has begun anew somewhere else.
      if (this.#recent !== recent) return;
      for (const [index, { number }] of records.entries()) {
        this.#position = afterReading(this.#position, number, clock.monotonic());
        const one = { number, change: changes[index], position: this.#position };
        recent.add(one);
        read(one);
      }
      if (records.length < BATCH) return;
    }
  }
}
