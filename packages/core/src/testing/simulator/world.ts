import { nextTick } from 'node:process';
import { ensureError } from '../../model/errors.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import { Agenda, type Entry } from './agenda.js';
import { callers, type Frame } from './call-site.js';
import { type Fault, type FaultPlan, noFaults, type Visit } from './fault.js';
import { Process } from './process.js';
import { SeededRandom } from './seeded-random.js';
import { Trace } from './trace.js';

/** How a world is made. */
export interface WorldOptions {
  readonly seed: number;
  readonly faults?: FaultPlan | undefined;
  /** Virtual time at the start; milliseconds since the epoch. Default: the beginning of 2026. */
  readonly start?: number | undefined;
  /** How long a call takes, in milliseconds, drawn for each. Default 1 to 4. */
  readonly latency?: ((random: SeededRandom) => number) | undefined;
  /** What to keep of a run. Default `hash`. */
  readonly trace?: 'entries' | 'hash' | undefined;
  /** Told of every call with the chain of calls that led to it; slow, for measuring coverage. */
  readonly coverage?: PointObserver | undefined;
}

/** Hears of every I/O point, for coverage. */
export interface PointObserver {
  /** A call is on its way out; returns the name of its site. */
  visited(label: string, stack: readonly Frame[], possible: ReadonlySet<Fault>): string;
  /** A fault struck the call from `site` that had this chain of calls behind it. */
  struck(site: string, fault: Fault, stack: readonly Frame[]): void;
}

/** What is known of a call besides its effect. */
export interface PointOptions {
  /** `store.record`: which port, which method. */
  readonly label: string;
  /** The faults that make sense for it. */
  readonly possible: ReadonlySet<Fault>;
  /** What the caller is told when the other side refuses, and when the reply is lost. */
  failure(fault: 'error' | 'lost-reply'): Error;
  /** How long until a call that hangs fails as lost; milliseconds. Absent: never, the caller has its own patience. */
  readonly patienceMs?: number | undefined;
  /** `prompt`: the effect is over before anything else happens. `virtual`: it waits for virtual time itself. Default `prompt`. */
  readonly effects?: 'prompt' | 'virtual' | undefined;
}

/** Which effect a call is to have. */
export type Variant = 'whole' | 'stale' | 'partial';

/** What became of {@link World.until}. `idle`: nothing will ever happen again. `late`: the limit was reached. */
export type Ending = 'done' | 'idle' | 'late';

interface Planned extends Entry {
  readonly act: () => void;
}

const START = Date.UTC(2026, 0, 1);
const DELAYED: readonly [from: number, to: number] = [2_000, 12_000];
/** How long a process stands still that is to become a zombie: longer than any lock session. */
const STANDSTILL: readonly [from: number, to: number] = [15_000, 45_000];

/**
 * A deterministic world: processes in it run our unmodified code, and every call that leaves one is an I/O point whose
 * moment, order and fate the seed decides. Virtual time moves only when nothing else can happen, so a run of minutes
 * takes milliseconds, and the same seed gives the same run (reference/kernel.md 2.1).
 */
export class World {
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** The time outside of all processes: backends live by it. */
  readonly clock: Clock;
  /** May be replaced while the world runs: when the time of faults is over. */
  faults: FaultPlan;
  /** Called after every step, when all that could react to it has. */
  afterStep: () => void = () => undefined;
  /** Called when a process loses its lock session: `paused` when it can't notice before it wakes. */
  onSessionLoss: (process: Process, kind: 'paused' | 'running') => void = () => undefined;
  readonly #agenda = new Agenda<Planned>();
  readonly #visits = new Map<string, number>();
  readonly #latency: (random: SeededRandom) => number;
  readonly #coverage: PointObserver | undefined;
  #now: number;
  #lastFaultAt = 0;
  #steps = 0;
  /** Prompt effects that have begun and not ended. */
  #underWay = 0;
  #processes = 0;

  constructor(options: WorldOptions) {
    this.random = new SeededRandom(options.seed);
    this.faults = options.faults ?? noFaults;
    this.trace = new Trace(options.trace ?? 'hash');
    this.#now = options.start ?? START;
    this.#latency = options.latency ?? ((random) => 1 + random.below(4));
    this.#coverage = options.coverage;
    this.clock = {
      now: () => this.#now,
      monotonic: () => this.#now,
      schedule: (ms, fire) => this.schedule(this.#now + Math.max(0, Math.ceil(ms)), fire),
    };
  }

  /** Milliseconds of virtual time since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** When a call last met a fault; 0 for never. */
  get lastFaultAt(): number {
    return this.#lastFaultAt;
  }

  /** How many things have happened so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Begins a process. Each has chance of its own, so that one more call in one does not change another. */
  spawn(name: string): Process {
    this.#processes += 1;
    return new Process(
      name,
      this.#processes,
      this,
      new SeededRandom(this.random.below(2 ** 31) + this.#processes),
    );
  }

  /** Has `fire` called at a moment of virtual time. */
  schedule(at: number, fire: () => void): Cancel {
    let wanted: 'yes' | 'no' = 'yes';
    this.#plan(at, () => {
      if (wanted === 'yes') fire();
    });
    return () => {
      wanted = 'no';
    };
  }

