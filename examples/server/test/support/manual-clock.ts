import type { Cancel, Clock } from '@gdcloud/core';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that stands still until it is moved on, to one scheduled call after the other. */
export class ManualClock implements Clock {
  #now = 1_800_000_000_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  schedule(ms: number, fire: () => void): Cancel {
    this.#order += 1;
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order, fire };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time to the next scheduled call and fires it; of two at one moment the one that was scheduled first. */
  advance(): void {
    const [next] = [...this.#timers].sort(
      (left, right) => left.at - right.at || left.order - right.order,
    );
    if (next === undefined) throw new Error('nothing more happens: what is waited for never comes');
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.fire();
  }
}
