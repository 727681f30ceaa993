import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lease } from '@gdcloud/core';
import { systemClock } from '../../../dist/adapters/system/system-clock.js';
import { systemRandom } from '../../../dist/adapters/system/system-random.js';
import {
  type ZookeeperLocks,
  type ZookeeperOptions,
  zookeeperLocks,
} from '../../../dist/adapters/zookeeper/zookeeper-locks.js';
import { collectingLogger, type Line } from '../../support/collecting-logger.js';

/** The database's counter, as all processes of a cloud share it. */
export class Counter {
  #last = 0;

  readonly draw = (): Promise<number> => {
    this.#last += 1;
    return Promise.resolve(this.#last);
  };
}

/** What one process of a cloud has. */
export interface Process {
  readonly locks: ZookeeperLocks;
  readonly lines: readonly Line[];
}

/** The locks of one process. */
export function processOf(options: ZookeeperOptions, counter: Counter): Process {
  const logger = collectingLogger();
  const locks = zookeeperLocks(
    { sessionTimeoutMs: 4_000, ...options },
    {
      clock: systemClock,
      random: systemRandom,
      logger,
      drawIncarnation: counter.draw,
      process: { host: 'here', pid: process.pid },
    },
  );
  return { locks, lines: logger.lines };
}

/** Asks until the answer is yes; fails with `what` otherwise. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  limitMs = 30_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await pause(20);
  }
}

/** A link to a server that can be cut in the direction of the answers. */
export class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answers: 'pass' | 'dropped' = 'pass';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<Link> {
    const server = createServer();
    const link = new Link(server);
    server.on('connection', (client) => {
      const upstream = createConnection({ host: '127.0.0.1', port });
      link.#sockets.add(client).add(upstream);
      client.on('data', (data) => upstream.write(data));
      upstream.on('data', (data) => {
        if (link.#answers === 'pass') client.write(data);
      });
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => undefined);
        one.on('close', () => {
          link.#sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `127.0.0.1:${address.port}`;
  }

  /** From now on requests arrive and answers do not. */
  dropAnswers(): void {
    this.#answers = 'dropped';
  }

  /** Cuts what is open; new connections work. */
  cut(): void {
    this.#answers = 'pass';
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

/** Takes a lock that nobody holds, whatever stands in the way meanwhile. */
export async function takeLater({ locks }: Process, key: string): Promise<Lease> {
  const end = performance.now() + 40_000;
  for (;;) {
    try {
      const lease = await locks.tryAcquire(key);
      if (lease !== undefined) return lease;
    } catch (thrown) {
      if (performance.now() > end) throw thrown;
    }
    if (performance.now() > end) throw new Error(`nobody gives the lock of '${key}'`);
    await pause(25);
  }
}
