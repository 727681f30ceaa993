import { RequestError } from '../model/errors.js';
import { asId, type ResourceUuid } from '../model/identity.js';
import type { Limits } from '../model/limits.js';
import { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Answerer } from '../ports/answerer.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { HealthCheck } from '../ports/health-check.js';
import type { HookRegistration } from '../ports/hooks.js';
import type { LockService } from '../ports/lock-service.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Reconciler } from '../ports/reconciler.js';
import type { RoutineTask } from '../ports/routine-task.js';
import type { Store } from '../ports/store.js';
import { Admission } from './admission.js';
import { admitRemoval } from './admit-removal.js';
import { ChildRequests } from './child-requests.js';
import { type BreakerState, CircuitBreakers } from './circuit-breaker.js';
import type { Credentials } from './credentials.js';
import { Deletions } from './deletions.js';
import { DesiredState } from './desired-state.js';
import { type DriftRules, driftPolicies } from './drift-rules.js';
import { Explainer } from './explain/explainer.js';
import type { Explanation } from './explain/explanation.js';
import { type Health, healthOf, portChecks } from './health.js';
import { HookRunner } from './hook-runner.js';
import type { IdentitySource } from './identities.js';
import { MainLoop } from './main-loop.js';
import { PassRunner } from './pass-runner.js';
import { Planner } from './plan/planner.js';
import { Questions } from './questions.js';
import type { Resources } from './resources.js';
import { RoutineTasks } from './routine-tasks.js';
import type { Sealing } from './sealing/sealing.js';
import type { Telemetry } from './telemetry/telemetry.js';
import { TypeValidators } from './type-validators.js';

/** The ports and parts a kernel is made of. */
export interface KernelParts {
  readonly store: Store;
  readonly events: EventBus;
  readonly locks: LockService;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** What else it stands on. */
  readonly checks: readonly HealthCheck[];
  readonly identities: IdentitySource;
  readonly credentials: Credentials;
  readonly sealing: Sealing;
  readonly types: readonly ResourceType[];
  readonly reconcilers: readonly Reconciler[];
  readonly hooks: readonly HookRegistration[];
  readonly answerers: readonly Answerer[];
  readonly tasks: readonly RoutineTask[];
  readonly apikey: ResourceType;
  readonly login: ResourceType;
  readonly account: ResourceType;
  /** How much accounts may have that say nothing of it themselves. Absent: any amount. */
  readonly limits?: Limits | undefined;
  /** How many resources are worked on at a time. */
  readonly workers: number;
  /** What to do when somebody else changes outside objects, by type; goes before what types say. */
  readonly drift?: DriftRules | undefined;
}

/** What the cloud's own removals go through. */
interface RemovalParts {
  readonly deletions: Deletions;
  readonly admission: Admission;
  readonly clock: Clock;
}

/** Desired state in, the world made so. Builds its parts and does nothing before {@link Kernel.start}. */
export class Kernel {
  readonly types: TypeRegistry;
  readonly resources: Resources;
  readonly #breakers: CircuitBreakers;
  readonly #loop: MainLoop;
  readonly #tasks: RoutineTasks;
  readonly #explainer: Explainer;
  readonly #store: Store;
  readonly #removal: RemovalParts;
  readonly #health: () => Promise<Health>;

  /** Throws on types, hooks or reconcilers that contradict each other. */
  constructor(parts: KernelParts) {
    const { store, events, locks, clock, random, logger, telemetry } = parts;
    this.types = new TypeRegistry(parts.types);
    const hooks = new HookRunner(parts.hooks, clock, logger);
    const deletions = new Deletions({ ...parts, types: this.types });
    this.#store = store;
    const checks = [...portChecks(parts), ...parts.checks];
    this.#health = () => healthOf(checks, parts);
    this.#explainer = new Explainer({
      ...parts,
      types: this.types,
      breakers: () => this.#breakers.snapshot(),
      actions: (caller, type, resource) => this.resources.actions(caller, type, resource),
    });
    this.#breakers = new CircuitBreakers({ clock, random });
    const reconcilers = byType(parts.reconcilers, this.types);
    const validators = new TypeValidators();
    const desk = {
      ...parts,
      questions: new Questions(parts.answerers, this.types, validators),
      explainer: this.#explainer,
      types: this.types,
      admission: new Admission(hooks),
      validators,
    };
    this.#removal = { deletions, admission: desk.admission, clock };
    const driftOf = driftPolicies(this.types, parts.drift ?? {});
    const plans = new Planner({ ...desk, hooks, reconcilers, driftOf });
    this.resources = telemetry.traced(new DesiredState({ ...desk, deletions, plans }));
    const children = new ChildRequests({ ...parts, types: this.types, deletions });
    const runner = new PassRunner({
      store,
      locks,
      events,
      clock,
      logger,
      hooks,
      reconcilers,
      telemetry,
      world: {
        store,
        clock,
        random,
        hooks,
        desired: children,
        breakers: this.#breakers,
        digest: (text) => parts.credentials.digest(text),
        open: parts.sealing.open,
        driftOf,
      },
    });
    this.#loop = new MainLoop({
      store,
      locks,
      events,
      clock,
      random,
      logger,
      runner,
      telemetry,
      workers: parts.workers,
    });
    telemetry.observe({
      queue: () => this.#loop.census(),
      load: () => this.#loop.load,
      breakers: () => this.#breakers.snapshot(),
    });
    this.#tasks = new RoutineTasks({ tasks: parts.tasks, clock, random, logger });
  }

  /** How many resources wait for a pass here, and how many are being worked on. */
  get load(): MainLoop['load'] {
    return this.#loop.load;
  }

  /** Explains a resource to the operator, who sees all. Throws RequestError when there is none with this uuid. */
  async explain(uuid: ResourceUuid): Promise<Explanation> {
    const resource = await this.#store.get(uuid);
    if (resource === undefined) throw new RequestError('NotFound', `there is no resource ${uuid}`);
    return this.#explainer.explain({ ...OPERATOR, account: resource.account }, resource);
  }

  /**
   * Asks for a removal on the cloud's own behalf, for what `why` says: refused as a caller's is, and only of the resource
   * as it is in `before`. Throws RequestError: PreconditionFailed where it has been changed since, InUse, AdmissionRefused.
   */
  async remove(before: Resource, why: string): Promise<void> {
    const { deletions, admission, clock } = this.#removal;
    const caller = { ...OPERATOR, account: before.account };
    await admitRemoval({ deletions, admission }, caller, this.types.get(before.type), before);
    await deletions.request(before, {
      event: { at: clock.now(), what: 'delete requested', why, result: 'delete' },
      generation: before.generation,
      only: 'unneeded',
    });
  }

  /** Backends that failed since they last answered, and whether they are left alone. */
  get breakers(): readonly BreakerState[] {
    return this.#breakers.snapshot();
  }

  /** Asks what the kernel stands on whether it answers. Never rejects, and takes a few seconds at most. */
  health(): Promise<Health> {
    return this.#health();
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

/** Who asks when nobody's key was shown: the program that the kernel is part of. */
const OPERATOR = { accountId: asId(''), accountName: 'operator', kind: 'admin' } as const;

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
