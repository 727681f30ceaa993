import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { CompiledQuery, Kysely, type QueryResult } from 'kysely';
import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { Queries, SqlConnection } from '../store/connection.js';
import type { Database } from '../store/schema.js';
import { SqliteDialect, SqliteSession } from './sqlite-dialect.js';
import { asStoreError } from './sqlite-errors.js';

/** How an embedded database is kept. */
export interface SqliteOptions {
  /** The database file; made when missing, its folder is not. `:memory:` keeps nothing. */
  readonly file: string;
  /**
   * `full` (default): what was acknowledged survives a power cut. `normal`: it survives a crash of the process or
   * kernel panic of nothing less; several times faster on slow disks.
   */
  readonly synchronous?: 'full' | 'normal';
}

interface PendingUnit {
  run(queries: Queries): Promise<void>;
  acknowledge(): void;
  refuse(error: Error): void;
}

const BEGIN = CompiledQuery.raw('begin immediate');
const COMMIT = CompiledQuery.raw('commit');
const ROLLBACK = CompiledQuery.raw('rollback');
const SAVEPOINT = CompiledQuery.raw('savepoint unit');
const RELEASE = CompiledQuery.raw('release unit');
const UNDO = CompiledQuery.raw('rollback to unit');

/**
 * SQLite with group commit: all units that are asked for in one turn of the event loop share one transaction and one
 * sync to disk, and none is acknowledged before that. WAL mode; a second process on the same file is refused.
 */
export class SqliteConnection implements SqlConnection {
  readonly builder: Kysely<Database> = new Kysely<Database>({
    dialect: new SqliteDialect(() => this.#open()),
  });
  readonly #options: SqliteOptions;
  #database: DatabaseSyncInstance | undefined;
  #guard: DatabaseSyncInstance | undefined;
  #session: SqliteSession | undefined;
  #pending: PendingUnit[] = [];
  #committing: Promise<void> | undefined;
  #scheduled: 'yes' | 'no' = 'no';

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    // A read between a unit and its commit would see what may yet be rolled back.
    while (this.#committing !== undefined) await this.#committing;
    return this.#open().run<Row>(query);
  }

  write<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result> {
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

  close(): Promise<void> {
    this.#database?.close();
    this.#guard?.close();
    this.#database = undefined;
    this.#guard = undefined;
    this.#session = undefined;
    return Promise.resolve();
  }

  #schedule(): void {
    if (this.#scheduled === 'yes' || this.#committing !== undefined) return;
    this.#scheduled = 'yes';
    setImmediate(() => {
      this.#scheduled = 'no';
      this.#committing = this.#commit().finally(() => {
        this.#committing = undefined;
        if (this.#pending.length > 0) this.#schedule();
      });
    });
  }

  async #commit(): Promise<void> {
    const units = this.#pending;
    this.#pending = [];
    const done: PendingUnit[] = [];
    try {
      const session = this.#open();
      session.run(BEGIN);
      try {
        for (const unit of units) {
          if (await this.#attempt(session, unit)) done.push(unit);
        }
        session.run(COMMIT);
      } catch (thrown) {
        this.#abandon(session);
        throw thrown;
      }
    } catch (thrown) {
      for (const unit of units) unit.refuse(ensureError(thrown));
      return;
    }
    for (const unit of done) unit.acknowledge();
  }

  async #attempt(session: SqliteSession, unit: PendingUnit): Promise<boolean> {
    session.run(SAVEPOINT);
    try {
      await unit.run({ run: (query) => Promise.resolve(session.run(query)) });
    } catch (thrown) {
      // A full disk may have rolled the whole transaction back by itself: then no unit of it can be kept.
      if (thrown instanceof PortUnavailable) throw thrown;
      session.run(UNDO);
      session.run(RELEASE);
      unit.refuse(ensureError(thrown));
      return false;
    }
    session.run(RELEASE);
    return true;
  }

  #abandon(session: SqliteSession): void {
    try {
      session.run(ROLLBACK);
    } catch {
      // SQLite has rolled back already.
    }
  }

  #open(): SqliteSession {
    if (this.#session !== undefined) return this.#session;
    try {
      if (this.#options.file !== ':memory:')
        this.#guard ??= claimFile(`${this.#options.file}.lock`);
      const database = new DatabaseSync(this.#options.file, { timeout: 5_000 });
      try {
        database.exec('pragma journal_mode = wal');
        database.exec(
          `pragma synchronous = ${this.#options.synchronous === 'normal' ? 'normal' : 'full'}`,
        );
        database.exec('pragma temp_store = memory');
      } catch (thrown) {
        database.close();
        throw thrown;
      }
      this.#database = database;
      this.#session = new SqliteSession(database);
      return this.#session;
    } catch (thrown) {
      throw asStoreError(ensureError(thrown));
    }
  }
}

/**
 * Keeps a second process off: in-process locks and hints do not reach it. Node has no file locks of its own, SQLite has,
 * and the kernel gives them up with the process however it dies.
 */
function claimFile(file: string): DatabaseSyncInstance {
  const guard = new DatabaseSync(file, { timeout: 0 });
  try {
    guard.exec('pragma journal_mode = delete');
    guard.exec('begin exclusive');
    return guard;
  } catch (thrown) {
    guard.close();
    throw thrown;
  }
}
