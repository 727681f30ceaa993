import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Service } from '@gdcloud/services';
import type { Chance } from './chance.js';
import type { Cluster } from './cluster.js';
import type { Direction } from './links.js';
import type { Member } from './member.js';

/** Everything that is done to a cluster, by name. */
export const FAULTS = [
  'kill',
  'zombie',
  'link-cut',
  'postgres-restart',
  'postgres-pause',
  'disk-full',
  'redis-restart',
  'redis-pause',
  'redis-wipe',
  'redis-sleep',
  'zookeeper-restart',
  'zookeeper-pause',
  'zookeeper-wipe',
  'pool-restart',
  'pool-pause',
] as const;

/** A kind of fault. */
export type FaultKind = (typeof FAULTS)[number];

/** One fault, ready to be done and healed. */
export interface Fault {
  readonly kind: FaultKind;
  /** What it breaks: two faults of one target don't go on at once. */
  readonly target: string;
  /** Breaks and heals; resolves when it is healed. */
  run(): Promise<void>;
}

/** The kinds that can't be done here, and why. */
export function impossible(cluster: Pick<Cluster, 'links' | 'databaseDisk'>): readonly FaultKind[] {
  return [
    ...(cluster.links === undefined ? (['link-cut'] as const) : []),
    ...(cluster.databaseDisk === undefined ? (['disk-full'] as const) : []),
  ];
}

/** Draws one fault of a kind: whom it hits and how long. */
export function drawFault(kind: FaultKind, cluster: Cluster, chance: Chance): Fault {
  const { services, simulator, sessionMs } = cluster;
  const { postgres, redis, zookeeper } = services;
  const member = chance.pick(cluster.members) ?? simulator;
  const short = chance.between(0, 2_500);
  const long = chance.between(500, 6_000);
  switch (kind) {
    case 'kill':
      return { kind, target: member.name, run: () => member.kill(chance.between(0, 2_000)) };
    case 'zombie': {
      // Kernels hold locks; they are hit more often than others.
      const held = chance.next() < 0.6 ? (chance.pick(cluster.kernels) ?? member) : member;
      return still(kind, held, sessionMs * chance.between(0.1, 2.5));
    }
    case 'link-cut':
      return linkCut(cluster, member, chance);
    case 'postgres-restart':
      return restart(kind, 'postgres', postgres, short);
    case 'postgres-pause':
      return hang(kind, 'postgres', postgres, long);
    case 'disk-full':
      return diskFull(cluster, chance.between(1_500, 5_000));
    case 'redis-restart':
      return restart(kind, 'redis', redis, short);
    case 'redis-pause':
      return hang(kind, 'redis', redis, long);
    case 'redis-wipe':
      return {
        kind,
        target: 'redis',
        run: () => tell(redis, 'FLUSHALL', 'CLIENT KILL TYPE normal', 'CLIENT KILL TYPE pubsub'),
      };
    case 'redis-sleep':
      return {
        kind,
        target: 'redis',
        run: () => tell(redis, `DEBUG SLEEP ${(long / 1_000).toFixed(1)}`),
      };
    case 'zookeeper-restart':
      return restart(kind, 'zookeeper', zookeeper, short);
    case 'zookeeper-pause':
      return hang(kind, 'zookeeper', zookeeper, long);
    case 'zookeeper-wipe':
      return {
        kind,
        target: 'zookeeper',
        run: async () => {
          await zookeeper.kill();
          rmSync(join(zookeeper.folder, 'data', 'version-2'), { recursive: true, force: true });
          await startAgain(zookeeper);
        },
      };
    case 'pool-restart':
      return { kind, target: simulator.name, run: () => simulator.kill(short) };
    case 'pool-pause':
      return still(kind, simulator, long);
  }
}

/** Makes everything whole, whatever is broken. */
export async function heal(cluster: Cluster): Promise<void> {
  cluster.databaseDisk?.free();
  for (const service of Object.values(cluster.services)) {
    service.resume();
    await startAgain(service);
  }
  for (const member of [...cluster.members, cluster.simulator]) member.continue();
  for (const member of [...cluster.members, cluster.simulator]) await member.whenReady();
}

function still(kind: FaultKind, member: Member, forMs: number): Fault {
  return {
    kind,
    target: member.name,
    run: async () => {
      member.stop();
      await pause(forMs);
      member.continue();
    },
  };
}

function restart(kind: FaultKind, target: string, service: Service, downMs: number): Fault {
  return {
    kind,
    target,
    run: async () => {
      await service.kill();
      await pause(downMs);
      await startAgain(service);
    },
  };
}

function hang(kind: FaultKind, target: string, service: Service, forMs: number): Fault {
  return {
    kind,
    target,
    run: async () => {
      service.pause();
      await pause(forMs);
      service.resume();
      await startAgain(service);
    },
  };
}

function linkCut(cluster: Cluster, member: Member, chance: Chance): Fault {
  const port = chance.pick(cluster.portsOf(member)) ?? 0;
  const direction = chance.pick<Direction>(['requests', 'answers', 'both']) ?? 'both';
  const link = { group: member.group ?? 0, port, direction };
  const forMs = chance.between(0.3, 2.5) * cluster.sessionMs;
  return {
    kind: 'link-cut',
    target: `${member.name}:${port}`,
    run: async () => {
      cluster.links?.cut(link);
      await pause(forMs);
      cluster.links?.mend(link);
    },
  };
}

function diskFull(cluster: Cluster, forMs: number): Fault {
  const { databaseDisk, services } = cluster;
  return {
    kind: 'disk-full',
    target: 'postgres',
    run: async () => {
      databaseDisk?.fill();
      await pause(forMs);
      databaseDisk?.free();
      // It may have ended itself: a log that can't be written is no log.
      await startAgain(services.postgres);
    },
  };
}

// The helpers of a killed server may outlive it for a moment, which keeps the next one from starting.
async function startAgain(service: Service): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await service.start();
    } catch (thrown) {
      if (tries >= 20) throw thrown;
      await pause(250);
    }
  }
}

// Redis takes commands in plain lines. An answer is not waited for longer than the command may take.
function tell({ port }: Service, ...commands: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.write([...commands, 'QUIT', ''].join('\r\n')));
    socket.on('data', () => {});
    socket.setTimeout(10_000, () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve());
  });
}
