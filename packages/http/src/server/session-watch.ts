import { Bucket } from '../limits/bucket.js';
import type { ServerLimits } from './server-limits.js';

/** What a client does to a server over an HTTP/2 session. */
export type SessionOffence = 'slow head' | 'resets' | 'control frames';

/** Why an HTTP/2 session is ended. `spent`: it had as many requests as one may; those under way are answered. */
export type SessionEnd = SessionOffence | 'idle' | 'spent';

/** Judges one HTTP/2 session by what it sends. Knows no sockets. Times are milliseconds that only grow. */
export class SessionWatch {
  readonly #limits: ServerLimits;
  readonly #resets = new Bucket();
  readonly #frames = new Bucket();
  #streams = 0;
  #open = 0;
  #quietSince: number;

  constructor(limits: ServerLimits, now: number) {
    this.#limits = limits;
    this.#quietSince = now;
  }

  /** A request has begun. */
  opened(): SessionEnd | undefined {
    this.#streams += 1;
    this.#open += 1;
    return this.#streams >= this.#limits.requestsPerConnection ? 'spent' : undefined;
  }

  /** A request is over, answered or not. */
  closed(now: number): void {
    this.#open -= 1;
    this.#quietSince = now;
  }

  /** A request was given up before it was answered, which may be done at once and costs the client nothing. */
  reset(now: number): SessionEnd | undefined {
    return this.#resets.take(this.#limits.resets, now) > 0 ? 'resets' : undefined;
  }

  /** A frame came that has to be answered or heeded and asks for nothing. */
  controlFrame(now: number): SessionEnd | undefined {
    return this.#frames.take(this.#limits.controlFrames, now) > 0 ? 'control frames' : undefined;
  }

  /** Looks whether there is anything on it. A head that drips is no request before it is whole. */
  look(now: number): SessionEnd | undefined {
    if (this.#open > 0) return undefined;
    const { headMs, idleSessionMs } = this.#limits;
    const quietMs = now - this.#quietSince;
    if (this.#streams === 0) return quietMs >= headMs ? 'slow head' : undefined;
    return quietMs >= idleSessionMs ? 'idle' : undefined;
  }
}
