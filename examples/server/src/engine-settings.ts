import { resolve } from 'node:path';
import { InvalidSetting } from './invalid-setting.js';

/** What a process does: take requests, make the world as asked, talk to the backends. */
export type Role = 'api' | 'kernel' | 'drivers';

/** Which backends a driver host talks to. */
export type DriverKind = 'compute' | 'storage' | 'network';

/** Where desired and observed state is kept. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'postgres' | 'mysql';
      readonly url: string;
      /** Connections of this process, at most. */
      readonly poolSize: number;
      /** A PEM file with who may vouch for the server; absent: the system's own, where the url asks for TLS. */
      readonly caFile: string | undefined;
    };

/** Which brokers carry what processes tell each other. */
export interface RedisSettings {
  /** One url a broker; empty: hints stay in this process. */
  readonly urls: readonly string[];
  /** A PEM file with who may vouch for the servers; absent: the system's own. */
  readonly caFile: string | undefined;
  /** What Sentinels ask for. */
  readonly sentinelPassword: string | undefined;
}

/** What a cloud of one process or many stands on. */
export interface EngineSettings {
  readonly roles: readonly Role[];
  readonly database: DatabaseSettings;
  readonly redis: RedisSettings;
  /** Absent: locks of this process. */
  readonly zookeeper: ZookeeperSettings | undefined;
  /** What the processes of a cloud share, and nobody else knows; absent: made once and kept in the home folder. */
  readonly secret: string | undefined;
  /** What secrets are sealed under in the database, the current one first; {@link DERIVED} is what follows from the secret. */
  readonly sealingKeys: readonly string[];
  /** What a process with the role drivers serves. */
  readonly drivers: readonly DriverKind[];
}

/** Where a database is, in words that may be shown to anybody: no password. */
export function placeOf(database: DatabaseSettings): string {
  if (database.kind === 'sqlite') return `${database.file} (SQLite)`;
  const { host, pathname } = new URL(database.url);
  return `${host}${pathname} (${database.kind === 'postgres' ? 'PostgreSQL' : 'MariaDB'})`;
}

/** Where locks are, and how they are taken. */
export interface ZookeeperSettings {
  readonly connect: string;
  readonly strategy: 'resource' | 'partition';
  readonly sessionTimeoutMs: number;
  /** Who we are there; absent: nobody in particular, and so may anybody change the nodes. */
  readonly auth: { readonly user: string; readonly password: string } | undefined;
}

type Given = (name: string) => string | undefined;

const ROLES: readonly Role[] = ['api', 'kernel', 'drivers'];
/** All kinds of backends. */
export const DRIVER_KINDS: readonly DriverKind[] = ['compute', 'storage', 'network'];
const SERVERS: Readonly<Record<string, 'postgres' | 'mysql'>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};
/** What the url of a broker begins with; the rest is read by who connects to it. Sentinels are asked for a name. */
const BROKER = /^rediss?(\+cluster)?:\/\/[^\s/]+|^rediss?\+sentinel:\/\/[^\s/]+\/[^\s/]+$/;
/** Short enough that the work of a dead process goes on soon; longer than any pause of a healthy one. */
const SESSION_TIMEOUT = 10_000;

/** Of characters. */
const SHORTEST_SECRET = 32;
/** Stands for the sealing key that is derived from the cluster's secret. */
export const DERIVED = 'derived';
/** Stands before a secret that the cluster had, by mistake or before, for the key that was derived from that. */
export const DERIVED_FROM = `${DERIVED}:`;

/** Reads what the cloud stands on. Throws {@link InvalidSetting}, also where settings do not go together. */
export function readEngine(given: Given, home: string): EngineSettings {
  const engine: EngineSettings = {
    roles: words('GDCLOUD_ROLES', given, ROLES),
    database: databaseOf(given, home),
    redis: {
      urls: brokersOf(given('REDIS_URL')),
      caFile: given('REDIS_CA'),
      sentinelPassword: given('REDIS_SENTINEL_PASSWORD'),
    },
    zookeeper: zookeeperOf(given),
    secret: secretOf(given('GDCLOUD_CLUSTER_SECRET')),
    sealingKeys: sealingKeysOf(given('GDCLOUD_SEALING_KEYS')),
    drivers: words('GDCLOUD_DRIVERS', given, DRIVER_KINDS),
  };
  refuseHalves(engine);
  return engine;
}

// Roles apart are several processes, which in-process hints, locks and files would not reach.
function refuseHalves({ roles, database, redis }: EngineSettings): void {
  if (roles.length === ROLES.length) return;
  if (redis.urls.length === 0)
    throw new InvalidSetting('REDIS_URL', 'is needed when GDCLOUD_ROLES leaves out a role');
  const keepsState = roles.includes('api') || roles.includes('kernel');
  const together = roles.includes('api') && roles.includes('kernel');
  if (keepsState && !together && database.kind === 'sqlite') {
    throw new InvalidSetting(
      'DATABASE_URL',
      'must be postgres://… or mysql://… when api and kernel are separate processes',
    );
  }
}

