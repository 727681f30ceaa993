import { missingService, startPostgres } from '@gdcloud/services';
import t from 'tap';
import { PostgresConnection } from '../../../dist/adapters/postgres/postgres-connection.js';
import { postgresStore } from '../../../dist/adapters/postgres/postgres-store.js';
import { serverContract } from '../store/server-contract.js';

const missing = missingService('postgres');
if (missing !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, missing);
} else {
  serverContract({
    name: 'PostgreSQL',
    start: () => startPostgres(),
    connect: (url, statementTimeoutMs = 20_000) =>
      new PostgresConnection({ url, statementTimeoutMs }),
    storeOf: postgresStore,
  });
}
