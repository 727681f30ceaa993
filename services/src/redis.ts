import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstAnswer } from './answers.js';
import { type Service, type ServiceOptions, startService } from './service.js';

/** How a Redis server is set up beyond its place. */
export interface RedisOptions extends ServiceOptions {
  /** Further lines of redis.conf: `requirepass secret`, `cluster-enabled yes`. */
  readonly settings?: readonly string[];
  /** Run as a Sentinel; `settings` then names what it watches. */
  readonly mode?: 'server' | 'sentinel';
}

/** Starts a Redis server that keeps everything in memory. */
export function startRedis(options: RedisOptions = {}): Promise<Service> {
  const { settings = [], mode = 'server' } = options;
  return startService(
    {
      name: mode === 'server' ? 'redis' : 'sentinel',
      prepare: async ({ host, port, folder }) => {
        const persistence = mode === 'server' ? ['save ""', 'appendonly no'] : [];
        await writeFile(
          join(folder, 'redis.conf'),
          [`bind ${host}`, `port ${port}`, `dir ${folder}`, ...persistence, ...settings, ''].join(
            '\n',
          ),
        );
      },
      command: ({ folder }) => [
        '/usr/bin/redis-server',
        join(folder, 'redis.conf'),
        ...(mode === 'sentinel' ? ['--sentinel'] : []),
      ],
      probe: async ({ host, port }) => {
        const answer = await firstAnswer(host, port, 'PING\r\n');
        if (!/^(\+PONG|-NOAUTH|-NOPERM)/.test(answer)) throw new Error(answer);
      },
      url: ({ host, port }) => `redis://${host}:${port}`,
    },
    options,
  );
}
