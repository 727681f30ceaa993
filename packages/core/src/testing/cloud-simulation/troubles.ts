import type { SeededRandom } from '../simulator/seeded-random.js';
import type { World } from '../simulator/world.js';
import type { Database } from './database.js';
import type { HintBus } from './hint-bus.js';
import type { KernelProcess } from './kernel-process.js';
import type { LockServer } from './lock-server.js';
import type { Outside } from './outside.js';

/** What troubles happen to. */
export interface Troubled {
  readonly world: World;
  readonly database: Database;
  readonly bus: HintBus;
  readonly locks: LockServer;
  readonly outside: Outside;
  readonly kernels: () => readonly KernelProcess[];
  /** Told of a resource whose object outside a stranger has touched. */
  readonly onMeddling: (uuid: string) => void;
}

/** A trouble that befalls the whole world rather than one call. */
export const TROUBLES = [
  'bus loses hints',
  'backend away',
  'backend silent',
  'backend slow',
  'database away',
  'locks away',
  'locks wiped',
  'kernel killed',
  'clock jumps',
  'stranger destroys',
  'stranger changes',
  'stranger doubles',
] as const;

/** See {@link TROUBLES}. */
export type Trouble = (typeof TROUBLES)[number];

/** Lets a trouble happen; most end by themselves after a while. */
export function befall(trouble: Trouble, random: SeededRandom, around: Troubled): void {
  const { world, database, bus, locks, outside } = around;
  const later = (end: () => void): void => {
    world.schedule(world.now + 1_000 + random.below(40_000), end);
  };
  switch (trouble) {
    case 'bus loses hints':
      bus.lossRate = random.pick([0.1, 0.5, 1]);
      bus.doubleRate = random.pick([0, 0.3]);
      bus.lateMs = random.pick([10, 3_000]);
      return;
    case 'backend away':
    case 'backend silent': {
      const backend = random.pick(outside.backends);
      backend.mode = trouble === 'backend away' ? 'down' : 'silent';
      later(() => {
        backend.mode = 'up';
      });
      return;
    }
    case 'backend slow':
      random.pick(outside.backends).workMs = 1_000 + random.below(20_000);
      return;
    case 'database away':
      database.reachable = 'no';
      later(() => {
        database.reachable = 'yes';
      });
      return;
    case 'locks away':
      locks.reachable = 'no';
      later(() => {
        locks.reachable = 'yes';
      });
      return;
    case 'locks wiped':
      locks.wipe();
      return;
    case 'kernel killed': {
      const kernels = around.kernels();
      if (kernels.length > 0) random.pick(kernels).process.kill();
      return;
    }
    case 'clock jumps': {
      const kernels = around.kernels();
      if (kernels.length > 0)
        random.pick(kernels).process.clockSkew += random.pick([-1, 1]) * random.below(3_600_000);
      return;
    }
    case 'stranger destroys':
    case 'stranger changes':
    case 'stranger doubles':
      meddle(trouble, random, around);
  }
}

/** Ends every trouble that has not ended by itself. */
export function heal({ database, bus, locks, outside, kernels }: Troubled): void {
  bus.lossRate = 0;
  bus.doubleRate = 0;
  bus.lateMs = 10;
  database.reachable = 'yes';
  locks.reachable = 'yes';
  for (const backend of outside.backends) {
    backend.mode = 'up';
    backend.workMs = 0;
  }
  for (const { process } of kernels()) process.clockSkew = 0;
}

function meddle(
  trouble: 'stranger destroys' | 'stranger changes' | 'stranger doubles',
  random: SeededRandom,
  { outside, onMeddling }: Troubled,
): void {
  if (trouble === 'stranger changes') {
    const servers = [...outside.servers.objects.values()];
    if (servers.length === 0) return;
    const { external, uuid, actual } = random.pick(servers);
    onMeddling(uuid);
    const powerState = actual.powerState === 'running' ? 'halted' : 'running';
    outside.servers.meddle(external, { ...actual, powerState });
    return;
  }
  const kinds = outside.kinds.filter(
    ({ objects, kind }) =>
      objects.size > 0 && (trouble === 'stranger destroys' || kind.traits.identity === 'stamped'),
  );
  if (kinds.length === 0) return;
  const kind = random.pick(kinds);
  const { external, uuid } = random.pick([...kind.objects.values()]);
  onMeddling(uuid);
  if (trouble === 'stranger destroys') kind.vandalize(external);
  else kind.twin(external);
}
