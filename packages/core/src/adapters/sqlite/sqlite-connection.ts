import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { type CompiledQuery, Kysely, type QueryResult } from 'kysely';
import { ensureError, PortUnavailable } from '../../model/errors.js';
import type { Queries, SqlConnection } from '../store/connection.js';
import type { SqlFlavour } from '../store/flavour.js';
import type { MigrationSteps } from '../store/migrations.js';
import type { Database } from '../store/schema.js';
import { GroupCommit } from './group-commit.js';
import { SqliteDialect, SqliteSession } from './sqlite-dialect.js';
import { asStoreError } from './sqlite-errors.js';
import { SQLITE, SQLITE_MIGRATIONS } from './sqlite-flavour.js';

/** How an embedded database is kept. */
export interface SqliteOptions {
  /** The database file; made when missing, its folder is not. `:memory:` keeps nothing. */
  readonly file: string;
  /**
   * `full` (default): what was acknowledged survives a power cut. `normal`: it survives the death of the process, not
   * that of the machine; several times faster on slow disks.
   */
  readonly synchronous?: 'full' | 'normal';
}

/** Pages of cache, as KiB with a minus (https://www.sqlite.org/pragma.html#pragma_cache_size). */
const CACHE = -16_000;
/** Pages of write-ahead log between checkpoints: rarer than SQLite's 1,000, since each stops the event loop. */
const CHECKPOINT = 4_000;

/**
 * SQLite in this process: WAL, group commit, and the file to itself. In-process locks and hints would not reach a second
 * process, so it is refused; the system gives the file free when this process dies, however it dies.
 */
export class SqliteConnection implements SqlConnection {
  readonly builder: Kysely<Database> = new Kysely<Database>({
    dialect: new SqliteDialect(() => this.#open()),
  });
  readonly flavour: SqlFlavour = SQLITE;
  readonly migrations: MigrationSteps = SQLITE_MIGRATIONS;
  readonly #options: SqliteOptions;
  readonly #commits: GroupCommit;
  #database: DatabaseSyncInstance | undefined;
  #session: SqliteSession | undefined;
  #closed: 'yes' | 'no' = 'no';

  constructor(options: SqliteOptions) {
    this.#options = options;
    const gather = options.file === ':memory:' ? 'turn' : 'millisecond';
    this.#commits = new GroupCommit(() => this.#open(), gather);
  }

  async run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    if (this.#commits.isCommitting) await this.#commits.settled();
    return this.#open().run<Row>(query);
  }

  write<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result> {
    return this.#commits.add(unit);
  }

  writeOne<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#commits.add((queries) => queries.run(query));
  }

  close(): Promise<void> {
    this.#closed = 'yes';
    if (this.#database !== undefined) giveFree(this.#database);
    this.#database = undefined;
    this.#session = undefined;
    return Promise.resolve();
  }

  #open(): SqliteSession {
    if (this.#session !== undefined) return this.#session;
    if (this.#closed === 'yes') {
      throw new PortUnavailable('store', 'the database was closed', {
        remedy: 'Open another connection.',
      });
    }
    try {
      const database = new DatabaseSync(this.#options.file, { timeout: 0 });
      try {
        configure(database, this.#options.synchronous ?? 'full');
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

function configure(database: DatabaseSyncInstance, synchronous: 'full' | 'normal'): void {
  // Before WAL: the log's index then lives in memory of our own, and reading takes no lock.
  database.exec('pragma locking_mode = exclusive');
  database.exec(`pragma cache_size = ${CACHE}`);
  database.exec('pragma journal_mode = wal');
  database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT}`);
  database.exec(`pragma synchronous = ${synchronous}`);
  database.exec('pragma temp_store = memory');
  // Takes the lock at once instead of with the first write, so that a second process is told when it starts.
  database.exec('begin immediate');
  database.exec('commit');
}

// Prepared statements keep a closed file open until they are collected, and with it an exclusive lock; leaving WAL is the
// only way to give that up before.
function giveFree(database: DatabaseSyncInstance): void {
  try {
    database.exec('pragma journal_mode = delete');
    database.exec('pragma locking_mode = normal');
    database.exec('select count(*) from sqlite_master');
  } catch {
    // A disk that can't be written keeps its lock a little longer; nothing is lost by that.
  }
  database.close();
}
