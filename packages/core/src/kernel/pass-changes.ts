import { createHash } from 'node:crypto';
import { type DriverFailure, ensureError } from '../model/errors.js';
import { asOperationKey, type ExternalId, type ResourceUuid } from '../model/identity.js';
import type { PartRecord } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Change, Driver, DriverCall, ObjectKey, WorkProgress } from '../ports/driver.js';
import type { HookPoint } from '../ports/hooks.js';
import type { Outcome, Unsettled } from '../ports/reconciler.js';
import { jittered } from './back-off.js';
import { type BackendCalls, backendOf, type Endpoint } from './backend-calls.js';
import { turnOf, turnsAfter, turnsOf } from './change-turns.js';
import { asDriverFailure, BACKEND_PAUSE, limited, outcomeOf } from './driver-calls.js';
import type { PassReport } from './pass-report.js';
import { Abandoned, type PassWorld } from './pass-world.js';
import type { PassWatch } from './telemetry/pass-watch.js';

/** How long to wait for a backend that still works on it; it also hints when it is done. */
const BUSY_PAUSE = 1_000;
/** How long one driver call may take, as the driver is told; the limit of the pass holds it to that. */
const CALL_LIMIT = 30_000;

/** The changes that a pass makes outside, one at most: what must be durable before, what is told after. */
export class PassChanges<T extends ResourceType> {
  readonly #report: PassReport<T>;
  readonly #calls: BackendCalls;
  readonly #signal: AbortSignal;
  readonly #world: PassWorld;
  readonly #watch: PassWatch;
  /** Whether the row was read with the last thing that was done, so that another look could tell nothing newer. */
  #fresh: 'yes' | 'no' = 'no';
  #done: 'yes' | 'no' = 'no';

  constructor(
    report: PassReport<T>,
    calls: BackendCalls,
    signal: AbortSignal,
    world: PassWorld,
    watch: PassWatch,
  ) {
    this.#report = report;
    this.#calls = calls;
    this.#signal = signal;
    this.#world = world;
    this.#watch = watch;
  }

  /** Whether a change was carried out to its end. */
  get done(): 'yes' | 'no' {
    return this.#done;
  }

