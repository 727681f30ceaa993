import type { Fence } from '../model/identity.js';

/** Keeps work on one key single. Liveness only: safety is the fence that the store checks (reference/kernel.md 1.6). */
export interface LockService {
  /**
   * Takes the lock of `key` if nobody holds it. Returns undefined at once when somebody does: no waiting, hence no
   * deadlock. Throws PortUnavailable when the service can't tell.
   */
  tryAcquire(key: string): Promise<Lease | undefined>;
}

/** A lock that is held until released or lost. */
export interface Lease {
  /** Greater than the token of every earlier holder of the same key, across restarts. */
  readonly fence: Fence;
  /** Aborts as soon as it is not certain any more that the lock is held. */
  readonly signal: AbortSignal;
  /** Gives the lock back. Idempotent; never fails. */
  release(): Promise<void>;
}
