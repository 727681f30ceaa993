import { asFence, type Resource, type StatusRecord, type Store } from '@gdcloud/core';
import t from 'tap';
import { MemoryStore } from '../../../dist/testing/simulator/memory-store.js';
import { asStored } from '../../../dist/testing/simulator/stored-json.js';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';

const FENCE = asFence('00000001.000000000001');

function recordOf(resource: Resource, changes: Partial<StatusRecord>): StatusRecord {
  const { fence: _fence, statusVersion: _version, ...observed } = resource;
  return { ...observed, events: [], ...changes };
}

void t.test('the versions before the present one are there for stale reads', async (t) => {
  const store = new MemoryStore();
  const { resource: first } = await store.insert(gadgetDraft(1));
  t.equal(store.earlier(uuid(1)), undefined, 'before it was there it was not');
  const claimed = await store.claim(uuid(1), FENCE);
  t.equal(store.earlier(uuid(1)), first);
  await store.wake(uuid(1), 5);
  t.equal(store.earlier(uuid(1)), claimed);
  t.equal(store.earlier(uuid(1), 2), first);
  await store.wake(uuid(1), 6);
  await store.wake(uuid(1), 7);
  t.equal(store.earlier(uuid(1), 3), claimed);
  t.equal(store.earlier(uuid(1), 4), undefined, 'four are kept');
  t.equal(store.earlier(uuid(9)), undefined);
});

void t.test('invariants see every row, holding, claim and capacity', async (t) => {
  const store = new MemoryStore();
  await store.insert(gadgetDraft(2));
  await store.insert(gadgetDraft(1));
  await store.allocate('mac', uuid(1), ['a']);
  await store.setCapacity(uuid(5), 'memory', 100);
  await store.claimCapacity(uuid(1), uuid(5), 'memory', 60);
  t.same(
    [...store.rows()].map((row) => row.uuid),
    [uuid(2), uuid(1)],
  );
  t.same([...store.allocations()], [{ pool: 'mac', item: 'a', owner: uuid(1) }]);
  t.same(
    [...store.claims()],
    [{ owner: uuid(1), className: 'memory', holder: uuid(5), amount: 60 }],
  );
  t.same(
    [...store.allCapacities()],
    [{ holder: uuid(5), className: 'memory', total: 100, used: 60 }],
  );
  t.same([...store.histories.keys()], [uuid(2), uuid(1)]);
  const claimed = await store.claim(uuid(1), FENCE);
  if (claimed === undefined) throw new Error('it can’t be claimed');
  await store.record(uuid(1), FENCE, 0, recordOf(claimed, { removed: 9 }));
  t.match([...store.rows()], [{ removed: null }, { removed: 9 }], 'tombstones included');
  t.same([...store.allocations()], []);
  t.same([...store.claims()], []);
});

void t.test('a call has taken effect when it returns, before anybody waits for it', async (t) => {
  const store = new MemoryStore();
  void store.insert(gadgetDraft(1));
  t.equal([...store.rows()].length, 1);
  const plain: Store = store;
  t.match(await { ...plain }.get(uuid(1)), { uuid: uuid(1) }, 'and a copy of it is a store');
});

void t.test('what is stored reads back as JSON does, and is not copied without need', (t) => {
  const clean = { a: [1, null, { b: 'x' }], c: true };
  t.equal(asStored(clean), clean);
  t.strictSame(asStored({ a: undefined, b: [{ c: undefined }] }), { b: [{}] });
  t.strictSame(asStored({ a: Number.NaN, b: -0 }), { a: null, b: 0 });
  t.end();
});
