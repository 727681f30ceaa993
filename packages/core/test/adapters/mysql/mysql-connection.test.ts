import { missingService, startMariadb } from '@gdcloud/services';
import t from 'tap';
import { MysqlConnection } from '../../../dist/adapters/mysql/mysql-connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { serverContract } from '../store/server-contract.js';

const missing = missingService('mariadb');
if (missing !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, missing);
} else {
  serverContract({
    name: 'MariaDB',
    start: () => startMariadb(),
    connect: (url, statementTimeoutMs = 20_000) => new MysqlConnection({ url, statementTimeoutMs }),
    storeOf: sqlStore,
  });
}
