import { CompiledQuery } from 'kysely';
import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { Queries } from '../store/connection.js';
import type { SqliteSession } from './sqlite-dialect.js';

interface PendingUnit {
  run(queries: Queries): Promise<void>;
  acknowledge(): void;
  refuse(error: Error): void;
}

/** How long a group waits for others to join when the one before had more than one unit; milliseconds. */
const GATHER = 1;

const BEGIN = CompiledQuery.raw('begin immediate');
const COMMIT = CompiledQuery.raw('commit');
const ROLLBACK = CompiledQuery.raw('rollback');

/**
 * One transaction and one sync to disk for all units that are asked for in one turn of the event loop, or within a
 * millisecond where several work at the same time. None is
 * acknowledged before that. A unit that throws is undone alone: the others are run again, each by itself, so units must
 * be repeatable.
 */
export class GroupCommit {
  readonly #open: () => SqliteSession;
  #pending: PendingUnit[] = [];
  #committing: Promise<void> | undefined;
  #lastUnits = 0;
  #scheduled: 'yes' | 'no' = 'no';

  readonly #gather: 'turn' | 'millisecond';

  /**
   * `open` gives the session, or throws PortUnavailable; asked for every group. `gather` is how long units may join while
   * several work at the same time: a database without a disk has no sync to share, and its commits take no real time.
   */
  constructor(open: () => SqliteSession, gather: 'turn' | 'millisecond') {
    this.#open = open;
    this.#gather = gather;
  }

  /** Resolves when no group is being committed: a read in between would see what may yet be rolled back. */
  async settled(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
  }

  /** Whether a group is being committed right now. */
  get isCommitting(): boolean {
    return this.#committing !== undefined;
  }

  /** Runs `unit` in the next group and resolves with its result after the commit. */
  add<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result;
      this.#pending.push({
        run: async (queries) => {
          result = await unit(queries);
        },
        acknowledge: () => resolve(result),
        refuse: reject,
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled === 'yes' || this.#committing !== undefined) return;
    this.#scheduled = 'yes';
    const begin = (): void => {
      this.#scheduled = 'no';
      this.#committing = this.#commitPending().finally(() => {
        this.#committing = undefined;
        if (this.#pending.length > 0) this.#schedule();
      });
    };
    // A sync stops the whole process. While many work at the same time it pays to let more of them join in; somebody
    // who works alone would only wait longer.
    if (this.#gather === 'millisecond' && this.#lastUnits > 1) setTimeout(begin, GATHER);
    else setImmediate(begin);
  }

  async #commitPending(): Promise<void> {
    const units = this.#pending;
    this.#pending = [];
    this.#lastUnits = units.length;
    try {
      await this.#commit(units);
    } catch (thrown) {
      if (units.length > 1 && !(thrown instanceof PortUnavailable)) {
        for (const unit of units) await this.#commitAlone(unit);
      } else {
        for (const unit of units) unit.refuse(ensureError(thrown));
      }
    }
  }

  async #commitAlone(unit: PendingUnit): Promise<void> {
    try {
      await this.#commit([unit]);
    } catch (thrown) {
      unit.refuse(ensureError(thrown));
    }
  }

  async #commit(units: readonly PendingUnit[]): Promise<void> {
    const session = this.#open();
    session.run(BEGIN);
    try {
      const queries: Queries = { run: (query) => Promise.resolve(session.run(query)) };
      for (const unit of units) await unit.run(queries);
      session.run(COMMIT);
    } catch (thrown) {
      abandon(session);
      throw thrown;
    }
    for (const unit of units) unit.acknowledge();
  }
}

function abandon(session: SqliteSession): void {
  try {
    session.run(ROLLBACK);
  } catch {
    // SQLite has rolled back already: a full disk makes it do so.
  }
}
