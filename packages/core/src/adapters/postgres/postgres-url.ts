import type { ConnectionOptions } from 'node:tls';

/** How the server is known to be the right one, and we to it. */
export interface PostgresTls {
  /** Certificates of who may vouch for the server, as PEM; those of the system when absent. */
  readonly ca?: string;
  /** Our own certificate and its key, as PEM, where the server asks for them. */
  readonly cert?: string;
  readonly key?: string;
  /** The name its certificate must have; that of the url when absent. */
  readonly serverName?: string;
  /** `none` encrypts without knowing to whom: for tests only. */
  readonly verify?: 'full' | 'none';
}

/** Where the server is and who we are there. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: false | ConnectionOptions;
}

/** Reads `postgres://user:password@host:port/database`. Throws an error that does not say what is in it. */
export function readPostgresUrl(text: string, tls: PostgresTls | undefined): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new TypeError(
      'the url of PostgreSQL is not like postgres://user:password@host:5432/database',
    );
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  const host = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  return {
    host: decodeURIComponent(host),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username) || 'postgres',
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    // Who asks for TLS in the url gets it whole: a way that can be listened to is no lesser form of it.
    ssl: tls !== undefined || mode !== 'disable' ? options(tls ?? {}) : false,
  };
}

function options({ ca, cert, key, serverName, verify }: PostgresTls): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: verify !== 'none',
  };
}
