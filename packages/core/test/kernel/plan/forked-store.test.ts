import {
  asFence,
  type Charge,
  type Draft,
  defineResourceType,
  QuotaExceeded,
  type Resource,
  reference,
  type StatusRecord,
  type Store,
  TypeRegistry,
} from '@gdcloud/core';
import fc from 'fast-check';
import t, { type Test as Tap } from 'tap';
import { SqliteConnection } from '../../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../../dist/adapters/store/sql-store.js';
import { forkStore } from '../../../dist/kernel/plan/forked-store.js';
import { OPEN_ACCESS, uuid } from '../../support/resources.js';

const gadget = defineResourceType({
  id: 'gadget',
  plural: 'gadgets',
  description: 'Something.',
  spec: { otherId: reference('gadget', { description: 'Another one.' }) },
  status: {},
  access: OPEN_ACCESS,
  uniqueBy: 'name',
});
const TYPES = new TypeRegistry([gadget]);
const ALL = { kind: 'all' } as const;
const OWNER = uuid(0xacc);
const FENCE = asFence('1');
const EVENT = { at: 1, what: 'requested', why: 'a test', result: 'create' };

function draft(n: number, changes: Partial<Draft> = {}): Draft {
  return {
    uuid: uuid(n),
    type: 'gadget',
    account: OWNER,
    name: `g${n}`,
    description: null,
    data: {},
    spec: { otherId: null },
    naturalKey: `g${n}`,
    visibleToAll: 'no',
    references: [],
    created: n,
    event: EVENT,
    ...changes,
  };
}

function gone(resource: Resource): StatusRecord {
  const { fence: _fence, statusVersion: _version, ...rest } = resource;
  return { ...rest, removed: 9, events: [] };
}

async function openStore(t: Tap): Promise<Store> {
  const store = sqlStore(new SqliteConnection({ file: ':memory:' }));
  t.teardown(() => store.close());
  await store.migrate();
  return store;
}

t.test('a fork shows what was written to it, and its base shows nothing of that', async (t) => {
  const base = await openStore(t);
  await base.insert(draft(1));
  const { store, rows } = forkStore(base, TYPES);
  const { inserted, resource } = await store.insert(
    draft(2, { references: [{ field: 'otherId', target: uuid(1) }] }),
  );
  t.equal(inserted, true);
  t.match(resource, { id: 'new-1', generation: 1, status: {}, statusVersion: 0 });
  t.equal(rows.originOf(uuid(2)), 'new');
  t.equal((await store.find(ALL, gadget, 'new-1'))?.uuid, uuid(2));
  t.equal((await store.find(ALL, gadget, 'g2'))?.uuid, uuid(2));
  t.equal((await store.findByNaturalKey(gadget, 'g2'))?.uuid, uuid(2));
  const stranger = { kind: 'account', account: uuid(0xbad) } as const;
  t.equal(await store.find(stranger, gadget, 'new-1'), undefined, 'by those who may see it');
  t.same(
    (await store.all(gadget, 10)).map(({ name }) => name),
    ['g1', 'g2'],
  );
  t.same(
    (await store.all(gadget, 1)).map(({ name }) => name),
    ['g1'],
  );
  t.same(
    (await store.referrers(uuid(1), 'gadget', 'otherId')).map(({ name }) => name),
    ['g2'],
  );
  t.same([...(await store.idsOf([uuid(1), uuid(2)])).values()].sort(), ['1', 'new-1']);
  t.match(await store.insert(draft(2)), { inserted: false, resource: { uuid: uuid(2) } });
  t.match(await store.insert(draft(7, { naturalKey: 'g1' })), {
    inserted: false,
    resource: { uuid: uuid(1) },
  });
  t.equal(await base.get(uuid(2)), undefined);
  t.equal((await base.all(gadget, 10)).length, 1);
  t.match(await base.insert(draft(3)), { resource: { id: '2' } }, 'no number was drawn');
});

