import { type Clock, DriverFailure, type Lease, type LockService } from '@gdcloud/core';
import type { Election, Mandate } from './election.js';
import { leaseEpoch } from './epoch.js';
import { pause } from './pause.js';

/** What an election by leases works with. */
export interface LeaseElectionParts {
  readonly locks: LockService;
  readonly clock: Clock;
  /** The pair's name, the same on both machines. */
  readonly pair: string;
  /** How often the one that stands by asks for the lock; milliseconds. */
  readonly pollMs: number;
}

/** Between two looks while one hands over to the other; milliseconds. */
const HAND_OVER_POLL_MS = 5;
/** How long the other is waited for; milliseconds. */
const LONGEST_WAIT_MS = 3_000;

/**
 * Whoever holds the pair's lock is chosen. A hand-over is agreed on by two more: who hands over holds `…/hand-over`, and
 * the other answers with `…/successor` and asks often, so that the lock is nobody's for a moment only.
 */
export class LeaseElection implements Election {
  readonly #parts: LeaseElectionParts;
  readonly #locks: { readonly turn: string; readonly handOver: string; readonly successor: string };
  /** Until when the lock is left to the other, to which it was handed over. */
  #heldOffUntil = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(parts: LeaseElectionParts) {
    this.#parts = parts;
    const key = `appliance-pair/${parts.pair}`;
    this.#locks = { turn: key, handOver: `${key}/hand-over`, successor: `${key}/successor` };
    parts.locks.whenHolderGone?.(() => this.#wake?.());
  }

  async elected(signal: AbortSignal, soon: () => void): Promise<Mandate> {
    const { clock, pollMs } = this.#parts;
    let successor: Lease | undefined;
    try {
      const heldOff = this.#heldOffUntil - clock.monotonic();
      if (heldOff > 0) await pause(clock, heldOff, signal);
      for (;;) {
        signal.throwIfAborted();
        const lease = await this.#parts.locks.tryAcquire(this.#locks.turn);
        if (lease !== undefined) return this.#mandate(await shared(lease));
        const isAwaited = (await this.#parts.locks.holder(this.#locks.handOver)) !== undefined;
        if (!isAwaited) {
          await successor?.release();
          successor = undefined;
        } else if (successor === undefined || successor.signal.aborted) {
          soon();
          successor = await this.#parts.locks.tryAcquire(this.#locks.successor);
        }
        await this.#rest(successor === undefined ? pollMs : HAND_OVER_POLL_MS, signal);
      }
    } finally {
      // Nobody waits for it.
      void successor?.release();
    }
  }

  #mandate(lease: Lease): Mandate {
    let handOver: Lease | undefined;
    return {
      epoch: leaseEpoch(lease.fence),
      signal: lease.signal,
      remainingMs: () => lease.remainingMs(),
      successor: async (signal) => {
        handOver = await this.#successor(signal);
      },
      release: async () => {
        if (handOver !== undefined) {
          this.#heldOffUntil = this.#parts.clock.monotonic() + LONGEST_WAIT_MS;
        }
        await lease.release();
        await handOver?.release();
      },
    };
  }

  async #successor(signal: AbortSignal): Promise<Lease> {
    const { locks, clock } = this.#parts;
    const until = clock.monotonic() + LONGEST_WAIT_MS;
    let lease: Lease | undefined;
    try {
      while (clock.monotonic() < until) {
        signal.throwIfAborted();
        lease ??= await locks.tryAcquire(this.#locks.handOver);
        if (lease !== undefined && (await locks.holder(this.#locks.successor)) !== undefined) {
          return lease;
        }
        await pause(clock, HAND_OVER_POLL_MS, signal);
      }
    } catch (thrown) {
      await lease?.release();
      throw thrown;
    }
    await lease?.release();
    throw new DriverFailure('unavailable', 'NoSuccessor', 'the other of the pair does not answer', {
      remedy: 'See that the other appliance of the pair runs and reaches the lock service.',
    });
  }

  async #rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await pause(this.#parts.clock, milliseconds, AbortSignal.any([signal, woken.signal]));
    this.#wake = undefined;
  }
}

// Locks in memory are another's on the other machine: both would be chosen.
async function shared(lease: Lease): Promise<Lease> {
  if (lease.remainingMs() !== Number.POSITIVE_INFINITY) return lease;
  await lease.release();
  throw new DriverFailure('invalid', 'LocksNotShared', 'the lock service is this process’ own', {
    remedy: 'Give both appliances of the pair one lock service, as by zookeeper().',
  });
}
