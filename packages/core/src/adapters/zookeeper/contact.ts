import { setMaxListeners } from 'node:events';
import type { Cancel, Clock } from '../../ports/clock.js';

/**
 * How long a session is certain to live: two thirds of its time from the last moment at which something was asked that a
 * server has answered. Counted from the question, as the answer may have lain around for long: in a process that was
 * frozen, for instance (reference/kernel.md 1.6).
 */
export class Contact {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #certainMs: number;
  #askedAt: number;
  #certainty: Certainty;
  #cancel: Cancel | undefined;
  #over: Error | undefined;

  /** `askedAt`: when the session was asked for, monotonic. `timeoutMs`: the session time as granted. */
  constructor(clock: Clock, timeoutMs: number, askedAt: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#certainMs = (timeoutMs * 2) / 3;
    this.#askedAt = askedAt;
    this.#certainty = new Certainty(() => this.check());
    this.#watch();
  }

  /** Milliseconds since the last contact, at most. */
  get silentMs(): number {
    return this.#clock.monotonic() - this.#askedAt;
  }

  /** How long the session lives yet, at the least: milliseconds. Longer than it counts as certain. */
  get remainingMs(): number {
    return this.#over === undefined ? Math.max(0, this.#timeoutMs - this.silentMs) : 0;
  }

  /** Aborts when the session is not certain to live any more. Another one after it was lost and found again. */
  get signal(): AbortSignal {
    return this.#certainty.signal;
  }

  /** Whether the session is certain to live now. */
  get isCertain(): boolean {
    return !this.#certainty.signal.aborted;
  }

  /** A server has answered what was asked then. */
  answered(askedAt: number): void {
    // What could have run out while nobody looked has run out, whatever is learnt now.
    this.check();
    this.#askedAt = Math.max(this.#askedAt, askedAt);
    if (this.#over !== undefined || !this.#certainty.isLost) return;
    if (this.silentMs >= this.#certainMs) return;
    this.#certainty = new Certainty(() => this.check());
    this.#watch();
  }

  /** The session is over. */
  end(why: string): void {
    this.#over = new Error(why);
    this.#cancel?.();
    this.#certainty.lose(this.#over);
  }

  /** Loses certainty if its time is up. */
  check(): void {
    if (this.silentMs < this.#certainMs) return;
    this.#certainty.lose(
      new Error('the lock service has been silent for two thirds of the session'),
    );
  }

  #watch(): void {
    const left = this.#certainMs - this.silentMs;
    this.#cancel = this.#clock.schedule(Math.max(1, Math.ceil(left)), () => {
      this.check();
      if (!this.#certainty.isLost) this.#watch();
    });
  }
}

class Certainty {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  #lost: 'yes' | 'no' = 'no';

  constructor(check: () => void) {
    this.signal = this.#controller.signal;
    // Every holder listens to it, so Node's guess that more than ten are a leak is wrong here.
    setMaxListeners(0, this.signal);
    // A process that was frozen wakes up to answers first and to timers later. Whoever looks at the signal in between
    // must find it aborted, so looking measures.
    Object.defineProperty(this.signal, 'aborted', {
      get: () => {
        if (this.#lost === 'no') check();
        return this.#lost === 'yes';
      },
    });
  }

  get isLost(): boolean {
    return this.#lost === 'yes';
  }

  lose(why: Error): void {
    if (this.#lost === 'yes') return;
    this.#lost = 'yes';
    this.#controller.abort(why);
  }
}
