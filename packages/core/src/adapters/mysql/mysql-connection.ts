import {
  CompiledQuery,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Queries, SqlConnection } from '../store/connection.js';
import type { SqlFlavour } from '../store/flavour.js';
import { MigrationDriver } from '../store/migration-driver.js';
import type { MigrationSteps } from '../store/migrations.js';
import type { Database } from '../store/schema.js';
import { readServerUrl, type TlsOptions } from '../store/server-url.js';
import { SessionPool } from '../store/session-pool.js';
import { repeated } from '../store/unit-conflict.js';
import { MYSQL, MYSQL_MIGRATIONS } from './mysql-flavour.js';
import { MysqlSession } from './mysql-session.js';

/** Where a MariaDB (10.6 or later) or MySQL (8.0 or later) server is, and how it is used. */
export interface MysqlOptions {
  /** `mysql://user:password@host:3306/database`; the database must be there. */
  readonly url: string;
  /** Connections at most; 10 when absent. */
  readonly poolSize?: number;
  /** The longest a statement may take; 30,000 ms when absent. */
  readonly statementTimeoutMs?: number;
  /** The longest connecting may take; 5,000 ms when absent. */
  readonly connectTimeoutMs?: number;
  /** Absent: no TLS, unless the url asks for it. */
  readonly tls?: TlsOptions;
}

/** How long a step of a migration may take; milliseconds. */
const MIGRATION = 3_600_000;

const BEGIN = CompiledQuery.raw('begin');

/** A MariaDB or MySQL server, shared with other processes. */
export class MysqlConnection implements SqlConnection {
  readonly flavour: SqlFlavour = MYSQL;
  readonly migrations: MigrationSteps = MYSQL_MIGRATIONS;
  readonly builder: Kysely<Database>;
  readonly #pool: SessionPool<MysqlSession>;

  constructor(options: MysqlOptions) {
    const address = readServerUrl(options.url, options.tls, {
      name: 'MariaDB',
      schemes: ['mysql', 'mariadb'],
      port: 3306,
      user: 'root',
    });
    const patience = {
      connect: options.connectTimeoutMs ?? 5_000,
      statement: options.statementTimeoutMs ?? 30_000,
    };
    this.#pool = new SessionPool(() => MysqlSession.open(address, patience), {
      size: options.poolSize ?? 10,
      patience: patience.connect + patience.statement,
    });
    this.builder = new Kysely<Database>({
      dialect: {
        createDriver: () =>
          new MigrationDriver(BEGIN, () =>
            MysqlSession.open(address, { ...patience, statement: MIGRATION }),
          ),
        createQueryCompiler: () => new MysqlQueryCompiler(),
        createAdapter: () => new MysqlAdapter(),
        createIntrospector: (db) => new MysqlIntrospector(db),
      },
    });
  }

  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#pool.with((session) => session.run(query));
  }

  writeOne<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return repeated(() => this.run(query));
  }

  write<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result> {
    return repeated(() => this.#pool.with((session) => writeIn(session, unit)));
  }

  close(): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }
}

async function writeIn<Result>(
  session: MysqlSession,
  unit: (queries: Queries) => Promise<Result>,
): Promise<Result> {
  await session.tell('begin');
  let result: Result;
  try {
    result = await unit(session);
  } catch (thrown) {
    // Where that fails the connection is lost, and the server undoes the unit by itself.
    await session.tell('rollback').catch(() => session.close());
    throw thrown;
  }
  await session.tell('commit');
  return result;
}
