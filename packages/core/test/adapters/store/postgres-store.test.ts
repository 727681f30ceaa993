import { missingService, startPostgres } from '@gdcloud/services';
import t from 'tap';
import { PostgresConnection } from '../../../dist/adapters/postgres/postgres-connection.js';
import { postgresStore } from '../../../dist/adapters/postgres/postgres-store.js';
import { emptied } from '../../support/emptied.js';
import { storeContract } from './store-contract.js';

const missing = missingService('postgres');
if (missing !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, missing);
} else {
  t.setTimeout(600_000);
  const server = await startPostgres({ settings: ['fsync = off'] });
  const connection = new PostgresConnection({ url: server.url });
  t.teardown(async () => {
    await connection.close();
    await server.close();
  });
  storeContract('PostgreSQL', () => emptied(connection, postgresStore(connection)));
}
