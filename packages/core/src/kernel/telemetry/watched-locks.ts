import type { Clock } from '../../ports/clock.js';
import type { Lease, LockService } from '../../ports/lock-service.js';
import { type Meter, SECONDS } from '../../ports/meter.js';

/** Locks whose attempts are counted and timed, and that count the leases that were lost while held. */
export function watchedLocks(
  locks: LockService,
  meter: Meter,
  clock: Pick<Clock, 'monotonic'>,
): LockService {
  const attempts = meter.counter({
    name: 'gdcloud_lock_attempts_total',
    help: 'Attempts to take a lock: acquired, held by somebody, or unavailable.',
    labels: ['result'],
  });
  const seconds = meter.histogram({
    name: 'gdcloud_lock_seconds',
    help: 'How long an attempt to take a lock takes.',
    labels: ['result'],
    buckets: SECONDS,
  });
  const lost = meter.counter({
    name: 'gdcloud_locks_lost_total',
    help: 'Locks that were lost while they were held.',
    labels: [],
  });
  const watched = (lease: Lease): Lease => {
    const { fence, signal } = lease;
    const lose = (): void => lost.add({});
    signal.addEventListener('abort', lose, { once: true });
    return {
      fence,
      signal,
      remainingMs: () => lease.remainingMs(),
      release: () => {
        signal.removeEventListener('abort', lose);
        return lease.release();
      },
    };
  };
  const acquire = async (key: string): Promise<Lease | undefined> => {
    const began = clock.monotonic();
    const ended = (result: 'acquired' | 'held' | 'unavailable'): void => {
      attempts.add({ result });
      seconds.record({ result }, (clock.monotonic() - began) / 1_000);
    };
    try {
      const lease = await locks.tryAcquire(key);
      ended(lease === undefined ? 'held' : 'acquired');
      return lease && watched(lease);
    } catch (thrown) {
      ended('unavailable');
      throw thrown;
    }
  };
  const watchedLock = { tryAcquire: acquire, holder: (key: string) => locks.holder(key) };
  if (locks.whenHolderGone === undefined) return watchedLock;
  return { ...watchedLock, whenHolderGone: (tell) => locks.whenHolderGone?.(tell) ?? NOTHING };
}

const NOTHING = (): void => undefined;