  /** A call that leaves `process`: takes effect later, if it does, and answers later still, if it does. */
  point<Result>(
    process: Process,
    options: PointOptions,
    effect: (variant: Variant) => Result | Promise<Result>,
  ): Promise<Result> {
    const { label, possible } = options;
    const stack = this.#coverage === undefined ? [] : callers();
    const site = this.#coverage?.visited(label, stack, possible) ?? label;
    return new Promise((resolve, reject) => {
      const call = { process, options, effect, resolve, reject };
      const happen = (): void => {
        if (process.isDead) return;
        if (process.isPaused) {
          process.deliver(() => this.#plan(this.#now, happen));
          return;
        }
        const fault = this.#decide(process, label, site, possible);
        if (fault !== undefined) this.#coverage?.struck(site, fault, stack);
        this.#happen(call, fault, happen);
      };
      this.#plan(this.#now + this.#latency(this.random), happen);
    });
  }

  /** Lets everything happen until `done` says so, nothing is left to happen, or virtual time reaches `limit`. */
  async until(done: () => boolean, limit: number): Promise<Ending> {
    await settled();
    for (;;) {
      if (done()) return 'done';
      const next = this.#agenda.first;
      if (next === undefined) return 'idle';
      if (next.at > limit) {
        this.#now = Math.max(this.#now, limit);
        return 'late';
      }
      this.#agenda.take();
      this.#now = Math.max(this.#now, next.at);
      this.#steps += 1;
      next.act();
      await settled();
      while (this.#underWay > 0) await turned();
      this.afterStep();
    }
  }

  #plan(at: number, act: Planned['act']): void {
    this.#agenda.add({ at, tie: this.random.fraction(), act });
  }

  #decide(
    process: Process,
    label: string,
    site: string,
    possible: ReadonlySet<Fault>,
  ): Fault | undefined {
    const nth = (this.#visits.get(site) ?? 0) + 1;
    this.#visits.set(site, nth);
    const visit: Visit = {
      label,
      site,
      nth,
      process: process.number,
      possible,
      at: this.#now,
    };
    const fault = this.faults.decide(visit);
    if (fault !== undefined) this.#lastFaultAt = this.#now;
    this.trace.add({ step: this.#steps, at: this.#now, process: process.name, site, fault });
    return fault;
  }

  #happen<Result>(call: Call<Result>, fault: Fault | undefined, again: () => void): void {
    const { process, options } = call;
    const answer = (deliver: () => void): void => process.deliver(deliver);
    const fail = (kind: 'error' | 'lost-reply'): void =>
      answer(() => call.reject(options.failure(kind)));
    switch (fault) {
      case undefined:
        this.#carryOut(call, 'whole', answer);
        return;
      case 'stale':
        this.#carryOut(call, 'stale', answer);
        return;
      case 'crash-before':
        process.kill();
        return;
      case 'crash-after':
        this.#carryOut(call, 'whole', () => process.kill());
        return;
      case 'lost-reply':
        this.#carryOut(call, 'whole', () => fail('lost-reply'));
        return;
      case 'partial':
        this.#carryOut(call, 'partial', () => fail('lost-reply'));
        return;
      case 'error':
        fail('error');
        return;
      case 'hang':
        if (options.patienceMs !== undefined)
          this.schedule(this.#now + options.patienceMs, () => fail('lost-reply'));
        return;
      case 'delay':
        this.#plan(this.#now + this.between(DELAYED), again);
        return;
      case 'duplicate':
        this.#plan(this.#now + this.random.below(5_000), () =>
          this.#carryOut(call, 'whole', () => undefined),
        );
        this.#carryOut(call, 'whole', answer);
        return;
      case 'expiry':
        this.onSessionLoss(process, 'running');
        this.#carryOut(call, 'whole', answer);
        return;
      case 'zombie':
        process.pause(this.between(STANDSTILL));
        this.onSessionLoss(process, 'paused');
        // The call was sent: it takes effect, now or after others have taken over.
        if (this.random.fraction() < 0.5) this.#carryOut(call, 'whole', answer);
        else this.#plan(this.#now, again);
    }
  }

  // Begins an effect; `then` decides whether the caller hears how it ended. A prompt one is over before the next step.
  #carryOut<Result>(
    { options, effect, resolve, reject }: Call<Result>,
    variant: Variant,
    then: (answer: () => void) => void,
  ): void {
    const counts = options.effects === 'virtual' ? 0 : 1;
    this.#underWay += counts;
    const ended = (answer: () => void): void => {
      this.#underWay -= counts;
      then(answer);
    };
    const threw = (thrown: unknown): void => ended(() => reject(ensureError(thrown)));
    try {
      const result = effect(variant);
      if (result instanceof Promise) result.then((value) => ended(() => resolve(value)), threw);
      else ended(() => resolve(result));
    } catch (thrown) {
      threw(thrown);
    }
  }

  /** A whole number of milliseconds from a range, both ends included. */
  between([from, to]: readonly [from: number, to: number]): number {
    return from + this.random.below(to - from + 1);
  }
}

/** A call on its way: what it does, and who waits for it. */
interface Call<Result> {
  readonly process: Process;
  readonly options: PointOptions;
  readonly effect: (variant: Variant) => Result | Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

// Node runs what is put off to the next tick when no promise reaction is left to run: after it nothing of our code is
// under way. A turn of the event loop would do as well and costs ten times as much.
function settled(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}

// For effects that do real I/O, which needs the event loop.
function turned(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
