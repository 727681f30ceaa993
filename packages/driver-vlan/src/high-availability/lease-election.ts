import { type Clock, DriverFailure, type Lease, type LockService } from '@gdcloud/core';
import { pause } from '../time/pause.js';
import type { Election, Mandate } from './election.js';
import { leaseEpoch } from './epoch.js';
import type { TakeoverPermission } from './takeover-permission.js';

/** What an election by leases works with. */
export interface LeaseElectionParts {
  readonly locks: LockService;
  /** Without it nobody is chosen, and who is gives way to the other that has it. */
  readonly permission: Pick<TakeoverPermission, 'remainingMs'>;
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
 * Whoever holds the pair's lock is chosen, of those that may take over. Who may, and waits, holds `…/waiting`, so that a holder
 * that may not any more gives way to it. A hand-over is agreed on by two more: who hands over holds `…/hand-over`, and the other
 * answers with `…/successor` and asks often, so that the lock is nobody's for a moment only.
 */
export class LeaseElection implements Election {
  readonly #parts: LeaseElectionParts;
  readonly #locks: Readonly<Record<'turn' | 'waiting' | 'handOver' | 'successor', string>>;
  /** Until when the lock is left to the other, to which it was handed over. */
  #heldOffUntil = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(parts: LeaseElectionParts) {
    this.#parts = parts;
    const key = `appliance-pair/${parts.pair}`;
    this.#locks = {
      turn: key,
      waiting: `${key}/waiting`,
      handOver: `${key}/hand-over`,
      successor: `${key}/successor`,
    };
    parts.locks.whenHolderGone?.(() => this.#wake?.());
  }

  async elected(signal: AbortSignal, soon: () => void): Promise<Mandate> {
    const { clock, locks, permission, pollMs } = this.#parts;
    const heldOff = this.#heldOffUntil - clock.monotonic();
    if (heldOff > 0) await pause(clock, heldOff, signal);
    const waiting = new HeldLock(locks, this.#locks.waiting);
    const successor = new HeldLock(locks, this.#locks.successor);
    try {
      for (;;) {
        signal.throwIfAborted();
        const mayTakeOver = permission.remainingMs() > 0;
        const lease = mayTakeOver ? await locks.tryAcquire(this.#locks.turn) : undefined;
        if (lease !== undefined) return this.#mandate(await shared(lease));
        await waiting.keep(mayTakeOver ? 'held' : 'free');
        const isAwaited = mayTakeOver && (await locks.holder(this.#locks.handOver)) !== undefined;
        if (isAwaited && !successor.isHeld) soon();
        await successor.keep(isAwaited ? 'held' : 'free');
        await this.#rest(successor.isHeld ? HAND_OVER_POLL_MS : pollMs, signal);
      }
    } finally {
      // Nobody waits for that.
      void waiting.keep('free');
      void successor.keep('free');
    }
  }

  #mandate(lease: Lease): Mandate {
    const givenWay = new AbortController();
    const ended = new AbortController();
    let handOver: Lease | undefined;
    void this.#giveWay(AbortSignal.any([lease.signal, ended.signal]), givenWay);
    return {
      epoch: leaseEpoch(lease.fence),
      signal: AbortSignal.any([lease.signal, givenWay.signal]),
      remainingMs: () => lease.remainingMs(),
      permittedMs: () => this.#parts.permission.remainingMs(),
      successor: async (signal) => {
        handOver = await this.#successor(signal);
      },
      release: async () => {
        ended.abort();
        if (handOver !== undefined || givenWay.signal.aborted) {
          this.#heldOffUntil = this.#parts.clock.monotonic() + LONGEST_WAIT_MS;
        }
        await lease.release();
        await handOver?.release();
      },
    };
  }

  // It goes on without a permit, as whoever gives them may be away for long. But another that has one comes first.
  async #giveWay(ended: AbortSignal, givenWay: AbortController): Promise<void> {
    const { clock, locks, permission, pollMs } = this.#parts;
    for (;;) {
      await pause(clock, pollMs, ended);
      if (ended.aborted) return;
      if (permission.remainingMs() > 0) continue;
      const other = await locks.holder(this.#locks.waiting).catch(() => undefined);
      if (other === undefined || permission.remainingMs() > 0) continue;
      givenWay.abort(new Error('the other of the pair has a permit, and this one has none'));
      return;
    }
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
    await pause(this.#parts.clock, milliseconds, signal, woken.signal);
    this.#wake = undefined;
  }
}

/** A lock that is held or not, as it is wanted. */
class HeldLock {
  readonly #locks: LockService;
  readonly #key: string;
  #lease: Lease | undefined;

  constructor(locks: LockService, key: string) {
    this.#locks = locks;
    this.#key = key;
  }

  get isHeld(): boolean {
    return this.#lease?.signal.aborted === false;
  }

  /** Tries to hold it, or lets it go. */
  async keep(wanted: 'held' | 'free'): Promise<void> {
    if (wanted === 'held') {
      if (!this.isHeld) this.#lease = await this.#locks.tryAcquire(this.#key);
      return;
    }
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
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
