import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A server this package can start. */
export type ServiceName = 'postgres' | 'mariadb' | 'redis' | 'zookeeper';

const POSTGRES_RELEASES = '/usr/lib/postgresql';

/** Where the programs of the newest PostgreSQL release of Debian's packages are; undefined when there is none. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(POSTGRES_RELEASES)) return undefined;
  const releases = readdirSync(POSTGRES_RELEASES).map(Number).filter(Number.isFinite);
  const newest = releases.toSorted((a, b) => b - a)[0];
  return newest === undefined ? undefined : join(POSTGRES_RELEASES, String(newest), 'bin');
}

const FOUND: Readonly<Record<ServiceName, () => boolean>> = {
  postgres: () => postgresPrograms() !== undefined,
  mariadb: () => existsSync('/usr/sbin/mariadbd'),
  redis: () => existsSync('/usr/bin/redis-server'),
  zookeeper: () => existsSync('/usr/share/zookeeper/bin/zkServer.sh'),
};

const PACKAGES: Readonly<Record<ServiceName, string>> = {
  postgres: 'postgresql',
  mariadb: 'mariadb-server',
  redis: 'redis-server',
  zookeeper: 'zookeeper',
};

/** Says which of `names` is not on this machine and which Debian package brings it; undefined when all are. */
export function missingService(...names: readonly ServiceName[]): string | undefined {
  const missing = names.filter((name) => !FOUND[name]());
  if (missing.length === 0) return undefined;
  return `apt-get install ${missing.map((name) => PACKAGES[name]).join(' ')}`;
}
