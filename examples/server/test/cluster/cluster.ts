import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type Service,
  startPostgres,
  startRedis,
  startZookeeper,
} from '@gdcloud/services';
import { type DatabaseWatch, makeUsers, watchDatabase } from './database-watch.js';
import { type Links, ownLinks } from './links.js';
import { type Member, startMember } from './member.js';
import { insideNamespace } from './namespace.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';

/** The administrator's key of the cluster. */
export const ADMINISTRATOR_KEY = { access: 'faults-access', secret: 'faults-secret' };
/** The password of the pool's user root. */
export const POOL_PASSWORD = 'simulated';

/** Programs that are started. */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SIMULATOR = fileURLToPath(
  new URL('cli.js', import.meta.resolve('@gdcloud/driver-xenserver/simulator')),
);

/** What the database may write; enough for its own files and little else. */
const DATABASE_MEGABYTES = 320;
/** Groups of processes start here: numbers that no account of a system has. */
const FIRST_GROUP = 20_001;
const ALL_READY = 120_000;

/** A running cluster of real processes and servers, and everything needed to break it and look behind it. */
export interface Cluster {
  readonly folder: string;
  readonly apis: readonly Api[];
  readonly kernels: readonly Member[];
  readonly driverHosts: readonly Member[];
  /** Processes of ours: all of the above. */
  readonly members: readonly Member[];
  readonly simulator: Member;
  readonly services: {
    readonly postgres: Service;
    readonly redis: Service;
    readonly zookeeper: Service;
  };
  readonly poolUrl: string;
  readonly share: string;
  readonly records: string;
  readonly watch: DatabaseWatch;
  readonly sessionMs: number;
  /** Absent outside of a namespace. */
  readonly links: Links | undefined;
  readonly databaseDisk: SmallDisk | undefined;
  /** The port by which a process reaches each server it needs. */
  portsOf(member: Member): readonly number[];
  close(): Promise<void>;
}

/** A process that takes requests. */
export interface Api {
  readonly member: Member;
  readonly url: string;
}

/** How the cluster is to be. */
export interface ClusterOptions {
  readonly kernels: number;
  readonly apis: number;
  readonly sessionSeconds: number;
  readonly locks: 'resource' | 'partition';
}

