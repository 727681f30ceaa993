import type { Plugin } from '../../di.js';
import { STORE } from '../../ports/tokens.js';
import { withRowCache } from '../store/row-cache.js';
import { sqlStore } from '../store/sql-store.js';
import { SqliteConnection, type SqliteOptions } from './sqlite-connection.js';

export type { SqliteOptions } from './sqlite-connection.js';

/** Keeps desired and observed state in a SQLite file: what a cloud on one machine needs. The file is opened at start. */
export function sqlite(options: SqliteOptions): Plugin {
  return (container) => {
    const store = withRowCache(sqlStore(new SqliteConnection(options)));
    container.register(STORE, { useValue: store });
  };
}
