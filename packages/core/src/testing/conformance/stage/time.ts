import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cancel, Clock } from '../../../ports/clock.js';

/** What goes on at the doors, as far as the passing of time must know. */
export interface Activity {
  /** Counts calls and replies. */
  readonly count: number;
  /** Calls that will still be answered. */
  readonly inFlight: number;
}

/** How time passes on a stage. */
export interface Time {
  readonly clock: Clock;
  /** Lets happen what can happen next; false when nothing ever will. */
  pass(activity: Activity): Promise<boolean>;
  /** Returns when `ms` have passed. */
  wait(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  readonly whose: 'backend' | 'process';
}

/** Turns of the event loop without a sign of life after which everybody waits for time to pass. */
const QUIET_TURNS = 20;
/** Turns after which a call that is under way is waited for with sleep. */
const PATIENT_TURNS = 500;
/** Real milliseconds after which a call that is under way is taken to wait for the backend's clock. */
const SLOW_IO = 250;
/** Real milliseconds without a sign of life after which nothing more is expected. */
const NOTHING_MORE = 100;
const DEAD_IO = 60_000;

/**
 * Time that passes only when everybody waits for it. While a call is under way it passes only for the backend: real I/O
 * takes real time, and may take long on a busy machine, but none of the driver's patience.
 */
export class VirtualTime implements Time {
  readonly clock: Clock = this.#view('process');
  /** The same time, for what the backend does slowly. */
  readonly backendClock: Clock = this.#view('backend');
  /** Whether what is under way may take real time. */
  effects: 'real' | 'virtual' = 'real';
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #order = 0;
  #turn: Promise<void> | undefined;
  #quietTurns = 0;
  #quietSince = 0;
  #count = -1;

  async pass(activity: Activity): Promise<boolean> {
    await this.#nextTurn();
    if (activity.count !== this.#count) {
      this.#count = activity.count;
      this.#alive();
      return true;
    }
    if (this.#quietTurns < QUIET_TURNS) return true;
    const silence = performance.now() - this.#quietSince;
    if (activity.inFlight === 0) {
      return this.#fireNext(Number.POSITIVE_INFINITY) || silence < NOTHING_MORE;
    }
    // Who waits long for the machine leaves it the processor meanwhile.
    if (this.#quietTurns > PATIENT_TURNS) await sleep(1);
    if (this.effects === 'real' && silence < SLOW_IO) return true;
    const due = [...this.#timers].filter(({ whose }) => whose === 'backend').map(({ at }) => at);
    return (due.length > 0 && this.#fireNext(Math.min(...due))) || silence < DEAD_IO;
  }

  async wait(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    do {
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await this.#nextTurn();
    } while (this.#fireNext(end));
    this.#elapsed = Math.max(this.#elapsed, end);
  }

  #view(whose: Timer['whose']): Clock {
    return {
      now: () => 1_800_000_000_000 + this.#elapsed,
      monotonic: () => this.#elapsed,
      schedule: (ms, fire) => {
        this.#order += 1;
        const at = this.#elapsed + Math.max(0, ms);
        const timer: Timer = { at, order: this.#order, fire, whose };
        this.#timers.add(timer);
        return () => {
          this.#timers.delete(timer);
        };
      },
    };
  }

  #fireNext(end: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (
        next === undefined ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#elapsed = Math.max(this.#elapsed, next.at);
    this.#alive();
    next.fire();
    return true;
  }

  #alive(): void {
    this.#quietTurns = 0;
    this.#quietSince = performance.now();
  }

  // Shared by all who wait, so that sixteen of them do not count sixteen turns.
  #nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#quietTurns += 1;
        resolve();
      });
    });
    return this.#turn;
  }
}

/** Time as it is. */
export class RealTime implements Time {
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async pass(): Promise<boolean> {
    await sleep(2);
    return true;
  }

  async wait(ms: number): Promise<void> {
    await sleep(ms);
  }
}

/** A process's own view of the clock: it can be wrong, and what it has scheduled dies with the process. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #scheduled = new Set<Cancel>();
  #skew = 0;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many calls are scheduled. */
  get scheduled(): number {
    return this.#scheduled.size;
  }

  now(): number {
    return this.#clock.now() + this.#skew;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  schedule(ms: number, fire: () => void): Cancel {
    const stop = this.#clock.schedule(ms, () => {
      this.#scheduled.delete(cancel);
      if (!this.#ended) fire();
    });
    const cancel = (): void => {
      this.#scheduled.delete(cancel);
      stop();
    };
    this.#scheduled.add(cancel);
    return cancel;
  }

  /** Sets the time of day on or back, as an operator or NTP does. */
  jump(ms: number): void {
    this.#skew += ms;
  }

  /** What was scheduled will not happen. */
  end(): void {
    this.#ended = true;
    for (const cancel of this.#scheduled) cancel();
  }
}
