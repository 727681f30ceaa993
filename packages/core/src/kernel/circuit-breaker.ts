import type { DriverFailure } from '../model/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { BREAKER_PROBE_INTERVAL, BREAKER_SPREAD, BREAKER_THRESHOLD, jittered } from './back-off.js';

/** How the kernel stands with one backend; moments are milliseconds since the epoch. */
export type BreakerState = {
  /** The driver's `backend`, or its name. */
  readonly backend: string;
  /** `open`: nothing is sent there. `probing`: one pass is trying whether it is back. */
  readonly state: 'closed' | 'open' | 'probing';
  /** When it failed for the first time since it last answered. */
  readonly since: number;
  /** When the next pass may try; null while closed. */
  readonly nextProbeAt: number | null;
  /** What it last failed with. */
  readonly failure: string;
};

/** Whether a backend may be called now. */
export type Admission =
  | { readonly kind: 'call' }
  /** Leave it alone, and come back after `afterMs`. */
  | {
      readonly kind: 'wait';
      readonly afterMs: number;
      readonly message: string;
      readonly code: string;
    };

interface Breaker {
  state: BreakerState['state'];
  failures: number;
  since: number;
  /** By the monotonic clock, so that a clock that is set does not matter. */
  probeAt: number;
  failure: string;
  /** The code of that failure. */
  code: string;
}

/**
 * Keeps passes from calling backends that are away (reference/kernel.md 1.9): after a few failures in a row only one
 * pass at a time, seldom, tries whether a backend is back. In memory only: a new process finds out again within a few
 * calls. Nothing here can be lost for good: a probe whose pass dies is given to another one after an interval.
 */
export class CircuitBreakers {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Only backends that failed since they last answered. */
  readonly #breakers = new Map<string, Breaker>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  /** Asks for leave to call a backend. `call` from an open breaker is its probe: tell how it ended. */
  admit(backend: string): Admission {
    const breaker = this.#breakers.get(backend);
    if (breaker === undefined || breaker.state === 'closed') return { kind: 'call' };
    const now = this.#clock.monotonic();
    if (now >= breaker.probeAt) {
      breaker.state = 'probing';
      breaker.probeAt = this.#nextProbe(now);
      return { kind: 'call' };
    }
    // While somebody probes the answer is near; else all come back after the next probe, and not at one moment.
    const pause =
      breaker.state === 'probing'
        ? jittered(BREAKER_SPREAD / 2, this.#random.fraction())
        : breaker.probeAt - now + BREAKER_SPREAD * this.#random.fraction();
    const message = this.#message(backend, breaker);
    return { kind: 'wait', afterMs: Math.ceil(pause), message, code: breaker.code };
  }

  /** The backend answered, if only to refuse. */
  answered(backend: string): void {
    this.#breakers.delete(backend);
  }

  /** A call to it ended with `failure`. */
  failed(backend: string, failure: DriverFailure): void {
    switch (failure.outcome) {
      case 'rejected':
      case 'invalid':
        this.answered(backend);
        return;
      case 'unavailable':
        this.#count(backend, failure);
        return;
      case 'ambiguous': {
        // Says neither that it is there nor that it is not; a probe that ends so has not found it back.
        const breaker = this.#breakers.get(backend);
        if (breaker?.state === 'probing') breaker.state = 'open';
      }
    }
  }

  /** Every backend that failed since it last answered, by name. */
  snapshot(): readonly BreakerState[] {
    const offset = this.#clock.now() - this.#clock.monotonic();
    return [...this.#breakers]
      .map(([backend, { state, since, probeAt, failure }]) => ({
        backend,
        state,
        since,
        nextProbeAt: state === 'closed' ? null : Math.round(probeAt + offset),
        failure,
      }))
      .sort((left, right) => (left.backend < right.backend ? -1 : 1));
  }

  #count(backend: string, failure: DriverFailure): void {
    const breaker = this.#breakers.get(backend) ?? {
      state: 'closed',
      failures: 0,
      since: this.#clock.now(),
      probeAt: 0,
      failure: '',
      code: '',
    };
    this.#breakers.set(backend, breaker);
    breaker.failures += 1;
    breaker.failure = failure.message;
    breaker.code = failure.code;
    if (breaker.state === 'closed' && breaker.failures < BREAKER_THRESHOLD) return;
    // A call that began before it opened says nothing about the next probe.
    if (breaker.state === 'open') return;
    breaker.state = 'open';
    breaker.probeAt = this.#nextProbe(this.#clock.monotonic());
  }

  #nextProbe(now: number): number {
    return now + jittered(BREAKER_PROBE_INTERVAL, this.#random.fraction());
  }

  // When the next try is changes from one to the next and is told by the snapshot: what is learnt of it is the same.
  #message(backend: string, { since, failure }: Breaker): string {
    return `${backend} is away since ${moment(since)}: ${failure}`;
  }
}

function moment(ms: number): string {
  return new Date(Math.round(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
