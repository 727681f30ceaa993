import type { Cancel, Clock } from '../ports/clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that stands still until it is moved. What is scheduled fires only then, in the order of its moments. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** `now`: milliseconds since the epoch. */
  constructor(now = 1_000_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  schedule(ms: number, fire: () => void): Cancel {
    this.#order += 1;
    const timer: Timer = { at: this.#now + ms, order: this.#order, fire };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many calls are scheduled. */
  get scheduled(): number {
    return this.#timers.size;
  }

  /** Moves time on and fires what becomes due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#fire(next);
    }
    this.#now = end;
  }

  /** Moves time to the next scheduled call and fires it; false when there is none before `end`. */
  advanceToNext(end: number): boolean {
    const next = this.#next();
    if (next === undefined || next.at > end) return false;
    this.#fire(next);
    return true;
  }

  /** Moves time to the next scheduled call and fires it. Throws when there is none. */
  step(): void {
    if (!this.advanceToNext(Number.POSITIVE_INFINITY))
      throw new Error('nothing more happens: what is waited for never comes');
  }

  /** Resolves when that much time has gone by. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(ms, resolve);
    });
  }

  /** Moves time on, as far as `work` needs it and no further; what can go on without time goes on first. */
  async until<Result>(work: Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    work.then(end, end);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (ended.signal.aborted) return work;
      this.step();
    }
  }

  /** Sets time without firing anything: what a clock that is put back does. */
  jump(now: number): void {
    this.#now = now;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fire();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        next === undefined ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }
}
