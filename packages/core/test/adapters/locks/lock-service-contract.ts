import type { Lease, LockService } from '@gdcloud/core';
import type { Test } from 'tap';

/** A lock service under test, and how to get more of the same. */
export interface LockServices {
  /** The lock service of another process of the same cloud, or of its next run. */
  next(): Promise<LockService>;
}

/** What every lock service promises (ports/lock-service.ts). */
export function lockServiceContract(t: Test, services: LockServices): void {
  t.test('a lock has one holder until it is given back', async (t) => {
    const locks = await services.next();
    const held = await take(t, locks, 'a');
    t.equal(await locks.tryAcquire('a'), undefined, 'nobody waits');
    const other = await take(t, locks, 'b');
    t.ok(other, 'keys know nothing of each other');
    t.equal(held.signal.aborted, false);
    await held.release();
    const again = await take(t, locks, 'a');
    await held.release();
    t.equal(await locks.tryAcquire('a'), undefined, 'given back twice, it is still the next one’s');
    await again.release();
    await other.release();
  });

  t.test(
    'a lease tells how long it is certain, and nothing any more once it is given back',
    async (t) => {
      const lease = await take(t, await services.next(), 'certain');
      t.ok(lease.remainingMs() > 0);
      await lease.release();
      t.equal(lease.remainingMs(), 0);
    },
  );

  t.test('of many who try at once one gets it', async (t) => {
    const locks = await services.next();
    const got = await Promise.all(Array.from({ length: 32 }, () => locks.tryAcquire('crowd')));
    t.equal(got.filter((lease) => lease !== undefined).length, 1);
    for (const lease of got) await lease?.release();
  });

  t.test('every token of a key is greater than all before it, across restarts too', async (t) => {
    const tokens: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const locks = await services.next();
      for (let n = 0; n < 20; n += 1) {
        const lease = await take(t, locks, 'token');
        tokens.push(lease.fence);
        await lease.release();
      }
    }
    t.same(tokens, tokens.toSorted());
    t.equal(new Set(tokens).size, tokens.length);
  });

  t.test('keys are any text', async (t) => {
    const locks = await services.next();
    const keys = ['', '.', '..', 'a/b', '%', '%2E', 'ä ö', '\u0000', 'x'.repeat(500)];
    const leases = await Promise.all(keys.map((key) => take(t, locks, key)));
    for (const key of keys) t.equal(await locks.tryAcquire(key), undefined, `'${key}' is held`);
    for (const lease of leases) await lease.release();
  });

  t.test('who holds a lock is told', async (t) => {
    const locks = await services.next();
    t.equal(await locks.holder('told'), undefined);
    const lease = await take(t, locks, 'told');
    t.match(await locks.holder('told'), { owner: /process/ });
    await lease.release();
    t.equal(await locks.holder('told'), undefined);
  });
}

/** Takes a lock that nobody holds. Partitions may be on their way to this process, so it may take a moment. */
export async function take(t: Test, locks: LockService, key: string): Promise<Lease> {
  for (let n = 0; n < 400; n += 1) {
    const lease = await locks.tryAcquire(key);
    if (lease !== undefined) return lease;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  t.fail(`nobody gives the lock of '${key}'`);
  throw new Error('no lock');
}
