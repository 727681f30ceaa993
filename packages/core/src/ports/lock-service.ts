import type { Fence } from '../model/identity.js';

/** Keeps work on one key single. Liveness only: safety is the fence that the store checks (reference/kernel.md 1.6). */
export interface LockService {
  /**
   * Takes the lock of `key` if nobody holds it. Returns undefined at once when somebody does: no waiting, hence no
   * deadlock. Throws PortUnavailable when the service can't tell.
   */
  tryAcquire(key: string): Promise<Lease | undefined>;

  /**
   * Who holds the lock of `key` right now, as far as that is known; undefined when nobody does. For people only: the
   * answer may be old when it arrives. Throws PortUnavailable when the service can't tell.
   */
  holder(key: string): Promise<LockHolder | undefined>;

  /**
   * Calls `tell` each time when locks that another process held may have become free otherwise than by its release: it has
   * vanished. Best effort, and sometimes for nothing. Returns what ends it. Absent where that can not be known.
   */
  whenHolderGone?(tell: () => void): () => void;
}

/** Who holds a lock. */
export interface LockHolder {
  /** A process, in words: `this process`, a host and a process id. */
  readonly owner: string;
  /** Since when, where that is known; milliseconds since the epoch. */
  readonly since?: number | undefined;
}

/** A lock that is held until released or lost. */
export interface Lease {
  /** Greater than the token of every earlier holder of the same key, across restarts. */
  readonly fence: Fence;
  /** Aborts as soon as it is not certain any more that the lock is held. */
  readonly signal: AbortSignal;
  /**
   * How long from now nobody else gets the lock, whatever happens to this process meanwhile; milliseconds, `Infinity` where
   * only this process could, and 0 where nothing is certain. Counted by a clock that goes on while a process is paused.
   */
  remainingMs(): number;
  /** Gives the lock back. Idempotent; never fails. */
  release(): Promise<void>;
}
