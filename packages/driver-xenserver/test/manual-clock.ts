import type { Cancel, Clock } from '@gdcloud/core';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that stands still until it is moved on. */
export class ManualClock implements Clock {
  #now = 1_000_000_000_000;
  #timers: readonly Timer[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  schedule(ms: number, fire: () => void): Cancel {
    const timer: Timer = { at: this.#now + ms, fire };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time to the next scheduled call and fires it. Throws when there is none. */
  step(): void {
    const [first, ...others] = this.#timers;
    if (first === undefined)
      throw new Error('nothing more happens: what is waited for never comes');
    const next = others.reduce((best, timer) => (timer.at < best.at ? timer : best), first);
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.fire();
  }

  /** Resolves when that much time has gone by. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(ms, resolve);
    });
  }

  /** Moves time on, as far as `work` needs it and no further. */
  async until<Result>(work: Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    work.then(end, end);
    for (;;) {
      // All that can go on without time goes on first.
      await new Promise((resolve) => setImmediate(resolve));
      if (ended.signal.aborted) return work;
      this.step();
    }
  }
}
