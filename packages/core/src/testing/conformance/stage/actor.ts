import { getEventListeners } from 'node:events';
import { asFence, asOperationKey } from '../../../model/identity.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  Foreseen,
  ObjectKey,
  Observation,
  OwnedObject,
  OwnedPage,
} from '../../../ports/driver.js';
import { Finding, NotApplicable, show } from '../finding.js';
import type { KitProcess, Traffic } from './doors.js';
import { describeEnding, type Ending, endingOf } from './ending.js';
import type { Recorder } from './recorder.js';
import type { Time } from './time.js';

/** What a check may say of one call; the rest is as the kernel does it. */
export interface CallOptions {
  /** Default: another one for each call. */
  readonly operation?: string;
  readonly fence?: string;
  /** After how many milliseconds the call's deadline passes and its signal aborts; default 30,000. */
  readonly limitMs?: number;
  /** In place of a signal that aborts at the deadline. */
  readonly signal?: AbortSignal;
  /** Of {@link Actor.converge}: how many failed calls are tried again, as the kernel does; default none. */
  readonly patience?: number;
}

/** What an actor must know of the stage it acts on. */
export interface Place {
  readonly traffic: Traffic;
  readonly time: Time;
  readonly recorder: Recorder;
  suited(key: ObjectKey, desired: unknown): unknown;
}

/** An observation that found something. */
export type Present = Observation<unknown> & { readonly presence: 'present' };

const CALL_LIMIT = 30_000;
/** The fence of a caller that says nothing else. */
export const FENCE = '0000000000000010';
/** The fence of a caller that takes over from any other. */
export const LAST_FENCE = 'ffffffffffffffff';
/** More steps than any object needs to become what it should be. */
const MOST_STEPS = 60;
const BUSY_PAUSE = 1_000;
const FAILURE_PAUSE = 10_000;

/** A process with its driver, and a caller in it. */
export class Actor {
  readonly driver: Driver<unknown, unknown>;
  readonly process: KitProcess;
  readonly attempts: Attempts;
  readonly #time: Time;

  constructor(
    driver: Driver<unknown, unknown>,
    process: KitProcess,
    stage: Place,
    operations: () => string,
  ) {
    this.driver = driver;
    this.process = process;
    this.#time = stage.time;
    this.attempts = new Attempts(driver, process, stage, operations);
  }

  /** Looks, and demands an answer. */
  async observe(
    key: ObjectKey,
    desired?: unknown,
    options?: CallOptions,
  ): Promise<Observation<unknown>> {
    return returned(await this.attempts.observe(key, desired, options), 'observe to answer');
  }

  /** Looks, and demands that something is there. */
  async present(key: ObjectKey, desired?: unknown, options?: CallOptions): Promise<Present> {
    const seen = await this.observe(key, desired, options);
    if (seen.presence !== 'present') throw new Finding('the object to be present', show(seen));
    return seen;
  }

  async create(key: ObjectKey, desired: unknown, options?: CallOptions): Promise<Accepted> {
    return returned(await this.attempts.create(key, desired, options), 'create to succeed');
  }

  async update(
    key: ObjectKey,
    desired: unknown,
    change: Change,
    options?: CallOptions,
  ): Promise<Accepted> {
    return returned(await this.attempts.update(key, desired, change, options), 'update to succeed');
  }

  async delete(key: ObjectKey, options?: CallOptions): Promise<Accepted> {
    return returned(await this.attempts.delete(key, options), 'delete to succeed');
  }

  /** Sets the object aside: until the driver says that it is. */
  async setAside(key: ObjectKey, options?: CallOptions): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const ending = await this.attempts.quarantine(key, options);
      if (returned(ending, 'quarantine to succeed').settled) return;
      await this.#time.wait(BUSY_PAUSE);
    }
    throw new Finding(`the object to be set aside within ${MOST_STEPS} steps`, 'never settled');
  }

  /** All pages of a listing. */
  async list(): Promise<readonly OwnedObject[]> {
    const objects: OwnedObject[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10_000; pages += 1) {
      const page: OwnedPage = returned(await this.attempts.list(cursor), 'list to answer');
      objects.push(...page.objects);
      if (page.cursor === undefined) return objects;
      cursor = page.cursor;
    }
    throw new Finding('list to come to an end', '10,000 pages and still a cursor');
  }

  /** Makes the object as desired: looks, and does the first thing that is missing, until nothing is. */
  async converge(key: ObjectKey, desired: unknown, options?: CallOptions): Promise<Present> {
    let last: Observation<unknown> | undefined;
    let patience = options?.patience ?? 0;
    const fence = options?.fence === undefined ? {} : { fence: options.fence };
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const looked = await this.attempts.observe(key, desired, fence);
      if (looked.kind === 'failed' && patience > 0) {
        patience -= 1;
        await this.#time.wait(FAILURE_PAUSE);
        continue;
      }
      last = returned(looked, 'observe to answer');
      if (last.presence === 'unknown') {
        if (patience === 0) {
          throw new Finding('observe to see a backend that is there', show(last.failure));
        }
        patience -= 1;
        await this.#time.wait(FAILURE_PAUSE);
        continue;
      }
      const change = last.presence === 'present' ? last.changes[0] : undefined;
      if (last.presence === 'present' && last.busy === true) {
        await this.#time.wait(BUSY_PAUSE);
        continue;
      }
      if (last.presence === 'present' && change === undefined) return last;
      const verb = change === undefined ? 'create' : 'update';
      const made =
        change === undefined
          ? await this.attempts.create(key, desired, options)
          : await this.attempts.update(key, desired, change, options);
      if (made.kind !== 'failed' || patience === 0) returned(made, `${verb} to succeed`);
      else patience -= 1;
    }
    throw new Finding(`the object to be as asked within ${MOST_STEPS} steps`, show(last));
  }

  /** Makes the object go. */
  async dissolve(key: ObjectKey, options?: CallOptions): Promise<void> {
    let last: Observation<unknown> | undefined;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      last = await this.observe(key);
      if (last.presence === 'absent') return;
      if (last.presence === 'present' && last.busy === true) await this.#time.wait(BUSY_PAUSE);
      else await this.delete(key, options);
    }
    throw new Finding(`the object to be absent within ${MOST_STEPS} steps`, show(last));
  }
}

