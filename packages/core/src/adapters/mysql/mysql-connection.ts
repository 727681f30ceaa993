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
import { patienceOf, poolLimits, type ServerOptions } from '../store/server-options.js';
import { readServerUrl } from '../store/server-url.js';
import { SessionPool } from '../store/session-pool.js';
import { repeated } from '../store/unit-conflict.js';
import { MYSQL, MYSQL_MIGRATIONS } from './mysql-flavour.js';
import { MysqlSession } from './mysql-session.js';

/** Where a MariaDB (10.6 or later) or MySQL (8.0 or later) server is, and how it is used. */
export interface MysqlOptions extends ServerOptions {
  /** `mysql://user:password@host:3306/database`; the database must be there. */
  readonly url: string;
}

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
    const { usual, migrating } = patienceOf(options);
    const open = (): Promise<MysqlSession> => MysqlSession.open(address, usual);
    this.#pool = new SessionPool(open, poolLimits(options));
    this.builder = new Kysely<Database>({
      dialect: {
        createDriver: () => new MigrationDriver(BEGIN, () => MysqlSession.open(address, migrating)),
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
