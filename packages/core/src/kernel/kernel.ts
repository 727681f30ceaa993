import { TypeRegistry } from '../model/registry.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { HookRegistration } from '../ports/hooks.js';
import type { LockService } from '../ports/lock-service.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Reconciler } from '../ports/reconciler.js';
import type { RoutineTask } from '../ports/routine-task.js';
import type { Store } from '../ports/store.js';
import { Admission } from './admission.js';
import { ChildRequests } from './child-requests.js';
import type { Credentials } from './credentials.js';
import { Deletions } from './deletions.js';
import { DesiredState } from './desired-state.js';
import { HookRunner } from './hook-runner.js';
import type { IdentitySource } from './identities.js';
import { MainLoop } from './main-loop.js';
import { PassRunner } from './pass-runner.js';
import type { Limits } from './quotas.js';
import type { Resources } from './resources.js';
import { RoutineTasks } from './routine-tasks.js';

/** The ports and parts a kernel is made of. */
export interface KernelParts {
  readonly store: Store;
  readonly events: EventBus;
  readonly locks: LockService;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly types: readonly ResourceType[];
  readonly reconcilers: readonly Reconciler[];
  readonly hooks: readonly HookRegistration[];
  readonly tasks: readonly RoutineTask[];
  readonly apikey: ResourceType;
  readonly account: ResourceType;
  /** How much accounts may have that say nothing of it themselves. Absent: any amount. */
  readonly limits?: Limits | undefined;
  /** How many resources are worked on at a time. */
  readonly workers: number;
}

/** Desired state in, the world made so. Builds its parts and does nothing before {@link Kernel.start}. */
export class Kernel {
  readonly types: TypeRegistry;
  readonly resources: Resources;
  readonly #loop: MainLoop;
  readonly #tasks: RoutineTasks;

  /** Throws on types, hooks or reconcilers that contradict each other. */
  constructor(parts: KernelParts) {
    const { store, events, locks, clock, random, logger } = parts;
    this.types = new TypeRegistry(parts.types);
    const hooks = new HookRunner(parts.hooks, clock, logger);
    const deletions = new Deletions({ ...parts, types: this.types });
    this.resources = new DesiredState({
      ...parts,
      types: this.types,
      admission: new Admission(hooks),
      deletions,
    });
    const children = new ChildRequests({ types: this.types, store, events, clock, deletions });
    const runner = new PassRunner({
      store,
      locks,
      events,
      clock,
      logger,
      hooks,
      reconcilers: byType(parts.reconcilers, this.types),
      world: { store, clock, random, hooks, desired: children },
    });
    this.#loop = new MainLoop({
      store,
      events,
      clock,
      random,
      logger,
      runner,
      workers: parts.workers,
    });
    this.#tasks = new RoutineTasks({ tasks: parts.tasks, clock, random, logger });
  }

  /** How many resources wait for a pass here, and how many are being worked on. */
  get load(): MainLoop['load'] {
    return this.#loop.load;
  }

  /** Starts making the world as asked. The store must be migrated. */
  async start(): Promise<void> {
    await this.#loop.start();
    this.#tasks.start();
  }

  /** Stops and resolves when nothing is under way. Killing the process instead loses nothing. */
  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#tasks.stop()]);
  }
}

function byType(
  reconcilers: readonly Reconciler[],
  types: TypeRegistry,
): ReadonlyMap<string, Reconciler> {
  const map = new Map<string, Reconciler>();
  for (const reconciler of reconcilers) {
    const { id } = reconciler.type;
    if (types.get(id) !== reconciler.type)
      throw new TypeError(`the reconciler of ${id} is for another type of that name`);
    if (map.has(id)) throw new TypeError(`two reconcilers are registered for ${id}`);
    map.set(id, reconciler);
  }
  return map;
}
