import { asUuid } from '../../../model/identity.js';
import type { Driver, ObjectKey } from '../../../ports/driver.js';
import type { Random } from '../../../ports/random.js';
import type { PointCoverage } from '../faults/coverage.js';
import type { Outcome } from '../faults/flows.js';
import { Finding, show } from '../finding.js';
import type { Backend, Specs, Subject } from '../subject.js';
import { Actor, LAST_FENCE } from './actor.js';
import { KitProcess, Traffic } from './doors.js';
import type { Recorder } from './recorder.js';
import { type Time, VirtualTime } from './time.js';

/** What all stages of a run share. */
export interface Theatre {
  readonly subject: Subject<unknown, unknown>;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly coverage: PointCoverage;
  /** What faults have left so far, by flow, case, fault and I/O point. */
  readonly outcomes: Map<string, Outcome>;
  /** How many objects the checks of long listings make. */
  readonly manyObjects: number;
}

/** A backend with processes on it, for one check. */
export class Stage {
  readonly backend: Backend<unknown, unknown>;
  readonly time: Time;
  readonly traffic = new Traffic();
  readonly theatre: Theatre;
  /** What was there before. */
  readonly #before: ReadonlySet<string>;
  readonly #actors: Actor[] = [];
  readonly #keys: ObjectKey[] = [];
  readonly #others = new Set<Stage>();
  /** Tells the stage that this one was raised for, if any, that it is closed. */
  #forget: () => void = () => undefined;
  #operations = 0;
  #state: 'open' | 'closed' = 'open';

  private constructor(
    theatre: Theatre,
    backend: Backend<unknown, unknown>,
    time: Time,
    before: readonly string[],
  ) {
    this.theatre = theatre;
    this.backend = backend;
    this.time = time;
    this.#before = new Set(before);
    for (const secret of backend.secrets ?? []) theatre.recorder.secrets.add(secret);
  }

  /** A stage with a new backend and virtual time. */
  static async raise(theatre: Theatre): Promise<Stage> {
    const time = new VirtualTime();
    const backend = await theatre.subject.backend({
      clock: time.backendClock,
      random: theatre.random,
    });
    time.effects = backend.effects ?? 'real';
    return Stage.over(theatre, backend, time);
  }

  /** A stage on a backend that is there. */
  static async over(
    theatre: Theatre,
    backend: Backend<unknown, unknown>,
    time: Time,
  ): Promise<Stage> {
    return new Stage(theatre, backend, time, await backend.objects());
  }

  get recorder(): Recorder {
    return this.theatre.recorder;
  }

  get specs(): Specs<unknown> {
    return this.theatre.subject.specs;
  }

  /** The desired state that most checks use. */
  get spec(): unknown {
    return this.specs.valid[0];
  }

  /** A new process with a driver of its own, which may call before it is called: `plan` is for these calls too. */
  open(plan?: KitProcess['plan']): Actor {
    const process = new KitProcess(
      this.backend,
      this.traffic,
      this.time.clock,
      this.theatre.random,
    );
    if (plan !== undefined) process.plan = plan;
    const driver: Driver<unknown, unknown> = this.backend.open(process);
    const actor = new Actor(driver, process, this, () => {
      this.#operations += 1;
      return `conformance:${this.#operations}`;
    });
    this.#actors.push(actor);
    return actor;
  }

  /** The key of a new resource. */
  key(): ObjectKey {
    const hex = Buffer.from(this.theatre.random.bytes(16)).toString('hex');
    const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
    const uuid = asUuid(
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`,
    );
    const key = Object.freeze({ uuid, epoch: 1 });
    this.#keys.push(key);
    return key;
  }

  /** A desired state as the object of `key` is to have it; see {@link Specs.apart}. */
  suited(key: ObjectKey, desired: unknown): unknown {
    if (desired === undefined || this.specs.apart === undefined) return desired;
    const nth = this.#keys.findIndex(({ uuid }) => uuid === key.uuid);
    return this.specs.apart(desired, Math.max(0, nth));
  }

  /** What the backend holds beyond what was there before. */
  async objects(): Promise<readonly string[]> {
    const objects = await this.backend.objects();
    return objects.filter((external) => !this.#before.has(external)).sort();
  }

  /** Demands how many objects the backend holds. */
  async holds(count: number, expected: string): Promise<void> {
    const objects = await this.objects();
    if (objects.length !== count) throw new Finding(expected, show(objects));
  }

  /** Returns once a change from outside is noticed; see {@link Backend.noticedAfterMs}. */
  async noticed(): Promise<void> {
    const { noticedAfterMs } = this.backend;
    if (noticedAfterMs !== undefined) await this.time.wait(noticedAfterMs);
  }

  /** Another stage, with a new backend, for checks that try many cases. Closed with this one. */
  async another(): Promise<Stage> {
    const stage = await Stage.raise(this.theatre);
    stage.#forget = () => this.#others.delete(stage);
    this.#others.add(stage);
    return stage;
  }

  /** Removes what the check has made, on backends that go on to exist. */
  async tidy(): Promise<void> {
    const actor = this.open();
    for (const key of this.#keys) {
      for (const epoch of [1, 2]) await actor.dissolve({ ...key, epoch }, { fence: LAST_FENCE });
    }
  }

  /** Notes what is left over, and ends all processes; the backend goes on. */
  async leave(): Promise<void> {
    const running = this.#actors.filter(({ process }) => process.state === 'running');
    const rested = running.filter(({ process }) => process.rest());
    if (rested.length > 0) await this.time.wait(0);
    const scheduled = running.reduce((sum, { process }) => sum + process.clock.scheduled, 0);
    const { check } = this.recorder;
    if (scheduled > 0) this.recorder.timers.push({ check, scheduled });
    for (const { process } of this.#actors.splice(0)) process.crash();
  }

  /** As {@link leave}, and gives the backend back, with all stages that were raised for this one. */
  async close(): Promise<void> {
    for (const stage of this.#others) await stage.close();
    this.#forget();
    await this.leave();
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.backend.close?.();
  }
}
