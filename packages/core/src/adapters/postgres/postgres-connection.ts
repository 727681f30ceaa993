import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Queries, SqlConnection } from '../store/connection.js';
import type { SqlFlavour } from '../store/flavour.js';
import { MigrationDriver } from '../store/migration-driver.js';
import type { MigrationSteps } from '../store/migrations.js';
import type { Database } from '../store/schema.js';
import { readServerUrl, type TlsOptions } from '../store/server-url.js';
import { SessionPool } from '../store/session-pool.js';
import { SharedSessions } from '../store/shared-sessions.js';
import { repeated } from '../store/unit-conflict.js';
import { POSTGRES, POSTGRES_MIGRATIONS } from './postgres-flavour.js';
import { PostgresSession } from './postgres-session.js';

/** Where a PostgreSQL server (13 or later) is, and how it is used. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; the database must be there. `?sslmode=require` asks for TLS. */
  readonly url: string;
  /** Connections for writing at most; 10 when absent. Two more are for reading. */
  readonly poolSize?: number;
  /** The longest a statement may take; 30,000 ms when absent. */
  readonly statementTimeoutMs?: number;
  /** The longest connecting may take; 5,000 ms when absent. */
  readonly connectTimeoutMs?: number;
  /** Absent: no TLS, unless the url asks for it. */
  readonly tls?: TlsOptions;
}

/** How many connections all reads share, beside those of the pool: a long list holds up only those behind it. */
const READERS = 2;

/** How long a step of a migration may take; milliseconds. */
const MIGRATION = 3_600_000;

const BEGIN = CompiledQuery.raw('begin isolation level read committed');
const COMMIT = CompiledQuery.raw('commit');
const ROLLBACK = CompiledQuery.raw('rollback');

/** A PostgreSQL server, shared with other processes. */
export class PostgresConnection implements SqlConnection {
  readonly flavour: SqlFlavour = POSTGRES;
  readonly migrations: MigrationSteps = POSTGRES_MIGRATIONS;
  readonly builder: Kysely<Database>;
  readonly #pool: SessionPool<PostgresSession>;
  readonly #reads: SharedSessions<PostgresSession>;

  constructor(options: PostgresOptions) {
    const address = readServerUrl(options.url, options.tls, {
      name: 'PostgreSQL',
      schemes: ['postgres', 'postgresql'],
      port: 5432,
      user: 'postgres',
    });
    const patience = {
      connect: options.connectTimeoutMs ?? 5_000,
      statement: options.statementTimeoutMs ?? 30_000,
    };
    const names = new Map<string, string>();
    const open = (): Promise<PostgresSession> => PostgresSession.open(address, patience, names);
    const limit = patience.connect + patience.statement;
    this.#pool = new SessionPool(open, { size: options.poolSize ?? 10, patience: limit });
    this.#reads = new SharedSessions(open, READERS);
    this.builder = new Kysely<Database>({
      dialect: {
        createDriver: () =>
          new MigrationDriver(BEGIN, () =>
            PostgresSession.open(address, { ...patience, statement: MIGRATION }, new Map()),
          ),
        createQueryCompiler: () => new PostgresQueryCompiler(),
        createAdapter: () => new PostgresAdapter(),
        createIntrospector: (db) => new PostgresIntrospector(db),
      },
    });
  }

  /** For reads: they wait for nobody, so that all of them share connections and go out together. */
  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#reads.with((session) => session.run(query));
  }

  writeOne<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return repeated(() => this.#pool.with((session) => session.run(query)));
  }

  write<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result> {
    return repeated(() => this.#pool.with((session) => writeIn(session, unit)));
  }

  close(): Promise<void> {
    this.#pool.close();
    this.#reads.close();
    return Promise.resolve();
  }
}

async function writeIn<Result>(
  session: PostgresSession,
  unit: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  // Sent along with the first statement of the unit.
  const begun = session.run(BEGIN);
  begun.catch(() => undefined);
  let result: Result;
  try {
    result = await unit(session);
    await begun;
  } catch (thrown) {
    // Where that fails the connection is lost, and the server undoes the unit by itself.
    await session.run(ROLLBACK).catch(() => session.close());
    throw thrown;
  }
  await session.run(COMMIT);
  return result;
}