t.test('a fork changes what is known as a store does', async (t) => {
  const base = await openStore(t);
  await base.insert(draft(1));
  await base.insert(draft(2, { references: [{ field: 'otherId', target: uuid(1) }] }));
  const { store, rows } = forkStore(base, TYPES);
  t.equal(await store.change(uuid(2), 5, { name: 'x', event: EVENT }), undefined, 'in order');
  const after = await store.change(uuid(2), 1, {
    name: 'renamed',
    references: { fields: ['otherId'], targets: [] },
    event: { ...EVENT, why: 'somebody asked' },
  });
  t.match(after, { id: '2', name: 'renamed', generation: 2, deleteRequestedAt: null });
  t.equal(rows.reasonFor(uuid(2)), 'somebody asked');
  t.equal(rows.originOf(uuid(2)), 'known');
  t.same(await store.referrers(uuid(1), 'gadget', 'otherId'), [], 'it refers there no more');
  t.match(await store.find(ALL, gadget, '2'), { name: 'renamed' });

  const claimed = await store.claim(uuid(2), FENCE);
  t.match(claimed, { fence: '1', name: 'renamed' });
  if (claimed === undefined) return;
  t.equal(
    await store.record(uuid(2), asFence('2'), 0, gone(claimed)),
    undefined,
    'under its fence',
  );
  t.match(await store.record(uuid(2), FENCE, 0, gone(claimed)), { removed: 9, statusVersion: 1 });
  t.same(
    (await store.all(gadget, 10)).map(({ name }) => name),
    ['g1'],
  );
  t.equal(await store.findByNaturalKey(gadget, 'g2'), undefined);
  t.match(await store.find(ALL, gadget, '2'), { removed: 9 }, 'tombstones are found by id');
  t.equal(await store.claim(uuid(2), FENCE), undefined);
  t.equal(await store.change(uuid(2), 2, { name: 'y', event: EVENT }), undefined);
  t.match(await store.insert(draft(4, { naturalKey: 'g2' })), { inserted: true });
  t.match(await base.get(uuid(2)), { name: 'g2', generation: 1, removed: null, fence: null });
  t.same((await base.referrers(uuid(1), 'gadget', 'otherId')).length, 1);
});

t.test('what nobody has written is no part of a fork', async (t) => {
  const base = await openStore(t);
  await base.insert(draft(1));
  const { store, rows } = forkStore(base, TYPES);
  await store.get(uuid(1));
  t.same(rows.written(), []);
  const { progress } = rows;
  await store.wake(uuid(1), 5);
  t.match(rows.written(), [{ uuid: uuid(1), nextAttemptAt: 5 }]);
  t.equal(rows.progress, progress, 'a wish to look moves nobody');
  await store.wake(uuid(99), 5);
  t.equal(rows.written().length, 1);
});

const HOSTS = [uuid(0x11), uuid(0x12)] as const;
const host = fc.constantFrom(...HOSTS);
const charge = fc.record({
  kind: fc.constant('claim' as const),
  owner: fc.integer({ min: 1, max: 4 }),
  holder: host,
  amount: fc.integer({ min: 0, max: 6 }),
});
const discharge = fc.record({
  kind: fc.constant('discharge' as const),
  owner: fc.integer({ min: 1, max: 4 }),
});
const resize = fc.record({
  kind: fc.constant('resize' as const),
  holder: host,
  total: fc.integer({ min: 0, max: 12 }),
});
const allocation = (owners: { readonly min: number; readonly max: number }) =>
  fc.record({ kind: fc.constant('allocate' as const), owner: fc.integer(owners) });

type Move =
  | { readonly kind: 'claim'; owner: number; holder: (typeof HOSTS)[number]; amount: number }
  | { readonly kind: 'discharge'; owner: number }
  | { readonly kind: 'resize'; holder: (typeof HOSTS)[number]; total: number }
  | { readonly kind: 'allocate'; owner: number };

async function move(store: Store, step: Move): Promise<unknown> {
  switch (step.kind) {
    case 'claim':
      return store.claimCapacity(uuid(step.owner), step.holder, 'ram', step.amount);
    case 'discharge':
      return store.releaseCapacity(uuid(step.owner), 'ram');
    case 'resize':
      return store.setCapacity(step.holder, 'ram', step.total);
    case 'allocate':
      return store.allocate('pool', uuid(step.owner), ['a', 'b', 'c', 'd', 'e']);
  }
}

