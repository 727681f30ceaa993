import { conditionOf } from '../model/condition.js';
import {
  DriverFailure,
  ensureError,
  FenceLost,
  PortUnavailable,
  RequestError,
} from '../model/errors.js';
import type { Fence, ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import { SecretUnreadable } from '../model/secret-unreadable.js';
import { stall } from '../model/stall.js';
import { isReady } from '../model/state.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus, HintReason } from '../ports/event-bus.js';
import type { HookPoint, HookPoints } from '../ports/hooks.js';
import type { LockService } from '../ports/lock-service.js';
import type { Logger } from '../ports/logger.js';
import type { Outcome, Reconciler } from '../ports/reconciler.js';
import type { Addressed, StatusRecord, Store } from '../ports/store.js';
import { asDriverFailure, inTime, outcomeOf } from './driver-calls.js';
import type { HookRunner } from './hook-runner.js';
import { KernelPass } from './pass.js';
import { passSignal } from './pass-signal.js';
import { Abandoned, type PassWorld } from './pass-world.js';
import type { LogSubject, PassWatch } from './telemetry/pass-watch.js';
import type { Telemetry } from './telemetry/telemetry.js';
import type { Trail } from './telemetry/trails.js';
import { asRecorded, type Unrecorded } from './unrecorded.js';

/** Passes under one lock: enough to bring a server up, few enough that no resource keeps a worker for good. */
const MOST_PASSES = 20;
/** How long one pass may take; milliseconds. */
const PASS_LIMIT = 60_000;

/** What the runner works with. */
export interface PassRunnerOptions {
  readonly store: Store;
  readonly locks: LockService;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: Pick<HookRunner, 'run' | 'names'>;
  readonly reconcilers: ReadonlyMap<string, Reconciler>;
  readonly telemetry: Telemetry;
  readonly world: Omit<PassWorld, 'record'>;
}

/** What is left to do for a resource after its passes. */
export type Remainder =
  /** Nothing before something is heard or its row is due. */
  | { readonly kind: 'rest'; readonly dueInMs: number | undefined }
  /** It changed while it was being worked on. */
  | { readonly kind: 'again' };

/** How one pass ended. */
interface Ended {
  readonly after: Resource;
  readonly outcome: Outcome;
  readonly unrecorded?: Unrecorded;
}

/** Runs passes over one resource at a time: lock, claim, passes, records, release, and one last look. */
export class PassRunner {
  readonly #options: PassRunnerOptions;
  readonly #world: PassWorld;

  constructor(options: PassRunnerOptions) {
    this.#options = options;
    this.#world = {
      ...options.world,
      record: (resource, record) => this.#record(resource, record),
    };
  }

  /**
   * Works on a resource until it is as asked or has to wait. Does nothing when somebody else holds its lock: the holder
   * looks again after releasing. Throws PortUnavailable when the store or the locks can't answer. Its passes are part of
   * `trail`, where there is one.
   */
  async run(uuid: ResourceUuid, why: string, stop: AbortSignal, trail?: Trail): Promise<Remainder> {
    const lease = await this.#options.locks.tryAcquire(uuid);
    if (lease === undefined) return { kind: 'rest', dueInMs: undefined };
    let last: Resource | undefined;
    try {
      last = await this.#passes(uuid, lease.fence, { why, trail }, [stop, lease.signal]);
    } catch (thrown) {
      if (!(thrown instanceof Abandoned)) throw thrown;
    } finally {
      await lease.release();
    }
    return last === undefined ? { kind: 'rest', dueInMs: undefined } : this.#lookAgain(last);
  }

  async #passes(
    uuid: ResourceUuid,
    fence: Fence,
    { why, trail }: { readonly why: string; readonly trail: Trail | undefined },
    ends: readonly AbortSignal[],
  ): Promise<Resource | undefined> {
    let resource = await this.#options.store.claim(uuid, fence);
    let unrecorded: Unrecorded | undefined;
    for (let count = 0; resource !== undefined && count < MOST_PASSES; count += 1) {
      if (haveEnded(ends)) break;
      const reason = count === 0 ? why : 'the pass before it made progress';
      const watch = this.#options.telemetry.pass(resource, count, reason, trail);
      const left = MOST_PASSES - count - 1;
      const ended: Ended = await this.#pass(resource, reason, left, ends, watch, unrecorded);
      const { after, outcome } = ended;
      const changed = after.generation !== after.attemptedGeneration;
      resource = after;
      unrecorded = ended.unrecorded;
      if (after.removed !== null) break;
      if (!changed && !isProgress(outcome)) break;
    }
    return resource;
  }

  async #pass(
    resource: Resource,
    why: string,
    left: number,
    ends: readonly AbortSignal[],
    watch: PassWatch,
    earlier: Unrecorded | undefined,
  ): Promise<Ended> {
    const { signal, release } = passSignal(ends, PASS_LIMIT, this.#options.clock);
    const pass = new KernelPass(resource, why, signal, this.#world, watch, earlier?.record);
    try {
      const outcome = patient(await this.#reconcile(pass), left);
      // What an aborted pass makes of its broken calls says nothing about the world: nothing of it is kept, as in a crash.
      if (haveEnded(ends))
        throw new Abandoned(resource.uuid, 'its holder is stopping or has lost its lock');
      // Neighbours are found through references, which go with the resource: they are asked for before the record.
      const neighbours = outcome.kind === 'gone' ? await this.#neighbours(resource) : [];
      const record = pass.finish(outcome);
      const before = [...(earlier?.before ?? []), resource];
      // The pass that follows at once writes it too: two records in one.
      if (pass.changeIsDone === 'yes' && isProgress(outcome)) {
        watch.ended(outcome);
        return {
          after: asRecorded(pass.resource, record),
          outcome,
          unrecorded: { record, before },
        };
      }
      const after = await this.#record(pass.resource, record);
      await this.#tell(before, after, neighbours, outcome, watch);
      await this.#wake(pass.woken, watch.trace);
      watch.ended(outcome);
      return { after, outcome };
    } catch (thrown) {
      watch.brokeOff(thrown);
      if (thrown instanceof Abandoned)
        this.#options.logger.info(
          { ...watch.ids, code: thrown.name, reason: thrown.message },
          'passes were abandoned',
        );
      throw thrown;
    } finally {
      release();
    }
  }

  async #reconcile(pass: KernelPass<ResourceType>): Promise<Outcome> {
    const { resource } = pass;
    const reconciler = this.#options.reconcilers.get(resource.type);
    if (reconciler === undefined)
      return resource.deleteRequestedAt === null ? { kind: 'done' } : { kind: 'gone' };
    try {
      // Whatever it waits for may never come: the lock must not be held for that.
      return await inTime(reconciler.reconcile(pass), PASS_LIMIT, this.#options.clock);
    } catch (thrown) {
      if (thrown instanceof Abandoned || thrown instanceof PortUnavailable) throw thrown;
      if (thrown instanceof FenceLost)
        throw new Abandoned(resource.uuid, 'another holder has taken it over');
      // What is there and can't be read is not gone: nothing is made of it before somebody has seen to its key.
      if (thrown instanceof SecretUnreadable)
        return stall('SecretUnreadable', `${thrown.message}. ${thrown.remedy}`);
      // Something it asked for was refused, mostly because it has changed or is going itself: the next pass sees that.
      if (thrown instanceof RequestError) {
        const { code, message } = thrown;
        return { kind: 'wait', on: 'dependency', afterMs: 1_000, message, code };
      }
      return outcomeOf(asDriverFailure(thrown));
    }
  }

  async #record(resource: Resource, record: StatusRecord): Promise<Resource> {
    const { uuid, fence, statusVersion } = resource;
    const after =
      fence === null
        ? undefined
        : await this.#options.store.record(uuid, fence, statusVersion, record);
    if (after === undefined) throw new Abandoned(uuid, 'another holder has taken it over');
    return after;
  }

  async #tell(
    before: readonly Resource[],
    after: Resource,
    neighbours: readonly Addressed[],
    outcome: Outcome,
    watch: PassWatch,
  ): Promise<void> {
    const [told = after] = before;
    if (outcome.kind === 'gone') this.#hint(neighbours, 'dependency', watch.trace);
    else if (isReady(told) !== isReady(after))
      this.#hint(await this.#neighbours(after), 'dependency', watch.trace);
    if (outcome.kind === 'retry') {
      const { code, message, cause } = outcome.failure;
      const data = { ...watch.ids, id: after.id, code, attempts: after.attempts, message };
      if (code === 'DriverBug') {
        const error = cause instanceof Error ? cause.stack : message;
        this.#options.logger.error(
          { ...data, error },
          'a driver or plug-in threw what none may throw',
        );
      } else this.#options.logger.warn(data, 'a pass failed');
      await this.#notify('onError', { resource: after, code, message }, watch);
    }
    const steps = [...before.slice(1), after];
    for (const [index, step] of steps.entries())
      await this.#tellConditions(before[index], step, watch);
  }

  async #tellConditions(
    before: Resource | undefined,
    after: Resource,
    watch: PassWatch,
  ): Promise<void> {
    for (const condition of after.conditions) {
      if (conditionOf(before?.conditions ?? [], condition.type)?.status !== condition.status) {
        await this.#notify(
          'onCondition',
          { resource: after, condition: condition.type, status: condition.status },
          watch,
        );
      }
    }
  }

  async #notify<P extends HookPoint>(
    point: P,
    input: HookPoints[P]['input'],
    about: LogSubject,
  ): Promise<void> {
    try {
      await this.#options.hooks.run(point, input, undefined, about);
    } catch (thrown) {
      // What has been recorded stands; a listener can't take it back.
      this.#options.logger.warn(
        { ...about.ids, point, code: 'HookFailed', error: ensureError(thrown).message },
        'a notified hook failed',
      );
    }
  }

  async #neighbours(resource: Resource): Promise<readonly Addressed[]> {
    return this.#options.store.unsettledNeighbours(resource.uuid);
  }

  async #wake(others: readonly Addressed[], trace: string | undefined): Promise<void> {
    for (const { uuid } of others) await this.#options.store.wake(uuid, this.#options.clock.now());
    this.#hint(others, 'dependency', trace);
  }

  #hint(targets: readonly Addressed[], reason: HintReason, trace: string | undefined): void {
    for (const { uuid, account } of targets)
      this.#options.events.publish({ uuid, account, reason, trace });
  }

  // A change that came while we held the lock was told to somebody who could not take it: without this look it would
  // wait for the next scan (reference/kernel.md 1.5, lost wake-up on try-lock).
  async #lookAgain(last: Resource): Promise<Remainder> {
    const now = await this.#options.store.get(last.uuid);
    if (now === undefined || now.removed !== null) return { kind: 'rest', dueInMs: undefined };
    if (now.generation > now.attemptedGeneration) return { kind: 'again' };
    const due = now.nextAttemptAt;
    return {
      kind: 'rest',
      dueInMs: due === null ? undefined : Math.max(0, due - this.#options.clock.now()),
    };
  }
}

// Progress without end is none: a driver that says it made a change which is never seen must not keep us busy.
function patient(outcome: Outcome, left: number): Outcome {
  if (left > 0 || !isProgress(outcome)) return outcome;
  const failure = new DriverFailure(
    'rejected',
    'NoProgress',
    `${MOST_PASSES} passes in a row did not finish it: ${outcome.message}`,
    {
      remedy:
        'If it goes on, the driver makes changes that it does not see afterwards: report it to its author.',
    },
  );
  return { kind: 'retry', failure };
}

function isProgress(outcome: Outcome): outcome is Outcome & { readonly kind: 'wait' } {
  return outcome.kind === 'wait' && outcome.on === 'progress';
}

function haveEnded(ends: readonly AbortSignal[]): boolean {
  return ends.some((end) => end.aborted);
}
