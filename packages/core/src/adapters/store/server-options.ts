import type { TlsOptions } from './server-url.js';

/** How a database server is used, whatever its kind. */
export interface ServerOptions {
  /** Connections at most; 10 when absent. PostgreSQL has two more, for reading. */
  readonly poolSize?: number;
  /** The longest a statement may take; 30,000 ms when absent. */
  readonly statementTimeoutMs?: number;
  /** The longest connecting may take; 5,000 ms when absent. */
  readonly connectTimeoutMs?: number;
  /** Absent: no TLS, unless the url asks for it. */
  readonly tls?: TlsOptions;
}

/** How long things may take; milliseconds. */
export interface Patience {
  readonly connect: number;
  /** For one statement. The server ends it then; the client waits a little longer for it to say so. */
  readonly statement: number;
}

/** What the client waits beyond the server's limit before it takes the server for dead; milliseconds. */
export const GRACE = 1_000;
/** How long a step of a migration may take; milliseconds. */
const MIGRATION = 3_600_000;

/** How long things may take, as the options say, and for migrations. */
export function patienceOf(options: ServerOptions): {
  readonly usual: Patience;
  readonly migrating: Patience;
} {
  const connect = options.connectTimeoutMs ?? 5_000;
  return {
    usual: { connect, statement: options.statementTimeoutMs ?? 30_000 },
    migrating: { connect, statement: MIGRATION },
  };
}

/** How many connections there are, and how long somebody waits for one. */
export function poolLimits(options: ServerOptions): {
  readonly size: number;
  readonly patience: number;
} {
  const { connect, statement } = patienceOf(options).usual;
  return { size: options.poolSize ?? 10, patience: connect + statement };
}
