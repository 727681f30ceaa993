/** Where one broker is and how to get in. */
export type RedisAddress = {
  /** Which servers, without any secret: what logs call it. */
  readonly name: string;
  readonly transport: 'plain' | 'tls';
  readonly hosts: readonly [RedisHost, ...RedisHost[]];
  readonly username: string | undefined;
  readonly password: string | undefined;
} & (
  | { readonly kind: 'server' }
  /** `hosts` are Sentinels, which know where the server called `master` is. */
  | { readonly kind: 'sentinel'; readonly master: string }
  /** `hosts` are some nodes of a cluster, which know the others. */
  | { readonly kind: 'cluster' }
);

/** One process of Redis. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

const URL_SHAPE =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^/?#]*))?$/;
const HOST_SHAPE = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[^:\s[\]]+))(?::(?<port>\d{1,5}))?$/;

/**
 * Reads `redis://user:password@host:port`, `rediss://…` (TLS), `redis+sentinel://host:port,host:port/master-name` or
 * `redis+cluster://host:port,host:port`, also with `rediss+`. Ports default to 6379, of Sentinels to 26379. A number
 * after the host of a server names its database and counts for nothing: channels have none. Throws TypeError, never
 * with the text, which may hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const groups = URL_SHAPE.exec(text)?.groups;
  if (groups === undefined) throw unreadable();
  const { scheme, kind, user, password, path = '' } = groups;
  const [first, ...others] = (groups['hosts'] ?? '')
    .split(',')
    .map((host) => parseHost(host, kind === 'sentinel' ? 26_379 : 6_379));
  if (first === undefined) throw unreadable();
  const hosts: RedisAddress['hosts'] = [first, ...others];
  const listed = hosts.map(({ host, port }) => `${bracketed(host)}:${port}`).join(',');
  const address = {
    transport: scheme === 'rediss' ? 'tls' : 'plain',
    hosts,
    username: decoded(user),
    password: decoded(password),
  } as const;
  if (kind === 'sentinel') {
    const master = decoded(path);
    if (master === undefined) throw new TypeError('redis: the URL of Sentinels ends with /name');
    return {
      ...address,
      kind: 'sentinel',
      master,
      name: `${scheme}+sentinel://${listed}/${master}`,
    };
  }
  if (!/^\d*$/.test(path)) throw unreadable();
  if (kind === 'cluster')
    return { ...address, kind: 'cluster', name: `${scheme}+cluster://${listed}` };
  if (others.length > 0)
    throw new TypeError('redis: several hosts are a cluster, Sentinels, or URLs of their own');
  return { ...address, kind: 'server', name: `${scheme}://${listed}` };
}

function parseHost(text: string, defaultPort: number): RedisHost {
  const groups = HOST_SHAPE.exec(text)?.groups;
  const host = groups?.['ipv6'] ?? groups?.['host'];
  const port = Number(groups?.['port'] ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535) throw unreadable();
  return { host, port };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): TypeError {
  return new TypeError(
    'redis: the URL is not redis://[user:password@]host[:port], rediss://…, redis+sentinel://…/name or redis+cluster://…; special characters of a password are percent-encoded',
  );
}
