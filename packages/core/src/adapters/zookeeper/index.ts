import { hostname } from 'node:os';
import type { Plugin } from '../../di.js';
import { CLOCK, CLOSEABLE, LOCK_SERVICE, LOGGER, RANDOM, STORE } from '../../ports/tokens.js';
import { type ZookeeperOptions, zookeeperLocks } from './zookeeper-locks.js';

export type { Digest, ZookeeperOptions } from './zookeeper-locks.js';

/**
 * Keeps locks in ZooKeeper, for clouds of several processes. Needs the package `zookeeper`, which is loaded and connected
 * with the first lock. A driver host has no database: its locks wait until a cloud has been at work with the same ensemble.
 */
export function zookeeper(options: ZookeeperOptions): Plugin {
  return (container) => {
    let locks: ReturnType<typeof zookeeperLocks> | undefined;
    const made = (c: typeof container): ReturnType<typeof zookeeperLocks> =>
      (locks ??= zookeeperLocks(options, {
        clock: c.resolve(CLOCK),
        random: c.resolve(RANDOM),
        logger: c.resolve(LOGGER),
        drawIncarnation: c.isRegistered(STORE, true)
          ? () => c.resolve(STORE).nextIncarnation()
          : undefined,
        process: { host: hostname(), pid: process.pid },
      }));
    container.register(LOCK_SERVICE, { useFactory: made });
    container.register(CLOSEABLE, { useFactory: made });
  };
}
