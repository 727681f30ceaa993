import t from 'tap';
import { MemoryLockService } from '../../../dist/adapters/locks/memory-lock-service.js';
import { deferred, turns } from '../../support/turns.js';

t.test('a lock has one holder until it is given back', async (t) => {
  const locks = new MemoryLockService(() => Promise.resolve(1));
  const held = await locks.tryAcquire('a');
  t.ok(held);
  t.equal(await locks.tryAcquire('a'), undefined, 'nobody waits');
  t.ok(await locks.tryAcquire('b'), 'keys know nothing of each other');
  await held?.release();
  const again = await locks.tryAcquire('a');
  t.ok(again);
  await held?.release();
  t.equal(await locks.tryAcquire('a'), undefined, 'given back twice, it is still the next one’s');
  t.equal(again?.signal.aborted, false);
});

t.test('of many who try at once one gets it', async (t) => {
  const locks = new MemoryLockService(() => Promise.resolve(1));
  const got = await Promise.all(Array.from({ length: 32 }, () => locks.tryAcquire('a')));
  t.equal(got.filter((lease) => lease !== undefined).length, 1);
});

t.test('every token is greater than all before it, across restarts too', async (t) => {
  const tokens: string[] = [];
  for (const incarnation of [1, 2, 15, 16, 255, 256, 65_536]) {
    const locks = new MemoryLockService(() => Promise.resolve(incarnation));
    for (let n = 0; n < 20; n += 1) {
      const lease = await locks.tryAcquire('a');
      tokens.push(String(lease?.fence));
      await lease?.release();
    }
  }
  t.same(tokens, tokens.toSorted());
  t.equal(new Set(tokens).size, tokens.length);
});

t.test('the incarnation is asked for once, however many locks are taken at once', async (t) => {
  let asked = 0;
  const drawn = deferred<number>();
  const locks = new MemoryLockService(() => {
    asked += 1;
    return drawn.promise;
  });
  const all = Promise.all(['a', 'b', 'c'].map((key) => locks.tryAcquire(key)));
  await turns();
  drawn.resolve(7);
  const leases = await all;
  t.equal(asked, 1);
  t.ok(leases.every((lease) => lease?.fence.startsWith('00000007.')));
});

t.test('a store that can not say the incarnation holds no lock, and is asked again', async (t) => {
  let away = true;
  const locks = new MemoryLockService(() =>
    away ? Promise.reject(new Error('away')) : Promise.resolve(3),
  );
  await t.rejects(locks.tryAcquire('a'), { message: 'away' });
  await t.rejects(locks.tryAcquire('a'), { message: 'away' });
  away = false;
  t.match(await locks.tryAcquire('a'), { fence: /^00000003\./ });
});

t.test('who holds a lock is told, and since when where there is a clock', async (t) => {
  const locks = new MemoryLockService(() => Promise.resolve(1), { now: () => 5_000 });
  t.equal(await locks.holder('a'), undefined);
  const lease = await locks.tryAcquire('a');
  t.same(await locks.holder('a'), { owner: 'this process', since: 5_000 });
  await lease?.release();
  t.equal(await locks.holder('a'), undefined);
  const timeless = new MemoryLockService(() => Promise.resolve(1));
  await timeless.tryAcquire('a');
  t.match(await timeless.holder('a'), { owner: 'this process', since: undefined });
});
