import {
  type PostgresService,
  type Service,
  startPostgres,
  startRedis,
  startZookeeper,
} from '@gdcloud/services';
import { Redis } from 'ioredis';
import type { Place } from './place.js';
import { ZookeeperSession } from './zookeeper-session.js';

/** The servers that measured systems work on, started for this run and nobody else's. */
export interface Backing {
  readonly postgres: PostgresService;
  readonly redis: Service;
  readonly zookeeper: Service;
  /** An empty database, an empty Redis and an empty folder of ZooKeeper. What was there before in Redis is gone. */
  freshPlace(): Promise<Place>;
}

/** The session a lock holder's death is noticed by; milliseconds. ZooKeeper grants it as it is. */
export const SESSION_MS = 6_000;

/** Starts PostgreSQL with default durability, Redis and ZooKeeper for as long as `work` takes. */
export async function withBacking<Result>(
  work: (backing: Backing) => Promise<Result>,
): Promise<Result> {
  await using postgres = await startPostgres();
  await using redis = await startRedis();
  // The tick is at most a third of the session: sessions are looked at once a tick.
  await using zookeeper = await startZookeeper({ tickTime: 500 });
  let places = 0;
  return await work({
    postgres,
    redis,
    zookeeper,
    async freshPlace() {
      places += 1;
      const name = `bench_${places}`;
      await emptied(redis.url);
      await ZookeeperSession.within(zookeeper.url, (session) => session.make(`/${name}`));
      return {
        database: postgres.createDatabase(name),
        redis: redis.url,
        zookeeper: `${zookeeper.url}/${name}`,
      };
    },
  });
}

async function emptied(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