async function held(store: Store): Promise<unknown> {
  const claims = [];
  for (const owner of [1, 2, 3, 4]) claims.push(await store.claimOf(uuid(owner), 'ram'));
  const capacities = [...(await store.capacities('ram'))].sort();
  return { claims, capacities, allocated: [...(await store.allocated('pool'))].sort() };
}

t.test('whatever came before, a forked ledger decides as the real one would', async (t) => {
  const before = fc.array(fc.oneof(charge, discharge, resize, allocation({ min: 1, max: 4 })), {
    maxLength: 8,
  });
  // Who holds what of a pool can't be read, so those that allocate here held nothing before.
  const after = fc.array(fc.oneof(charge, discharge, resize, allocation({ min: 5, max: 8 })), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(before, after, async (first, then) => {
      const base = sqlStore(new SqliteConnection({ file: ':memory:' }));
      const real = sqlStore(new SqliteConnection({ file: ':memory:' }));
      await Promise.all([base.migrate(), real.migrate()]);
      for (const step of first) {
        await move(base, step);
        await move(real, step);
      }
      const untouched = await held(base);
      const { store } = forkStore(base, TYPES);
      for (const step of then) t.same(await move(store, step), await move(real, step));
      t.same(await held(store), await held(real));
      t.same(await held(base), untouched);
      await Promise.all([base.close(), real.close()]);
    }),
    { numRuns: 40, seed: 3 },
  );
});

t.test('a fork charges as a store does, and charges nobody', async (t) => {
  const base = await openStore(t);
  const twin = await openStore(t);
  const charge = (amount: number, limit: number): Charge => ({
    holder: OWNER,
    className: 'quota/gb',
    amount,
    limit,
  });
  for (const store of [base, twin]) await store.insert(draft(1, { charges: [charge(4, 10)] }));
  const { store: fork } = forkStore(base, TYPES);
  const both = async (write: (store: Store) => Promise<unknown>): Promise<unknown> => {
    const [forked, real] = await Promise.all(
      [fork, twin].map((store) =>
        write(store).then(
          () => 'done',
          (thrown: unknown) => {
            if (!(thrown instanceof QuotaExceeded)) throw thrown;
            const { className, used, limit, more } = thrown;
            return { className, used, limit, more };
          },
        ),
      ),
    );
    t.same(forked, real);
    t.same(await fork.capacities('quota/gb'), await twin.capacities('quota/gb'));
    for (const owner of [uuid(1), uuid(2), uuid(3)])
      t.same(await fork.claimOf(owner, 'quota/gb'), await twin.claimOf(owner, 'quota/gb'));
    return forked;
  };
  const change = (n: number, generation: number, charges: readonly Charge[]) => (store: Store) =>
    store.change(uuid(n), generation, { charges, event: EVENT });

  t.equal(await both((store) => store.insert(draft(2, { charges: [charge(6, 10)] }))), 'done');
  t.equal(await both((store) => store.insert(draft(2, { charges: [charge(99, 10)] }))), 'done');
  t.equal(await both(change(1, 1, [charge(3, 5)])), 'done', 'less always fits');
  t.equal(await both(change(1, 2, [charge(3, 1)])), 'done', 'and so does as much');
  t.equal(await both(change(1, 2, [charge(99, 1)])), 'done', 'who comes late pays nothing');
  t.equal(await both(change(2, 1, [])), 'done');
  t.equal(await both(change(1, 3, [charge(4, 20)])), 'done', 'a limit that was raised counts');
  t.notOk('charges' in ((await fork.get(uuid(2))) ?? {}), 'a row knows nothing of them');
  t.notOk('charges' in ((await fork.get(uuid(1))) ?? {}));
  t.same(await base.capacities('quota/gb'), new Map([[OWNER, { total: 10, used: 4 }]]));
  t.same(await base.claimOf(uuid(1), 'quota/gb'), { holder: OWNER, amount: 4 });
  // The last: a fork whose write is refused is thrown away.
  t.same(
    await forkStore(twin, TYPES)
      .store.insert(draft(3, { charges: [charge(11, 20)] }))
      .catch((thrown: unknown) => thrown),
    await twin.insert(draft(3, { charges: [charge(11, 20)] })).catch((thrown: unknown) => thrown),
  );
  await t.rejects(twin.insert(draft(3, { charges: [charge(11, 20)] })), QuotaExceeded);
});