/** Starts servers first, then every process of ours, and resolves when all are ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gdcloud-faults-'));
  chmodSync(folder, 0o755);
  const databaseDisk = insideNamespace()
    ? mountSmallDisk(join(folder, 'postgres', 'data'), DATABASE_MEGABYTES)
    : undefined;
  const services = await startServices(
    databaseDisk === undefined ? undefined : join(folder, 'postgres'),
  );
  const opened: Member[] = [];
  const port = portsFrom(insideNamespace() ? 21_000 : undefined);

  const storageHome = join(folder, 'drivers-storage');
  const share = join(storageHome, 'share');
  const records = join(storageHome, 'network');
  mkdirSync(share, { recursive: true });
  const poolPort = await port();
  const poolUrl = `http://127.0.0.1:${poolPort}`;
  const simulator = startMember({
    name: 'pool',
    program: SIMULATOR,
    parameters: [
      'simulate',
      ...['--state', join(folder, 'pool', 'state'), '--storage', share, '--hosts', '2'],
      ...['--password', POOL_PASSWORD, '--port', String(poolPort)],
    ],
    environment: {},
    group: undefined,
    folder: join(folder, 'pool'),
    ready: /^xapi ready/m,
  });
  opened.push(simulator);

  const names = (role: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
  const apiNames = names('api', options.apis);
  const kernelNames = names('kernel', options.kernels);
  await makeUsers(services.postgres.url, [...apiNames, ...kernelNames]);

  let group = FIRST_GROUP;
  const groups: number[] = [];
  const urls = new Map<string, string>();
  const member = async (
    name: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Member> => {
    const listens = await port();
    const own = insideNamespace() ? group++ : undefined;
    if (own !== undefined) groups.push(own);
    urls.set(name, `http://127.0.0.1:${listens}/v1`);
    const started = startMember({
      name,
      program: MAIN,
      environment: {
        HOST: '127.0.0.1',
        PORT: String(listens),
        GDCLOUD_HOME: join(folder, name),
        GDCLOUD_CLUSTER_SECRET: 'a secret of forty characters, no less ..',
        GDCLOUD_ACCESS_KEY: ADMINISTRATOR_KEY.access,
        GDCLOUD_SECRET_KEY: ADMINISTRATOR_KEY.secret,
        REDIS_URL: services.redis.url,
        ...environment,
      },
      group: own,
      folder: join(folder, name),
      ready: /^gdcloud ready/m,
    });
    opened.push(started);
    return started;
  };
  const stateful = (name: string, role: string): Promise<Member> => {
    const url = new URL(services.postgres.url);
    url.username = name;
    return member(name, {
      GDCLOUD_ROLES: role,
      DATABASE_URL: url.href,
      ZOOKEEPER_CONNECT: services.zookeeper.url,
      ZOOKEEPER_SESSION_SECONDS: String(options.sessionSeconds),
      GDCLOUD_LOCKS: options.locks,
    });
  };
  const close = async (): Promise<void> => {
    for (const each of opened) each.continue();
    await Promise.all(opened.map((each) => each.close()));
    for (const service of Object.values(services)) await service.close();
    if (databaseDisk === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const driverHosts = [
      await member('drivers-compute', {
        GDCLOUD_ROLES: 'drivers',
        GDCLOUD_DRIVERS: 'compute',
        XENSERVER_URL: poolUrl,
        XENSERVER_USERNAME: 'root',
        XENSERVER_PASSWORD: POOL_PASSWORD,
      }),
      await member('drivers-storage', {
        GDCLOUD_ROLES: 'drivers',
        GDCLOUD_DRIVERS: 'storage,network',
      }),
    ];
    const apis: Api[] = [];
    for (const name of apiNames) {
      const started = await stateful(name, 'api');
      apis.push({ member: started, url: urls.get(name) ?? '' });
    }
    const kernels: Member[] = [];
    for (const name of kernelNames) kernels.push(await stateful(name, 'kernel'));
    await within(ALL_READY, Promise.all(opened.map((each) => each.whenReady())));
    const { postgres, redis, zookeeper } = services;
    return {
      folder,
      apis,
      kernels,
      driverHosts,
      members: [...apis.map((api) => api.member), ...kernels, ...driverHosts],
      simulator,
      services,
      poolUrl,
      share,
      records,
      watch: await watchDatabase(postgres.url),
      sessionMs: options.sessionSeconds * 1_000,
      links: insideNamespace() ? ownLinks(groups) : undefined,
      databaseDisk,
      portsOf: ({ name }) => {
        if (name === 'drivers-compute') return [redis.port, poolPort];
        if (name.startsWith('drivers')) return [redis.port];
        return [postgres.port, redis.port, zookeeper.port];
      },
      close,
    };
  } catch (thrown) {
    for (const each of opened) process.stderr.write(`${each.name}: ${each.said()}\n`);
    await close();
    throw thrown;
  }
}

async function startServices(databaseFolder: string | undefined): Promise<Cluster['services']> {
  const [postgres, redis, zookeeper] = await Promise.all([
    startPostgres({
      ...(databaseFolder === undefined ? {} : { folder: databaseFolder }),
      settings: [
        ...['max_wal_size = 96MB', 'min_wal_size = 32MB', 'shared_buffers = 64MB'],
        ...statementCounting(),
        // A statement of a process that hangs or was cut off must not hold rows forever.
        ...['tcp_keepalives_idle = 5', 'tcp_keepalives_interval = 2', 'tcp_user_timeout = 10000'],
      ],
    }),
    startRedis({ settings: ['enable-debug-command yes'] }),
    startZookeeper({ tickTime: 300 }),
  ]);
  return { postgres, redis, zookeeper };
}

// In a namespace of our own no port is taken.
function portsFrom(first: number | undefined): () => Promise<number> {
  if (first !== undefined) {
    let next = first;
    return () => Promise.resolve(next++);
  }
  return () => freePort();
}

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  const waiting = new AbortController();
  const late = pause(limitMs, undefined, { signal: waiting.signal, ref: false }).then(() => {
    throw new Error(`the cluster is not ready after ${limitMs / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
  }
}

function statementCounting(): readonly string[] {
  const { stdout } = spawnSync('sh', ['-c', 'ls /usr/lib/postgresql/*/lib/pg_stat_statements.so'], {
    encoding: 'utf8',
  });
  return stdout === '' ? [] : [`shared_preload_libraries = 'pg_stat_statements'`];
}
