import { resolve } from 'node:path';
import { InvalidSetting } from './invalid-setting.js';

/** What a process does: take requests, make the world as asked, talk to the backends. */
export type Role = 'api' | 'kernel' | 'drivers';

/** Which backends a driver host talks to. */
export type DriverKind = 'compute' | 'storage' | 'network';

/** Where desired and observed state is kept. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres' | 'mysql'; readonly url: string };

/** What a cloud of one process or many stands on. */
export interface EngineSettings {
  readonly roles: readonly Role[];
  readonly database: DatabaseSettings;
  /** One url a broker; empty: hints stay in this process. */
  readonly redis: readonly string[];
  /** Absent: locks of this process. */
  readonly zookeeper: ZookeeperSettings | undefined;
  /** What the processes of a cloud share, and nobody else knows; absent: made once and kept in the home folder. */
  readonly secret: string | undefined;
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
}

type Given = (name: string) => string | undefined;

const ROLES: readonly Role[] = ['api', 'kernel', 'drivers'];
/** All kinds of backends. */
export const DRIVER_KINDS: readonly DriverKind[] = ['compute', 'storage', 'network'];
/** Short enough that the work of a dead process goes on soon; longer than any pause of a healthy one. */
const SESSION_TIMEOUT = 10_000;

/** Reads what the cloud stands on. Throws {@link InvalidSetting}, also where settings do not go together. */
export function readEngine(given: Given, home: string): EngineSettings {
  const engine: EngineSettings = {
    roles: words('GDCLOUD_ROLES', given, ROLES),
    database: databaseOf(given('DATABASE_URL'), home),
    redis: brokersOf(given('REDIS_URL')),
    zookeeper: zookeeperOf(given),
    secret: secretOf(given('GDCLOUD_CLUSTER_SECRET')),
    drivers: words('GDCLOUD_DRIVERS', given, DRIVER_KINDS),
  };
  refuseHalves(engine);
  return engine;
}

// Roles apart are several processes, which in-process hints, locks and files would not reach.
function refuseHalves({ roles, database, redis }: EngineSettings): void {
  if (roles.length === ROLES.length) return;
  if (redis.length === 0)
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

function databaseOf(url: string | undefined, home: string): DatabaseSettings {
  if (url === undefined) return { kind: 'sqlite', file: resolve(home, 'gdcloud.db') };
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length)
    return { kind: 'sqlite', file: resolve(home, url.slice('sqlite:'.length)) };
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme === 'postgres:' || scheme === 'postgresql:') return { kind: 'postgres', url };
  if (scheme === 'mysql:' || scheme === 'mariadb:') return { kind: 'mysql', url };
  throw new InvalidSetting('DATABASE_URL', 'must be sqlite:FILE, postgres://… or mysql://…');
}

function brokersOf(text: string | undefined): readonly string[] {
  const urls = (text ?? '')
    .split(/\s+/)
    .map((url) => url.trim())
    .filter((url) => url !== '');
  for (const url of urls) {
    // Passwords stand in such urls, so what is wrong is not repeated.
    if (!/^rediss?(\+sentinel|\+cluster)?:\/\//.test(url)) {
      throw new InvalidSetting(
        'REDIS_URL',
        'must be redis://…, rediss://…, redis+sentinel://… or redis+cluster://…, several separated by spaces',
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
  const seconds = Number(given('ZOOKEEPER_SESSION_SECONDS') ?? SESSION_TIMEOUT / 1_000);
  if (!(seconds >= 1 && seconds <= 120))
    throw new InvalidSetting('ZOOKEEPER_SESSION_SECONDS', 'must be a number from 1 to 120');
  return { connect, strategy, sessionTimeoutMs: seconds * 1_000 };
}

function secretOf(text: string | undefined): string | undefined {
  if (text === undefined || text.length >= 32) return text;
  throw new InvalidSetting('GDCLOUD_CLUSTER_SECRET', 'must have at least 32 characters');
}
