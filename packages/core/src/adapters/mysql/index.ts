import type { Plugin } from '../../di.js';
import { STORE } from '../../ports/tokens.js';
import { sqlStore } from '../store/sql-store.js';
import { MysqlConnection, type MysqlOptions } from './mysql-connection.js';

export type { TlsOptions } from '../store/server-url.js';
export type { MysqlOptions } from './mysql-connection.js';

/** Keeps desired and observed state in MariaDB or MySQL, for any number of processes. It is connected to when it is asked. */
export function mysql(options: MysqlOptions): Plugin {
  return (container) => {
    container.register(STORE, { useValue: sqlStore(new MysqlConnection(options)) });
  };
}
