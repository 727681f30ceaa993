import type { KeyPair } from '../../cloud/seed.js';
import { type Cloud, createCloud } from '../../create-cloud.js';
import type { Plugin } from '../../di.js';
import type { HookRegistration } from '../../ports/hooks.js';
import type { Logger } from '../../ports/logger.js';
import type { PasswordHasher } from '../../ports/password-hasher.js';
import {
  CLOCK,
  EVENT_BUS,
  HOOK,
  LOCK_SERVICE,
  PASSWORD_HASHER,
  RANDOM,
  STORE,
} from '../../ports/tokens.js';
import { quickHasher } from '../quick-hasher.js';
import type { Fault } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { World } from '../simulator/world.js';
import { WRAPPABLE_PORTS } from '../wrappable-ports.js';
import type { Database } from './database.js';
import type { HintBus } from './hint-bus.js';
import type { LockServer } from './lock-server.js';
import type { Outside } from './outside.js';

/** The key every simulated cloud is configured with. */
export const ADMINISTRATOR_KEY: KeyPair = {
  publicValue: 'simulated-access',
  secretValue: 'simulated-secret-that-nobody-may-tell',
};

/** What simulated clouds key digests and sealed secrets with. */
export const PEPPER: Uint8Array = new Uint8Array(16).fill(7);

/** What a kernel of a simulation lives among. */
export interface Neighbourhood {
  readonly world: World;
  readonly database: Database;
  readonly bus: HintBus;
  readonly locks: LockServer;
  readonly outside: Outside;
  readonly workers: number;
  /** Whether plug-ins take part at every hook point, each an I/O point of its own. */
  readonly hooks: 'some' | 'none';
  readonly plugins: readonly Plugin[];
  /** Told of every line a kernel logs. */
  readonly onLine: (text: string) => void;
}

/** One kernel, the unmodified one, in a process of its own. */
export class KernelProcess {
  readonly process: Process;
  readonly cloud: Cloud;
  #state: 'starting' | 'ready' = 'starting';

  /** Begins to start it. A start that fails ends the process, as a supervisor would see it. */
  constructor(name: string, around: Neighbourhood) {
    const { world, database, bus, locks, outside } = around;
    this.process = world.spawn(name);
    this.cloud = createCloud({
      pepper: PEPPER,
      administratorKey: ADMINISTRATOR_KEY,
      workers: around.workers,
      orphans: { policy: 'reap', reapAfterMs: 60_000 },
      logger: listening(around.onLine),
      replaceable: WRAPPABLE_PORTS,
      plugins: [
        outside.pluginOf(this.process),
        (container) => {
          container.register(STORE, { useValue: database.storeOf(this.process) });
          container.register(EVENT_BUS, { useValue: bus.busOf(this.process) });
          container.register(LOCK_SERVICE, { useValue: locks.serviceOf(this.process) });
          container.register(CLOCK, { useValue: this.process.clock });
          container.register(RANDOM, { useValue: this.process.random });
          container.register(PASSWORD_HASHER, { useValue: slowHasher(world, this.process) });
          if (around.hooks === 'some')
            for (const hook of slowHooks(world, this.process))
              container.register(HOOK, { useValue: hook });
        },
        ...around.plugins,
      ],
    });
    this.cloud.start().then(
      () => {
        this.#state = 'ready';
      },
      () => this.process.kill(),
    );
  }

  /** Whether it has started, lives, and does not stand still. */
  get isReady(): boolean {
    return this.#state === 'ready' && !this.process.isDead && !this.process.isPaused;
  }
}

const HOOK_FAULTS: ReadonlySet<Fault> = new Set<Fault>([
  'crash-before',
  'crash-after',
  'error',
  'hang',
  'zombie',
  'expiry',
]);

// It changes nothing outside, and takes its time: a process may be gone before it is done.
function slowHasher(world: World, process: Process): PasswordHasher {
  const quick = quickHasher();
  return {
    cost: quick.cost,
    derive: (password, salt, its) =>
      world.point(
        process,
        {
          label: 'hasher.derive',
          possible: new Set<Fault>(['crash-before', 'crash-after', 'zombie', 'expiry']),
          failure: () => new Error('a password could not be hashed'),
        },
        () => quick.derive(password, salt, its),
      ),
  };
}

// A plug-in that takes part everywhere and has nothing to say: it may still be slow, fail, or never answer.
function slowHooks(world: World, process: Process): readonly HookRegistration[] {
  const ask = (point: string): Promise<undefined> =>
    world.point(
      process,
      {
        label: `hooks.${point}`,
        possible: HOOK_FAULTS,
        failure: () => new Error('the plug-in failed'),
      },
      () => undefined,
    );
  const name = 'simulated/slow-plug-in';
  return [
    { point: 'admit.mutate', name, run: () => ask('admit.mutate') },
    { point: 'admit.validate', name, run: () => ask('admit.validate') },
    { point: 'schedule.filter', name, run: () => ask('schedule.filter') },
    { point: 'schedule.weigh', name, run: async () => (await ask('schedule.weigh')) ?? 0 },
    { point: 'before.create', name, run: () => ask('before.create') },
    { point: 'before.update', name, run: () => ask('before.update') },
    { point: 'before.delete', name, run: () => ask('before.delete') },
    { point: 'after.create', name, run: () => ask('after.create') },
    { point: 'after.update', name, run: () => ask('after.update') },
    { point: 'after.delete', name, run: () => ask('after.delete') },
    { point: 'onCondition', name, run: () => ask('onCondition') },
    { point: 'onError', name, run: () => ask('onError') },
  ];
}

function listening(hear: (text: string) => void): Logger {
  const line = (data: object, message: string): void => hear(`${message} ${JSON.stringify(data)}`);
  return { debug: line, info: line, warn: line, error: line };
}
