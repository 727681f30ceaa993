import type { ConnectionOptions } from 'node:tls';

/** How the server is known to be the right one, and we to it. */
export interface TlsOptions {
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

/** Where a server is and who we are there. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** Absent: nothing is encrypted. */
  readonly tls: ConnectionOptions | undefined;
}

/** What the urls of a kind of server look like, and what they may leave out. */
export interface UrlForm {
  readonly name: string;
  readonly schemes: readonly string[];
  readonly port: number;
  readonly user: string;
}

/** Reads `scheme://user:password@host:port/database`. Throws an error that does not say what is in it. */
export function readServerUrl(
  text: string,
  tls: TlsOptions | undefined,
  form: UrlForm,
): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !form.schemes.includes(url.protocol.slice(0, -1)) ||
    url.pathname.length < 2
  ) {
    throw new TypeError(
      `the url of ${form.name} is not like ${form.schemes[0]}://user:password@host:${form.port}/database`,
    );
  }
  const host = decodeURIComponent(url.hostname.replaceAll(/^\[|\]$/g, '')) || '127.0.0.1';
  const mode = url.searchParams.get('sslmode') ?? url.searchParams.get('ssl-mode') ?? 'disable';
  // Who asks for TLS in the url gets it whole: a way that can be listened to is no lesser form of it.
  const wanted = tls ?? (/^disabled?$/i.test(mode) ? undefined : {});
  return {
    host,
    port: url.port === '' ? form.port : Number(url.port),
    user: decodeURIComponent(url.username) || form.user,
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    tls: wanted === undefined ? undefined : options(wanted),
  };
}

function options({ ca, cert, key, serverName, verify }: TlsOptions): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: verify !== 'none',
  };
}
