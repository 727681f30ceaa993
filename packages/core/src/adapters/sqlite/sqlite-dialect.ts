import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { ensureError } from '../../model/errors.js';
import { asStoreError } from './sqlite-errors.js';

type Bindable = null | number | bigint | string | Uint8Array;

interface PreparedStatement {
  readonly statement: StatementSyncInstance;
  readonly returnsRows: boolean;
}

/** One SQLite connection. Statements are prepared once; every call runs to its end before it returns. */
export class SqliteSession implements DatabaseConnection {
  readonly #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSyncInstance) {
    this.#database = database;
  }

  /** Runs one statement now. Throws PortUnavailable where the database can't answer. */
  run<Row>(query: CompiledQuery): QueryResult<Row> {
    try {
      const { statement, returnsRows } = this.#prepare(query.sql);
      const parameters = query.parameters as readonly Bindable[];
      if (returnsRows) {
        const rows = statement.all(...parameters) as Row[];
        return { rows, numAffectedRows: BigInt(rows.length) };
      }
      const { changes } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (thrown) {
      throw asStoreError(ensureError(thrown));
    }
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return new Promise((resolve) => resolve(this.run<Row>(query)));
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('SQLite answers are read whole');
  }

  #prepare(sql: string): PreparedStatement {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      const statement = this.#database.prepare(sql);
      prepared = { statement, returnsRows: statement.columns().length > 0 };
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }
}

/** Lets kysely build and, for migrations, run queries on a {@link SqliteSession}. */
export class SqliteDialect implements Dialect {
  readonly #session: () => SqliteSession;

  /** `session` is called when the first query runs. */
  constructor(session: () => SqliteSession) {
    this.#session = session;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#session);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class SqliteDriver implements Driver {
  readonly #session: () => SqliteSession;

  constructor(session: () => SqliteSession) {
    this.#session = session;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return new Promise((resolve) => resolve(this.#session()));
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}