/** Calls of a driver whose endings are for the check to judge. */
class Attempts {
  readonly #driver: Driver<unknown, unknown>;
  readonly #process: KitProcess;
  readonly #stage: Place;
  readonly #operations: () => string;

  constructor(
    driver: Driver<unknown, unknown>,
    process: KitProcess,
    stage: Place,
    operations: () => string,
  ) {
    this.#driver = driver;
    this.#process = process;
    this.#stage = stage;
    this.#operations = operations;
  }

  observe(
    key: ObjectKey,
    desired: unknown,
    options?: CallOptions,
  ): Promise<Ending<Observation<unknown>>> {
    const suited = this.#stage.suited(key, desired);
    return this.#run('observe', options, (call) => this.#driver.observe(key, suited, call));
  }

  create(key: ObjectKey, desired: unknown, options?: CallOptions): Promise<Ending<Accepted>> {
    const suited = this.#stage.suited(key, desired);
    return this.#run('create', options, (call) => this.#driver.create(key, suited, call));
  }

  update(
    key: ObjectKey,
    desired: unknown,
    change: Change,
    options?: CallOptions,
  ): Promise<Ending<Accepted>> {
    const suited = this.#stage.suited(key, desired);
    return this.#run('update', options, (call) => this.#driver.update(key, suited, change, call));
  }

  delete(key: ObjectKey, options?: CallOptions): Promise<Ending<Accepted>> {
    return this.#run('delete', options, (call) => this.#driver.delete(key, call));
  }

  foresee(
    key: ObjectKey,
    desired: unknown,
    options?: CallOptions,
  ): Promise<Ending<Foreseen<unknown>>> {
    const suited = this.#stage.suited(key, desired);
    return this.#run('foresee', options, async (call) => {
      if (this.#driver.foresee === undefined)
        throw new NotApplicable('the driver foresees nothing');
      return this.#driver.foresee(suited, call);
    });
  }

  /** Takes one step towards setting an object aside. */
  quarantine(key: ObjectKey, options?: CallOptions): Promise<Ending<Accepted>> {
    return this.#run('quarantine', options, async (call) => {
      if (this.#driver.quarantine === undefined)
        throw new NotApplicable('nothing of it can be set aside');
      return this.#driver.quarantine(key, call);
    });
  }

  list(cursor: string | undefined, options?: CallOptions): Promise<Ending<OwnedPage>> {
    return this.#run('list', options, (call) => this.#driver.list(cursor, call));
  }

  async #run<Value>(
    verb: string,
    options: CallOptions = {},
    work: (call: DriverCall) => Promise<Value>,
  ): Promise<Ending<Value>> {
    const { time, traffic, recorder } = this.#stage;
    const limitMs = options.limitMs ?? CALL_LIMIT;
    const aborting = new AbortController();
    const cancel = time.clock.schedule(limitMs, () =>
      aborting.abort(new Error('the call took too long')),
    );
    const signal = options.signal ?? aborting.signal;
    const call: DriverCall = {
      signal,
      deadline: this.#process.clock.now() + limitMs,
      fence: asFence(options.fence ?? FENCE),
      operation: asOperationKey(options.operation ?? this.#operations()),
    };
    const running = Promise.resolve().then(() => work(call));
    const ending = await endingOf(running, this.#process, traffic, time);
    cancel();
    if (ending.kind === 'returned') recorder.saw(verb, 'returned', ending.value);
    if (ending.kind === 'failed') recorder.saw(verb, 'failed', ending.error);
    const over = ending.kind === 'returned' || ending.kind === 'failed';
    // One that has aborted is never heard of again, whoever listens.
    if (over && !signal.aborted && getEventListeners(signal, 'abort').length > 0) {
      recorder.listeners.push({ check: recorder.check, verb });
    }
    return ending;
  }
}

function returned<Value>(ending: Ending<Value>, expected: string): Value {
  if (ending.kind === 'returned') return ending.value;
  throw new Finding(expected, show(describeEnding(ending)));
}
