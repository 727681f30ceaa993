import { deepStrictEqual } from 'node:assert/strict';
import type { Store } from '@gdcloud/core';
import { missingService, startMariadb, startPostgres } from '@gdcloud/services';
import fc from 'fast-check';
import t from 'tap';
import { MysqlConnection } from '../../../dist/adapters/mysql/mysql-connection.js';
import { PostgresConnection } from '../../../dist/adapters/postgres/postgres-connection.js';
import { postgresStore } from '../../../dist/adapters/postgres/postgres-store.js';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import type { SqlConnection } from '../../../dist/adapters/store/connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { emptied } from '../../support/emptied.js';
import { commands, listQuery, moment, said, tell } from '../../support/store-calls.js';

t.setTimeout(600_000);

// A refused insert leaves a gap in the ids of servers and none in SQLite, so here none is refused.
const PLENTY = fc.constant(1_000);
const NAMING = fc.constant('what stays' as const);

async function compare(
  connection: SqlConnection,
  storeOf: (connection: SqlConnection) => Store,
): Promise<void> {
  const embedded = new SqliteConnection({ file: ':memory:' });
  await fc.assert(
    fc.asyncProperty(
      commands(PLENTY, NAMING),
      fc.array(listQuery, { minLength: 1, maxLength: 6 }),
      moment,
      async (calls, lists, now) => {
        const [expected, store] = [
          await emptied(embedded),
          await emptied(connection, storeOf(connection)),
        ];
        for (const call of calls)
          deepStrictEqual(await said(call(store)), await said(call(expected)));
        deepStrictEqual(
          await tell(store, lists, now, 'any'),
          await tell(expected, lists, now, 'any'),
        );
      },
    ),
    { numRuns: 40, seed: 6 },
  );
  await embedded.close();
}

t.test('PostgreSQL answers as SQLite does', { skip: skipped('postgres') }, async (t) => {
  const server = await startPostgres({ settings: ['fsync = off'] });
  const connection = new PostgresConnection({ url: server.url });
  t.teardown(async () => {
    await connection.close();
    await server.close();
  });
  await compare(connection, postgresStore);
});

t.test('MariaDB answers as SQLite does', { skip: skipped('mariadb') }, async (t) => {
  const server = await startMariadb({ settings: ['--innodb-flush-log-at-trx-commit=0'] });
  const connection = new MysqlConnection({ url: server.url });
  t.teardown(async () => {
    await connection.close();
    await server.close();
  });
  await compare(connection, sqlStore);
});

function skipped(name: 'postgres' | 'mariadb'): string | false {
  return process.env['CI'] === 'true' ? false : (missingService(name) ?? false);
}