  /** Makes a part's object, once the intent is durable. */
  async create<D, A>(
    part: string,
    driver: Driver<D, A>,
    desired: D,
    record: PartRecord,
  ): Promise<Unsettled> {
    const intended = await this.#intend(part, record, driver.name);
    if (intended !== undefined) return intended;
    const call = this.callFor(part, record, 'create');
    return this.mutate('create', part, driver, record, undefined, () =>
      driver.create(keyOf(this.#report.resource.uuid, record), desired, call),
    );
  }

  /** Makes one change to a part's object. */
  async update<D, A>(
    part: string,
    driver: Driver<D, A>,
    desired: D,
    record: PartRecord,
    change: Change,
  ): Promise<Unsettled> {
    this.#report.keep(part, record, driver.name);
    const turn = turnOf(record, change.field);
    const call = this.callFor(part, { ...record, step: turn }, changeKey(change));
    return this.mutate('update', part, driver, record, change, () =>
      driver.update(keyOf(this.#report.resource.uuid, record), desired, change, call),
    );
  }

  /** Destroys an extra under a part's key. What is answered about it is not recorded as the part's own. */
  async discard<D, A>(
    part: string,
    driver: Driver<D, A>,
    record: PartRecord,
    extra: ExternalId,
  ): Promise<Unsettled> {
    const key = { ...keyOf(this.#report.resource.uuid, record), external: extra };
    this.#report.note(`${part}.duplicate`, `${extra} is destroyed`);
    // Named after the extra: destroying the next one after a crash is no repetition of this.
    const call = this.callFor(part, record, `discard ${extra}`);
    // It is a step, and no change of the object that stays.
    const kept = { ...record, turns: turnsOf(record) };
    return this.mutate('delete', part, driver, kept, undefined, async () => {
      const { settled } = await driver.delete(key, call);
      return { settled };
    });
  }

  // The intent must be durable before the create is sent, or a crash in between leaks what was made.
  async #intend(part: string, record: PartRecord, driver: string): Promise<Unsettled | undefined> {
    if (this.#report.part(part) === record) return undefined;
    this.#report.keep(part, record, driver);
    this.#report.note(`${part}.intent`, 'recorded');
    const outcome: Outcome = {
      kind: 'wait',
      on: 'progress',
      afterMs: 0,
      message: `${part} is being made`,
    };
    const written = await this.#world.record(this.#report.resource, this.#report.finish(outcome));
    const { generation } = this.#report.resource;
    this.#report.recorded(written);
    this.#fresh = 'yes';
    // Minds change: what is asked now is planned anew instead of making what nobody wants any more.
    return written.generation === generation ? undefined : { kind: 'unsettled', outcome };
  }

  /**
   * Makes the one change of a pass: hooks before and after, and what became of it in the part's record. Throws
   * {@link Abandoned} when the pass must not begin anything new.
   */
  async mutate(
    verb: 'create' | 'update' | 'delete',
    part: string,
    target: Endpoint,
    record: PartRecord,
    change: Change | undefined,
    act: () => Promise<{
      readonly external?: PartRecord['external'] | undefined;
      readonly settled: boolean;
      readonly made?: readonly string[] | undefined;
      readonly progress?: WorkProgress | undefined;
    }>,
  ): Promise<Unsettled> {
    const step = change === undefined ? `${part}.${verb}` : `${part}.${change.field}`;
    const { name: driver } = target;
    const backend = backendOf(target);
    const input = { resource: this.#report.resource, part, driver, change };
    const before: HookPoint = `before.${verb}`;
    if (this.#world.hooks.names(before).length > 0) this.#fresh = 'no';
    for (const { hook, output } of await this.#world.hooks.run(
      before,
      input,
      (output) => output !== undefined,
      this.#watch,
    )) {
      if (output === undefined) continue;
      this.#report.note(step, `held back by ${hook}: ${output.message}`);
      return waiting('dependency', BACKEND_PAUSE, `${hook}: ${output.message}`, { hook });
    }
    if (await this.#mindChanged()) {
      return waiting('progress', 0, `another wish came before ${step}`);
    }
    // A holder that is not certain of its lock begins nothing new (reference/kernel.md 1.6).
    if (this.#signal.aborted)
      throw new Abandoned(this.#report.resource.uuid, ensureError(this.#signal.reason).message);
    try {
      const accepted = await this.#calls.change(target, limited(act(), this.#signal));
      const kept: PartRecord = {
        ...record,
        state:
          accepted.external === undefined || accepted.external === null ? record.state : 'recorded',
        external: accepted.external ?? record.external,
        step: record.step + 1,
        ...(change !== undefined && { turns: turnsAfter(record, change.field) }),
      };
      this.#report.keep(part, kept, driver);
      this.#report.note(step, accepted.settled ? 'done' : 'accepted');
      for (const field of accepted.made ?? []) this.#report.note(`${part}.${field}`, 'done');
      if (accepted.settled) this.#done = 'yes';
      await this.#world.hooks.run(`after.${verb}`, input, undefined, this.#watch);
      if (accepted.settled) return waiting('progress', 0, `${step} done`);
      const { progress } = accepted;
      return progress === undefined
        ? waiting('backend', BUSY_PAUSE, `${driver} is working on ${step}`, { backend })
        : waiting('backend', progress.afterMs, progress.message, {
            backend,
            progress: progress.percent,
          });
    } catch (thrown) {
      const failure = asDriverFailure(thrown);
      this.#report.note(step, `${failure.outcome}: ${failure.code}`);
      return failure.outcome === 'unavailable'
        ? this.away(target, failure)
        : { kind: 'unsettled', outcome: outcomeOf(failure) };
    }
  }

  // Hooks and a slow look take their time, and what was asked for when the pass began may not be wanted any more: 2→5→3
  // need not visit 5 (reference/kernel.md 1.11).
  async #mindChanged(): Promise<boolean> {
    const { uuid, generation, fence } = this.#report.resource;
    // An intent that was just recorded came back with the wish as it is now.
    const fresh = this.#fresh === 'yes';
    this.#fresh = 'no';
    if (fresh) return false;
    const { unrecorded } = this.#report;
    if (unrecorded !== undefined) {
      // One change was made since the last record; it is durable before the next one begins.
      const written = await this.#world.record(this.#report.resource, unrecorded);
      this.#report.caughtUp(written);
      return written.generation !== generation;
    }
    const now = await this.#world.store.get(uuid);
    if (now !== undefined && now.fence !== fence)
      throw new Abandoned(uuid, 'another holder has taken it over');
    return now?.generation !== generation;
  }

  /** How a pass ends whose backend can't be reached. */
  away(driver: Endpoint, failure: DriverFailure): Unsettled {
    const pause = jittered(BACKEND_PAUSE, this.#world.random.fraction());
    return waiting('backend', pause, `${driver.name}: ${failure.message}. ${failure.remedy}`, {
      backend: backendOf(driver),
      code: failure.code,
    });
  }

  /** What a driver is told of a call beside its subject. */
  callFor(part: string, record: PartRecord | undefined, act: string): DriverCall {
    const { fence, uuid } = this.#report.resource;
    if (fence === null) throw new Error(`a pass over ${uuid} began before its row was claimed`);
    // The step alone would not do: when a record is lost, the next pass may find another change to make at the same step.
    return {
      signal: this.#signal,
      deadline: this.#world.clock.now() + CALL_LIMIT,
      fence,
      operation: asOperationKey(
        `${uuid}:${part}:${record?.epoch ?? 1}:${record?.step ?? 0}:${act}`,
      ),
      trace: this.#watch.trace,
    };
  }
}

/** Names the object of a part to its driver. */
export function keyOf(uuid: ResourceUuid, record: PartRecord | undefined): ObjectKey {
  return { uuid, epoch: record?.epoch ?? 1, external: record?.external ?? undefined };
}

/** How a pass ends whose driver is at work. */
export function busy(driver: Endpoint): Unsettled {
  return waiting('backend', BUSY_PAUSE, `${driver.name} is still working on it`, {
    backend: backendOf(driver),
  });
}

/** Names a desired state in a few characters. */
export function digestOf(desired: unknown): string {
  const text = JSON.stringify(desired) ?? '';
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

/** The record of a part that was seen to be as `asked` names it. */
export function asAsked(record: PartRecord, asked: string): PartRecord {
  return record.asked === asked ? record : { ...record, asked };
}

// The same for every repetition of a change.
function changeKey({ field, desired }: Change): string {
  return `${field}=${digestOf(desired)}`;
}

function waiting(
  on: 'progress' | 'backend' | 'dependency',
  afterMs: number,
  message: string,
  details: {
    readonly backend?: string;
    readonly code?: string;
    readonly hook?: string;
    readonly progress?: number;
  } = {},
): Unsettled {
  return { kind: 'unsettled', outcome: { kind: 'wait', on, afterMs, message, ...details } };
}
