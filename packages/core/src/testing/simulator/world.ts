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
  /** Does it; a call that takes effect returns a promise of the moment when the world may go on. */
  readonly act: () => void | Promise<void>;
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
      const happen = (): void | Promise<void> => {
        if (process.isDead) return undefined;
        if (process.isPaused) return process.deliver(() => this.#plan(this.#now, happen));
        const fault = this.#decide(process, label, site, possible);
        if (fault !== undefined) this.#coverage?.struck(site, fault, stack);
        return this.#happen(process, options, fault, effect, resolve, reject, happen);
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
      const ended = next.act();
      if (ended !== undefined) await ended;
      await settled();
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

  async #happen<Result>(
    process: Process,
    options: PointOptions,
    fault: Fault | undefined,
    effect: (variant: Variant) => Result | Promise<Result>,
    resolve: (result: Result) => void,
    reject: (error: Error) => void,
    again: () => void | Promise<void>,
  ): Promise<void> {
    const fail = (kind: 'error' | 'lost-reply'): void =>
      process.deliver(() => reject(options.failure(kind)));
    const run = async (variant: Variant, then: (answer: () => void) => void): Promise<void> => {
      const answered = outcomeOf(effect, variant).then((outcome) =>
        then(() => {
          if (outcome.kind === 'returned') resolve(outcome.result);
          else reject(outcome.error);
        }),
      );
      if (options.effects !== 'virtual') await answered;
    };
    const answer = (deliver: () => void): void => process.deliver(deliver);
    switch (fault) {
      case undefined:
        return run('whole', answer);
      case 'stale':
        return run('stale', answer);
      case 'crash-before':
        return process.kill();
      case 'crash-after':
        return run('whole', () => process.kill());
      case 'lost-reply':
        return run('whole', () => fail('lost-reply'));
      case 'partial':
        return run('partial', () => fail('lost-reply'));
      case 'error':
        return fail('error');
      case 'hang':
        if (options.patienceMs !== undefined)
          this.schedule(this.#now + options.patienceMs, () => fail('lost-reply'));
        return undefined;
      case 'delay':
        this.#plan(this.#now + this.between(DELAYED), again);
        return undefined;
      case 'duplicate':
        this.#plan(this.#now + this.random.below(5_000), () => run('whole', () => undefined));
        return run('whole', answer);
      case 'expiry':
        this.onSessionLoss(process, 'running');
        return run('whole', answer);
      case 'zombie':
        process.pause(this.between(STANDSTILL));
        this.onSessionLoss(process, 'paused');
        // The call was sent: it takes effect, now or after others have taken over.
        if (this.random.fraction() < 0.5) return run('whole', answer);
        this.#plan(this.#now, again);
        return undefined;
    }
  }

  /** A whole number of milliseconds from a range, both ends included. */
  between([from, to]: readonly [from: number, to: number]): number {
    return from + this.random.below(to - from + 1);
  }
}

type Answer<Result> =
  | { readonly kind: 'returned'; readonly result: Result }
  | { readonly kind: 'threw'; readonly error: Error };

async function outcomeOf<Result>(
  effect: (variant: Variant) => Result | Promise<Result>,
  variant: Variant,
): Promise<Answer<Result>> {
  try {
    return { kind: 'returned', result: await effect(variant) };
  } catch (thrown) {
    return { kind: 'threw', error: ensureError(thrown) };
  }
}

// All promise reactions run before the next macrotask: after it nothing of our code is under way.
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
