import { conditionOf } from '../../model/condition.js';
import { asFence } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { HookPoint } from '../../ports/hooks.js';
import type { LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import type { Random } from '../../ports/random.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { ChildRequests } from '../child-requests.js';
import { CircuitBreakers } from '../circuit-breaker.js';
import { Deletions } from '../deletions.js';
import { DesiredState, type DesiredStateOptions } from '../desired-state.js';
import type { HookRunner } from '../hook-runner.js';
import { PassRunner } from '../pass-runner.js';
import { passSignal } from '../pass-signal.js';
import type { PassWorld } from '../pass-world.js';
import type { Caller, Resources } from '../resources.js';
import { NO_TELEMETRY } from '../telemetry/telemetry.js';
import { ForeseenOutside } from './foreseen-outside.js';
import { type ForkedStore, forkStore } from './forked-store.js';
import type { Plan, PlanRequest, Plans } from './plan.js';
import { PlanPass, plannedResource } from './plan-pass.js';

/** How long a plan may take; milliseconds. */
const PLAN_LIMIT = 10_000;
/** How many resources a plan goes round, counted each time: far more than any write leads to. */
const MOST_RUNS = 500;

/** What plans are made with: all that writes are carried out with. */
export interface PlannerOptions extends Omit<DesiredStateOptions, 'plans' | 'deletions'> {
  readonly random: Random;
  readonly hooks: Pick<HookRunner, 'run' | 'names'>;
  readonly reconcilers: ReadonlyMap<string, Reconciler>;
  readonly driftOf: PassWorld['driftOf'];
}

/** One plan in the making. */
interface Draft {
  readonly fork: ForkedStore;
  readonly outside: ForeseenOutside;
  readonly signal: AbortSignal;
}

/**
 * Carries a write out on a fork of the store, with drivers that only look, by the very code that carries out real
 * ones; what that does outside is the plan. So a plan has no rules of its own that could differ from what happens.
 */
export class Planner implements Plans {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  async plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan> {
    const { store, types, clock } = this.#options;
    const { signal, release } = passSignal([], PLAN_LIMIT, clock);
    try {
      const draft = { fork: forkStore(store, types), outside: new ForeseenOutside(), signal };
      const asked = await ask(this.#frontDesk(draft.fork), caller, type, request);
      const end = await this.#goRound(draft);
      return planOf(draft, asked, end);
    } finally {
      release();
    }
  }

  #frontDesk({ store }: ForkedStore): Resources {
    const options = { ...this.#options, store, events: NO_HINTS };
    return new DesiredState({ ...options, deletions: new Deletions(options), plans: this });
  }

  /** Works on what was written, the longest left alone first, until nothing moves. Says what kept it from going on. */
  async #goRound(draft: Draft): Promise<string | undefined> {
    const { fork, outside, signal } = draft;
    const { rows } = fork;
    const runner = this.#runner(draft);
    const progress = (): number => rows.progress + outside.steps.length;
    const runs = new Map<string, { readonly number: number; readonly progress: number }>();
    for (let number = 1; number <= MOST_RUNS; number += 1) {
      const [next] = rows
        .written()
        .filter(({ uuid }) => !outside.unforeseen.has(uuid))
        .filter((row) => {
          const last = runs.get(row.uuid);
          return last === undefined || (!isSettled(row) && last.progress !== progress());
        })
        .toSorted(
          (left, right) => (runs.get(left.uuid)?.number ?? 0) - (runs.get(right.uuid)?.number ?? 0),
        );
      if (next === undefined) return undefined;
      runs.set(next.uuid, { number, progress: progress() });
      await runner.run(next.uuid, 'a plan', signal);
      if (signal.aborted) return `it is not thought out after ${PLAN_LIMIT / 1_000} s`;
    }
    return `it goes on after ${MOST_RUNS} passes`;
  }

  #runner({ fork, outside }: Draft): PassRunner {
    const { clock, random, types } = this.#options;
    const { sealing, credentials } = this.#options;
    const { store, rows } = fork;
    const hooks = askingOnly(this.#options.hooks);
    const deletions = new Deletions({ ...this.#options, store, events: NO_HINTS });
    const events = NO_HINTS;
    const desired = new ChildRequests({ types, store, events, clock, deletions, sealing });
    return new PassRunner({
      store,
      locks: NO_LOCKS,
      events: NO_HINTS,
      clock,
      logger: NO_LOG,
      telemetry: NO_TELEMETRY,
      hooks,
      reconcilers: new Map(
        [...this.#options.reconcilers].map(([id, reconciler]) => [
          id,
          {
            type: reconciler.type,
            reconcile: (pass) => reconciler.reconcile(new PlanPass(pass, rows, outside)),
          },
        ]),
      ),
      // Breakers of its own: what is not foreseen must not count as a backend that is away.
      world: {
        store,
        clock,
        random,
        hooks,
        desired,
        breakers: new CircuitBreakers({ clock, random }),
        digest: (text) => credentials.digest(text),
        open: sealing.open,
        driftOf: this.#options.driftOf,
      },
    });
  }
}

async function ask(
  resources: Resources,
  caller: Caller,
  type: ResourceType,
  request: PlanRequest,
): Promise<Resource> {
  switch (request.kind) {
    case 'create':
      return (await resources.create(caller, type, request.body)).resource;
    case 'update':
      return resources.update(caller, type, request.id, request.body, request);
    case 'remove':
      return resources.remove(caller, type, request.id, request);
    case 'act':
      return resources.act(caller, type, request.id, request.action, request.input, request);
  }
}

function planOf({ fork, outside }: Draft, asked: Resource, end: string | undefined): Plan {
  const waits = fork.rows
    .written()
    .filter((row) => !isSettled(row) && !outside.unforeseen.has(row.uuid))
    .flatMap((row) => {
      const reconciled = conditionOf(row.conditions, 'Reconciled');
      const known = reconciled?.observedGeneration === row.generation;
      return known ? [`${row.type} ${row.id}: ${reconciled.message}`] : [];
    });
  const [unforeseen] = outside.unforeseen.values();
  const why = end ?? unforeseen ?? (waits.length > 0 ? 'it would have to wait' : undefined);
  return {
    resource: plannedResource(asked, fork.rows),
    steps: outside.steps,
    waits,
    ...(why === undefined ? { complete: 'yes' } : { complete: 'no', why }),
  };
}

function isSettled(row: Resource): boolean {
  return row.removed !== null || isReady(row);
}

/** Hooks that are asked, and none that are told: nothing has happened. */
function askingOnly(hooks: PassWorld['hooks']): PassWorld['hooks'] {
  return {
    names: (point) => (isTold(point) ? [] : hooks.names(point)),
    run: async (point, input, enough, about) =>
      isTold(point) ? [] : hooks.run(point, input, enough, about),
  };
}

function isTold(point: HookPoint): boolean {
  return point.startsWith('after.') || point === 'onCondition' || point === 'onError';
}

const NO_HINTS: EventBus = {
  publish: () => undefined,
  subscribe: () => Promise.resolve(() => Promise.resolve()),
};

/** Nobody else is in a fork. */
const NO_LOCKS: LockService = {
  tryAcquire: () =>
    Promise.resolve({
      fence: asFence('plan'),
      signal: new AbortController().signal,
      remainingMs: () => Number.POSITIVE_INFINITY,
      release: () => Promise.resolve(),
    }),
  holder: () => Promise.resolve(undefined),
};

const NO_LOG: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
