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
import { patienceOf, poolLimits, type ServerOptions } from '../store/server-options.js';
import { readServerUrl } from '../store/server-url.js';
import { SessionPool } from '../store/session-pool.js';
import { SharedSessions } from '../store/shared-sessions.js';
import { repeated } from '../store/unit-conflict.js';
import { POSTGRES, POSTGRES_MIGRATIONS } from './postgres-flavour.js';
import { PostgresSession } from './postgres-session.js';

/** Where a PostgreSQL server (13 or later) is, and how it is used. */
export interface PostgresOptions extends ServerOptions {
  /** `postgres://user:password@host:5432/database`; the database must be there. `?sslmode=require` asks for TLS. */
  readonly url: string;
}

/** How many connections all reads share, beside those of the pool: a long list holds up only those behind it. */
const READERS = 2;

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
    const { usual, migrating } = patienceOf(options);
    const names = new Map<string, string>();
    const open = (): Promise<PostgresSession> => PostgresSession.open(address, usual, names);
    this.#pool = new SessionPool(open, poolLimits(options));
    this.#reads = new SharedSessions(open, READERS);
    this.builder = new Kysely<Database>({
      dialect: {
        createDriver: () =>
          new MigrationDriver(BEGIN, () => PostgresSession.open(address, migrating, new Map())),
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
