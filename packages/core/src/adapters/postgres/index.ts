import type { Plugin } from '../../di.js';
import { STORE } from '../../ports/tokens.js';
import { PostgresConnection, type PostgresOptions } from './postgres-connection.js';
import { postgresStore } from './postgres-store.js';

export type { TlsOptions } from '../store/server-url.js';
export type { PostgresOptions } from './postgres-connection.js';

/** Keeps desired and observed state in PostgreSQL, for any number of processes. It is connected to when it is asked. */
export function postgres(options: PostgresOptions): Plugin {
  return (container) => {
    container.register(STORE, { useValue: postgresStore(new PostgresConnection(options)) });
  };
}