function words<Word extends string>(
  name: string,
  given: Given,
  known: readonly Word[],
): readonly Word[] {
  const text = given(name);
  if (text === undefined) return known;
  const asked = new Set(text.split(',').map((word) => word.trim()));
  const found = known.filter((word) => asked.has(word));
  if (found.length === 0 || found.length < asked.size) {
    throw new InvalidSetting(
      name,
      `must be one or more of ${known.join(',')}, not ${JSON.stringify(text)}`,
    );
  }
  return found;
}

function databaseOf(given: Given, home: string): DatabaseSettings {
  const url = given('DATABASE_URL');
  const poolSize = numberOf('DATABASE_POOL_SIZE', given('DATABASE_POOL_SIZE') ?? '10', [1, 1_000]);
  const caFile = given('DATABASE_CA');
  if (url === undefined) return { kind: 'sqlite', file: resolve(home, 'gdcloud.db') };
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length)
    return { kind: 'sqlite', file: resolve(home, url.slice('sqlite:'.length)) };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const kind = SERVERS[parsed?.protocol ?? ''];
  // Passwords stand in such urls, so what is wrong is not repeated.
  if (parsed === undefined || kind === undefined)
    throw new InvalidSetting('DATABASE_URL', 'must be sqlite:FILE, postgres://… or mysql://…');
  if (parsed.pathname.length < 2)
    throw new InvalidSetting('DATABASE_URL', 'must end with the name of the database: …/gdcloud');
  return { kind, url, poolSize, caFile };
}

function brokersOf(text: string | undefined): readonly string[] {
  const urls = (text ?? '')
    .split(/\s+/)
    .map((url) => url.trim())
    .filter((url) => url !== '');
  for (const url of urls) {
    if (!BROKER.test(url)) {
      throw new InvalidSetting(
        'REDIS_URL',
        'must be redis://…, rediss://…, redis+sentinel://…/name or redis+cluster://…, several separated by spaces',
      );
    }
  }
  return urls;
}

function zookeeperOf(given: Given): ZookeeperSettings | undefined {
  const connect = given('ZOOKEEPER_CONNECT');
  if (connect === undefined) return undefined;
  const strategy = given('GDCLOUD_LOCKS') ?? 'resource';
  if (strategy !== 'resource' && strategy !== 'partition')
    throw new InvalidSetting('GDCLOUD_LOCKS', 'must be resource or partition');
  const seconds = given('ZOOKEEPER_SESSION_SECONDS') ?? String(SESSION_TIMEOUT / 1_000);
  return {
    connect,
    strategy,
    sessionTimeoutMs: numberOf('ZOOKEEPER_SESSION_SECONDS', seconds, [1, 120]) * 1_000,
    auth: authOf(given('ZOOKEEPER_AUTH')),
  };
}

function authOf(text: string | undefined): ZookeeperSettings['auth'] {
  if (text === undefined) return undefined;
  const cut = text.indexOf(':');
  if (cut < 1 || cut === text.length - 1)
    throw new InvalidSetting('ZOOKEEPER_AUTH', 'must be USER:PASSWORD');
  return { user: text.slice(0, cut), password: text.slice(cut + 1) };
}

function numberOf(name: string, text: string, [least, most]: readonly [number, number]): number {
  const number = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && number >= least && number <= most) return number;
  throw new InvalidSetting(name, `must be a number from ${least} to ${most}`);
}

// The derived one is always known: what was sealed before there was a setting is under it.
function sealingKeysOf(text: string | undefined): readonly string[] {
  const listed = text?.split(',').map((key) => key.trim()) ?? [];
  const keys = listed.includes(DERIVED) ? listed : [...listed, DERIVED];
  if (keys.every((key) => key === DERIVED || isLongEnough(key))) return keys;
  throw new InvalidSetting(
    'GDCLOUD_SEALING_KEYS',
    `must be keys of at least ${SHORTEST_SECRET} characters, or ${DERIVED}, separated by commas`,
  );
}

function isLongEnough(key: string): boolean {
  const secret = key.startsWith(DERIVED_FROM) ? key.slice(DERIVED_FROM.length) : key;
  return secret.length >= SHORTEST_SECRET;
}

function secretOf(text: string | undefined): string | undefined {
  if (text === undefined || text.length >= SHORTEST_SECRET) return text;
  throw new InvalidSetting(
    'GDCLOUD_CLUSTER_SECRET',
    `must have at least ${SHORTEST_SECRET} characters`,
  );
}
