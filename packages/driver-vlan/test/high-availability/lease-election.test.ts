import { asFence, type Lease, type LockService } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { LeaseElection } from '@gdcloud/driver-vlan/agent';
import t from 'tap';

/** Locks of several processes, each certain for so long. */
function sharedLocks(remainingMs: number): LockService {
  const held = new Set<string>();
  let count = 0;
  return {
    async tryAcquire(key): Promise<Lease | undefined> {
      if (held.has(key)) return undefined;
      held.add(key);
      count += 1;
      return {
        fence: asFence(`00000001.${String(count).padStart(12, '0')}`),
        signal: new AbortController().signal,
        remainingMs: () => remainingMs,
        release: async () => void held.delete(key),
      };
    },
    holder: async (key) => (held.has(key) ? { owner: 'somebody' } : undefined),
  };
}

/** Everybody may take over. */
const permission = { remainingMs: () => Number.POSITIVE_INFINITY };
const nothing = (): void => {};

/** Lets time go by until something is settled. */
async function meanwhile<Result>(clock: ManualClock, work: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settled = work.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  while (!isSettled) {
    await new Promise(setImmediate);
    clock.advance(10);
  }
  return settled;
}

t.test('of two, one is elected, and the other when it gives up', async (t) => {
  const clock = new ManualClock();
  const locks = sharedLocks(10_000);
  const election = () => new LeaseElection({ locks, permission, clock, pair: 'edge', pollMs: 100 });
  const { signal } = new AbortController();
  const first = await election().elected(signal, nothing);
  const second = election().elected(signal, nothing);
  await first.release();
  t.ok((await meanwhile(clock, second)).epoch > first.epoch);
});

t.test(
  'who hands over is waited for by the other, which is elected next, even if it asks rarely',
  async (t) => {
    const clock = new ManualClock();
    const locks = sharedLocks(10_000);
    const { signal } = new AbortController();
    const [one, other] = [100, 2_000].map(
      (pollMs) => new LeaseElection({ locks, permission, clock, pair: 'edge', pollMs }),
    );
    if (one === undefined || other === undefined) throw new Error('there are two');
    const first = await one.elected(signal, nothing);
    const second = other.elected(signal, nothing);
    await meanwhile(clock, first.successor(signal));
    await first.release();
    const again = one.elected(signal, nothing);
    const began = clock.monotonic();
    const elected = await meanwhile(clock, second);
    t.ok(clock.monotonic() - began < 100);
    await elected.release();
    await meanwhile(clock, again);
  },
);

t.test('there is nobody to hand over to', async (t) => {
  const clock = new ManualClock();
  const locks = sharedLocks(10_000);
  const { signal } = new AbortController();
  const election = new LeaseElection({ locks, permission, clock, pair: 'edge', pollMs: 100 });
  const mandate = await election.elected(signal, nothing);
  await t.rejects(meanwhile(clock, mandate.successor(signal)), { code: 'NoSuccessor' });
});

t.test('locks that the other machine does not see are refused', async (t) => {
  const clock = new ManualClock();
  const locks = sharedLocks(Number.POSITIVE_INFINITY);
  const election = new LeaseElection({ locks, permission, clock, pair: 'edge', pollMs: 100 });
  await t.rejects(election.elected(new AbortController().signal, nothing), {
    code: 'LocksNotShared',
  });
  t.ok(await locks.tryAcquire('appliance-pair/edge'), 'and not kept');
});

t.test(
  'without a permit nobody is chosen, and who has lost it gives way to the other that has one',
  async (t) => {
    const clock = new ManualClock();
    const locks = sharedLocks(10_000);
    const { signal } = new AbortController();
    const permitted = { one: 0, other: 0 };
    const [one, other] = (['one', 'other'] as const).map(
      (name) =>
        new LeaseElection({
          locks,
          permission: { remainingMs: () => permitted[name] },
          clock,
          pair: 'edge',
          pollMs: 100,
        }),
    );
    if (one === undefined || other === undefined) throw new Error('there are two');
    const [first, second] = [one.elected(signal, nothing), other.elected(signal, nothing)];
    const hours = new Promise<string>((resolve) => clock.schedule(10_000, () => resolve('nobody')));
    const chosen = Promise.race([first, second, hours]);
    t.equal(await meanwhile(clock, chosen), 'nobody');
    permitted.one = 8_000;
    const mandate = await meanwhile(clock, first);
    t.equal(mandate.permittedMs(), 8_000);
    permitted.one = 0;
    await meanwhile(clock, new Promise<void>((resolve) => clock.schedule(10_000, resolve)));
    t.notOk(mandate.signal.aborted, 'nobody else may');
    permitted.other = 8_000;
    const lost = new Promise<void>((resolve) =>
      mandate.signal.addEventListener('abort', () => resolve()),
    );
    await meanwhile(clock, lost);
    await mandate.release();
    t.equal((await meanwhile(clock, second)).permittedMs(), 8_000);
  },
);
