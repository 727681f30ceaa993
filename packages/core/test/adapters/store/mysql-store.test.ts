import { missingService, startMariadb } from '@gdcloud/services';
import t from 'tap';
import { MysqlConnection } from '../../../dist/adapters/mysql/mysql-connection.js';
import { emptied } from '../../support/emptied.js';
import { storeContract } from './store-contract.js';

const missing = missingService('mariadb');
if (missing !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, missing);
} else {
  t.setTimeout(600_000);
  const server = await startMariadb({ settings: ['--innodb-flush-log-at-trx-commit=0'] });
  const connection = new MysqlConnection({ url: server.url });
  t.teardown(async () => {
    await connection.close();
    await server.close();
  });
  storeContract('MariaDB', () => emptied(connection));
}
