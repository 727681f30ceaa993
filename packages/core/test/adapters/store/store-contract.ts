import {
  array,
  asExternalId,
  asFence,
  boolean,
  type Charge,
  type Condition,
  type DesiredChange,
  type Draft,
  date,
  defineResourceType,
  enumeration,
  type Fence,
  FenceLost,
  type Filter,
  type HistoryEvent,
  int,
  type ListPosition,
  type ListQuery,
  type RelativesQuery,
  type Resource,
  type ResourceUuid,
  reference,
  type Scope,
  type StatusRecord,
  type Store,
  string,
  type Wanted,
} from '@gdcloud/core';
import fc from 'fast-check';
import t, { type Test as Tap } from 'tap';
import { numberedItems } from '../../../dist/cloud/numbered-items.js';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { OPEN_ACCESS, uuid } from '../../support/resources.js';
import { standingContract } from './standing-contract.js';
import { writeRecordsContract } from './write-records-contract.js';

const description = 'Something.';

/** A type with a field of every kind that lists can be filtered by. */
const gadget = defineResourceType({
  id: 'gadget',
  plural: 'gadgets',
  description,
  spec: {
    colour: string({ description }),
    size: int({ description }),
    live: boolean({ description }),
    word: enumeration(['on', 'off'], { description }),
    due: date({ description }),
    otherId: reference('gadget', { description }),
    tags: array(string({ description }), { description, default: [] }),
  },
  status: { weight: int({ description }) },
  access: OPEN_ACCESS,
  uniqueBy: 'name',
});
const plain = defineResourceType({
  id: 'plain',
  plural: 'plains',
  description,
  spec: {},
  status: {},
  access: OPEN_ACCESS,
});

const shared = defineResourceType({
  ...plain,
  id: 'shared',
  plural: 'shareds',
  access: { ...OPEN_ACCESS, visibleTo: 'everyone' },
  uniqueBy: 'name',
});

const ALL: Scope = { kind: 'all' };
const OWNER = uuid(0xacc);
const FIRST = asFence('00000001.000000000001');
const SECOND = asFence('00000001.000000000002');

function event(what: string): HistoryEvent {
  return { at: 1, what, why: 'a test', result: 'done' };
}

const draft = (n: number, changes: Partial<Draft> = {}): Draft =>
  gadgetDraft(n, { created: 1_000 + n, event: event('requested'), ...changes });

/** The status columns of a resource as it is, with changes made to them. */
function recordOf(resource: Resource, changes: Partial<StatusRecord> = {}): StatusRecord {
  return {
    status: resource.status,
    conditions: resource.conditions,
    parts: resource.parts,
    observedGeneration: resource.observedGeneration,
    attemptedGeneration: resource.generation,
    outcome: 'done',
    nextAttemptAt: null,
    attempts: 0,
    lastErrorCode: null,
    lastErrorMessage: null,
    removed: null,
    events: [],
    ...changes,
  };
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** Records what is observed of a row that is claimed. */
async function observedAgain(
  store: Store,
  n: number,
  changes: Partial<StatusRecord> = {},
): Promise<Resource> {
  const row = known(await store.get(uuid(n)));
  return known(await store.record(row.uuid, FIRST, row.statusVersion, recordOf(row, changes)));
}

/** Claims and records in one go. */
async function observed(
  store: Store,
  n: number,
  changes: Partial<StatusRecord> = {},
  fence: Fence = FIRST,
): Promise<Resource> {
  const claimed = known(await store.claim(uuid(n), fence));
  return known(
    await store.record(claimed.uuid, fence, claimed.statusVersion, recordOf(claimed, changes)),
  );
}

function change(more: Partial<DesiredChange> = {}): DesiredChange {
  return { event: event('update'), ...more };
}

function query(more: Partial<ListQuery> = {}): ListQuery {
  return { filters: [], limit: 100, ...more };
}

async function numbers(
  store: Store,
  more: Partial<ListQuery> = {},
  scope = ALL,
): Promise<number[]> {
  const { resources } = await store.list(scope, gadget, query(more));
  return resources.map(({ created }) => created - 1_000);
}

/** What every store promises, whatever is under it. `openStore` gives an empty, migrated one. */
export function storeContract(name: string, openStore: (t: Tap) => Promise<Store>): void {
  writeRecordsContract(name, openStore);
  standingContract(name, openStore);
  const test = (what: string, run: (t: Tap, store: Store) => Promise<void>): void => {
    void t.test(`${name}: ${what}`, async (t) => run(t, await openStore(t)));
  };

  test('a new resource is complete, unobserved, and has the next id of its type', async (t, store) => {
    const { inserted, resource } = await store.insert(
      draft(1, { name: 'a', description: 'd', data: { x: [1, null] }, spec: { size: 5 } }),
    );
    t.ok(inserted);
    t.same(resource, {
      uuid: uuid(1),
      type: 'gadget',
      id: '1',
      account: OWNER,
      naturalKey: null,
      created: 1_001,
      name: 'a',
      description: 'd',
      data: { x: [1, null] },
      spec: { size: 5 },
      generation: 1,
      deleteRequestedAt: null,
      repairs: [],
      status: {},
      conditions: [],
      parts: {},
      observedGeneration: 0,
      attemptedGeneration: 0,
      statusVersion: 0,
      fence: null,
      outcome: null,
      nextAttemptAt: null,
      attempts: 0,
      lastErrorCode: null,
      lastErrorMessage: null,
      removed: null,
    });
    t.same(await store.get(uuid(1)), resource);
    t.same(await store.find(ALL, gadget, '1'), resource);
    t.equal((await store.insert(draft(2))).resource.id, '2');
    t.equal((await store.insert(draft(3, { type: 'plain' }))).resource.id, '1');
    t.equal(await store.get(uuid(9)), undefined);
    t.equal(await store.find(ALL, gadget, '9'), undefined);
    t.equal(await store.find(ALL, plain, '2'), undefined);
  });

  test('several are found in one call as each is alone, in the order asked for', async (t, store) => {
    const stranger = { account: uuid(0xbad) };
    await store.insert(draft(1, { naturalKey: 'k' }));
    await store.insert(draft(2, { naturalKey: '7' }));
    await store.insert(draft(3, { type: 'plain' }));
    await store.insert(draft(4, stranger));
    await store.insert(
      draft(5, { ...stranger, type: 'shared', visibleToAll: 'yes', naturalKey: 'k' }),
    );
    await store.insert(draft(6, { naturalKey: 'gone' }));
    await observed(store, 6, { removed: 5 });
    const wanted: readonly Wanted[] = [
      { type: gadget, id: 'k' },
      { type: plain, id: '1' },
      { uuid: uuid(4) },
      { type: gadget, id: '7' },
      { type: gadget, id: '1' },
      { type: plain, id: 'k' },
      { uuid: uuid(9) },
      { type: gadget, id: 'gone' },
      { type: gadget, id: '4' },
      { type: gadget, id: '3' },
      { type: shared, id: 'k' },
      { type: gadget, id: '' },
      { type: gadget, id: 'k' },
    ];
    const mine: Scope = { kind: 'account', account: OWNER };
    for (const scope of [ALL, mine, ALL]) {
      const alone = [];
      for (const one of wanted)
        alone.push(
          'uuid' in one ? await store.get(one.uuid) : await store.find(scope, one.type, one.id),
        );
      t.same(await store.findAll(scope, wanted), alone);
    }
    t.same(
      (await store.findAll(mine, wanted)).map((row) => row?.uuid),
      [1, 3, 4, 2, 1, undefined, undefined, undefined, 6, undefined, 5, undefined, 1].map((n) =>
        n === undefined ? undefined : uuid(n),
      ),
    );
    t.same(await store.findAll(ALL, []), []);
    t.same(await store.findAll(ALL, [{ type: plain, id: 'x' }]), [undefined]);
  });

  test('many are followed along a reference at once, from either end, as far as one sees', async (t, store) => {
    const stranger = { account: uuid(0xbad) };
    const to = (n: number, field = 'otherId') => ({ references: [{ field, target: uuid(n) }] });
    await store.insert(draft(1));
    await store.insert(draft(2));
    await store.insert(draft(7, { ...stranger, type: 'shared', visibleToAll: 'yes' }));
    await store.insert(draft(6, to(1)));
    await store.insert(draft(5, { ...to(2), ...stranger }));
    await store.insert(draft(4, to(2)));
    await store.insert(draft(3, { ...to(2), type: 'plain' }));
    await store.insert(draft(8, to(7)));
    await store.insert(draft(9, to(1, 'ownerId')));
    const mine: Scope = { kind: 'account', account: OWNER };
    const found = async (scope: Scope, query: Partial<RelativesQuery>) => {
      const of = [1, 2, 4, 5, 8].map(uuid);
      const rest = { end: 'sources', type: gadget, field: 'otherId', limit: 10, of } as const;
      return (await store.relatives(scope, { ...rest, ...query })).map(({ of, resource }) => [
        of,
        resource.uuid,
      ]);
    };
    const pairs = (...all: readonly (readonly [number, number])[]) =>
      all.map(([of, other]) => [uuid(of), uuid(other)]);
    t.same(await found(ALL, {}), pairs([2, 4], [2, 5], [1, 6]));
    t.same(await found(mine, {}), pairs([2, 4], [1, 6]), 'not what others have');
    t.same(await found(ALL, { limit: 2 }), pairs([2, 4], [2, 5]), 'the oldest first');
    t.same(await found(ALL, { type: plain }), pairs([2, 3]));
    t.same(await found(ALL, { field: 'ownerId' }), pairs([1, 9]));
    t.same(await found(ALL, { end: 'targets' }), pairs([4, 2], [5, 2]));
    t.same(await found(mine, { end: 'targets', type: shared }), pairs([8, 7]), "everyone's");
    t.same(await found(ALL, { of: [] }), []);
    t.same(await found(ALL, { of: [uuid(2), uuid(2)] }), pairs([2, 4], [2, 5]), 'each once');
    await observed(store, 4, { removed: 5 });
    t.same(await found(ALL, {}), pairs([2, 5], [1, 6]), 'no tombstones among children');
  });

  test('a list is counted as it is found, without its pages', async (t, store) => {
    for (let n = 1; n <= 5; n += 1)
      await store.insert(
        draft(n, { spec: { size: n }, ...(n > 3 ? { account: uuid(0xbad) } : {}) }),
      );
    await store.insert(draft(6, { type: 'plain' }));
    await store.insert(draft(7, { type: 'shared', account: uuid(0xbad), visibleToAll: 'yes' }));
    await observed(store, 1, { removed: 5 });
    const mine: Scope = { kind: 'account', account: OWNER };
    const filters: readonly Filter[] = [{ field: 'size', modifier: 'gte', value: 3 }];
    t.equal(await store.count(ALL, gadget, { filters: [] }), 4);
    t.equal(await store.count(mine, gadget, { filters: [] }), 2);
    t.equal(await store.count(mine, shared, { filters: [] }), 1, "everyone's");
    t.equal(await store.count(ALL, gadget, { filters }), 3);
    t.equal(await store.count(ALL, gadget, { filters: [], removedSince: 0 }), 5);
    const child = { field: 'otherId', parent: uuid(9) };
    t.equal(await store.count(ALL, gadget, { filters: [], child }), 0);
  });

  test('all of a type are the living ones, the oldest first, up to a limit', async (t, store) => {
    for (const n of [3, 1, 2, 4]) await store.insert(draft(n));
    await store.insert(draft(5, { type: 'plain' }));
    await observed(store, 2, { removed: 5 });
    const all = async (limit: number) => (await store.all(gadget, limit)).map((each) => each.uuid);
    t.same(await all(10), [uuid(1), uuid(3), uuid(4)]);
    t.same(await all(2), [uuid(1), uuid(3)]);
  });

  test('any text and any number survive as they are', async (t, store) => {
    const odd = {
      text: 'ä😀\u0000\u2028\'"`\\%_;--',
      big: Number.MAX_SAFE_INTEGER,
      small: Number.MIN_SAFE_INTEGER,
      deep: [[{ a: { b: [] } }]],
      none: null,
    };
    const name = odd.text.replace('\u0000', '');
    await store.insert(draft(1, { name, data: odd, spec: odd, created: 2 ** 45 }));
    t.match(await store.get(uuid(1)), { name, data: odd, spec: odd, created: 2 ** 45 });
  });

  test('a uuid that is there already is returned instead', async (t, store) => {
    const { resource } = await store.insert(draft(1, { spec: { size: 1 } }));
    const again = await store.insert(draft(1, { spec: { size: 2 }, type: 'plain' }));
    t.same(again, { inserted: false, resource });
    t.ok(Number((await store.insert(draft(2))).resource.id) > 1);
    t.equal((await store.history(uuid(1), 10)).length, 1);
  });

  test('many inserts of one uuid at once make one resource', async (t, store) => {
    const made = await Promise.all(Array.from({ length: 16 }, () => store.insert(draft(1))));
    t.equal(made.filter(({ inserted }) => inserted).length, 1);
    t.equal(new Set(made.map(({ resource }) => resource.id)).size, 1);
  });

  test('a child is inserted for the holder of its parent, and for no earlier one', async (t, store) => {
    await store.insert(draft(1));
    known(await store.claim(uuid(1), FIRST));
    const under = { uuid: uuid(1), fence: FIRST };
    t.ok((await store.insert(draft(2, { under }))).inserted);
    known(await store.claim(uuid(1), SECOND));
    await t.rejects(store.insert(draft(3, { under })), FenceLost);
    t.equal(await store.get(uuid(3)), undefined);
    t.same(await store.history(uuid(3), 10), [], 'nothing of it was written');
    t.ok((await store.insert(draft(3, { under: { ...under, fence: SECOND } }))).inserted);
  });

  test('a child is not inserted under a parent that is gone', async (t, store) => {
    await store.insert(draft(1));
    await observed(store, 1, { removed: 5 });
    const under = { uuid: uuid(1), fence: FIRST };
    await t.rejects(store.insert(draft(2, { under })), FenceLost);
    await t.rejects(store.insert(draft(2, { under: { ...under, uuid: uuid(9) } })), FenceLost);
    t.equal(await store.get(uuid(2)), undefined);
  });

  test('whether a parent is taken over before its child is inserted or after, somebody knows of the child', async (t, store) => {
    await store.insert(draft(1));
    known(await store.claim(uuid(1), FIRST));
    const under = { uuid: uuid(1), fence: FIRST };
    const inserts = Array.from({ length: 16 }, (_, index) =>
      store.insert(draft(2 + index, { under })).then(
        ({ inserted }) => inserted,
        (thrown: unknown) => (thrown instanceof FenceLost ? false : Promise.reject(thrown)),
      ),
    );
    const seen = store.claim(uuid(1), SECOND).then(async (row) => {
      known(row);
      return Promise.all(Array.from({ length: 16 }, (_, index) => store.get(uuid(2 + index))));
    });
    const made = await Promise.all(inserts);
    const successor = await seen;
    t.same(
      successor.map((row) => row !== undefined),
      made,
      'the successor sees every child that was ever made',
    );
  });

  test('a natural key is taken once among the living of a type', async (t, store) => {
    await store.insert(draft(1, { naturalKey: 'k' }));
    t.match(await store.insert(draft(2, { naturalKey: 'k' })), {
      inserted: false,
      resource: { uuid: uuid(1) },
    });
    t.ok((await store.insert(draft(3, { naturalKey: 'k', type: 'plain' }))).inserted);
    t.ok((await store.insert(draft(4))).inserted, 'none is not the same as none');
    t.ok((await store.insert(draft(5))).inserted);
    t.match(await store.findByNaturalKey(gadget, 'k'), { uuid: uuid(1) });
    t.match(await store.find(ALL, gadget, 'k'), { uuid: uuid(1) });
    t.equal(await store.findByNaturalKey(gadget, '1'), undefined, 'never by id');
    await observed(store, 1, { removed: 5 });
    t.equal(await store.findByNaturalKey(gadget, 'k'), undefined);
    t.match(await store.find(ALL, gadget, '1'), { removed: 5 }, 'the tombstone is found by id');
    t.match(await store.insert(draft(6, { naturalKey: 'k' })), {
      inserted: true,
      resource: { uuid: uuid(6) },
    });
  });

  test('a change is made for the generation it was meant for, and counts the next', async (t, store) => {
    await store.insert(
      draft(1, { name: 'a', description: 'd', data: { x: 1 }, spec: { size: 1 } }),
    );
    const after = await store.change(uuid(1), 1, change({ spec: { size: 2 } }));
    t.match(after, {
      name: 'a',
      description: 'd',
      data: { x: 1 },
      spec: { size: 2 },
      generation: 2,
    });
    t.same(await store.get(uuid(1)), after);
    for (const generation of [0, 1, 3])
      t.equal(await store.change(uuid(1), generation, change({ name: 'b' })), undefined);
    t.match(await store.change(uuid(1), 2, change({ name: null, description: null, data: {} })), {
      name: null,
      description: null,
      data: {},
      spec: { size: 2 },
      generation: 3,
    });
    t.equal(await store.change(uuid(9), 1, change()), undefined);
  });

  test('of many changes of one generation at once, one is made', async (t, store) => {
    await store.insert(draft(1));
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, size) => store.change(uuid(1), 1, change({ spec: { size } }))),
    );
    const won = results.filter((result) => result !== undefined);
    t.equal(won.length, 1);
    t.same(await store.get(uuid(1)), won[0]);
  });

  test('how a desired state is kept is replaced for its generation, and is no change', async (t, store) => {
    await store.insert(draft(1, { spec: { colour: 'red' } }));
    const before = await observed(store, 1, { status: { weight: 3 } });
    const sealed = { colour: { sealed: 'ä "text"' } };
    t.equal(await store.reseal(uuid(1), 2, sealed), false);
    t.equal(await store.reseal(uuid(9), 1, sealed), false);
    t.same(await store.get(uuid(1)), before);
    const told = await store.newestChanges(10);
    t.equal(await store.reseal(uuid(1), 1, sealed), true);
    t.same(await store.get(uuid(1)), { ...before, spec: sealed });
    t.same((await store.list(ALL, gadget, { filters: [], limit: 9 })).resources, [
      { ...before, spec: sealed },
    ]);
    t.same(await store.newestChanges(10), told);
    t.equal((await store.history(uuid(1), 10)).length, 1);
    await observedAgain(store, 1, { removed: 5 });
    t.equal(await store.reseal(uuid(1), 1, { colour: 'a tombstone too' }), true);
    t.match(await store.get(uuid(1)), { removed: 5, spec: { colour: 'a tombstone too' } });
  });

  test('a delete that was asked for is never taken back', async (t, store) => {
    await store.insert(draft(1));
    await store.change(uuid(1), 1, change({ deleteRequestedAt: 77 }));
    t.match(await store.change(uuid(1), 2, change({ deleteRequestedAt: 99, name: 'x' })), {
      deleteRequestedAt: 77,
      generation: 3,
    });
  });

  test('decisions are kept until others take their place', async (t, store) => {
    await store.insert(draft(1));
    const repairs = [{ kind: 'recreate', part: 'file', epoch: 1, step: 2 }] as const;
    t.match(await store.change(uuid(1), 1, change({ repairs })), { repairs, generation: 2 });
    t.match(await store.change(uuid(1), 2, change({ name: 'x' })), { repairs, name: 'x' });
    t.match(await store.get(uuid(1)), { repairs });
    t.match(await store.claim(uuid(1), FIRST), { repairs });
  });

  test('desired and observed state never lose to each other', async (t, store) => {
    await store.insert(draft(1, { spec: { size: 1 } }));
    const claimed = known(await store.claim(uuid(1), FIRST));
    await store.change(uuid(1), 1, change({ spec: { size: 2 }, name: 'new' }));
    const after = await store.record(
      uuid(1),
      FIRST,
      claimed.statusVersion,
      recordOf(claimed, { status: { weight: 7 }, attemptedGeneration: 1 }),
    );
    t.match(after, {
      spec: { size: 2 },
      name: 'new',
      status: { weight: 7 },
      generation: 2,
      attemptedGeneration: 1,
      statusVersion: 1,
    });
    t.same(await store.get(uuid(1)), after, 'what a record answers is what is stored');
  });

  test('a claim succeeds for a newer holder only', async (t, store) => {
    await store.insert(draft(1));
    t.match(await store.claim(uuid(1), FIRST), { fence: FIRST });
    t.equal(await store.claim(uuid(1), FIRST), undefined);
    t.match(await store.claim(uuid(1), SECOND), { fence: SECOND });
    t.equal(await store.claim(uuid(1), FIRST), undefined);
    t.match(await store.claim(uuid(1), asFence('00000002.000000000001')), {});
    t.equal(await store.claim(uuid(1), asFence('00000001.ffffffffffff')), undefined);
    t.equal(await store.claim(uuid(9), FIRST), undefined);
    await store.insert(draft(2));
    await observed(store, 2, { removed: 5 });
    t.equal(await store.claim(uuid(2), SECOND), undefined, 'a tombstone has no holder any more');
  });

  test('a holder that was replaced records nothing', async (t, store) => {
    await store.insert(draft(1));
    const claimed = known(await store.claim(uuid(1), FIRST));
    await store.claim(uuid(1), SECOND);
    const record = recordOf(claimed, { status: { weight: 1 }, events: [event('late')] });
    t.equal(await store.record(uuid(1), FIRST, 0, record), undefined);
    t.match(await store.get(uuid(1)), { status: {}, statusVersion: 0, fence: SECOND });
    t.equal((await store.history(uuid(1), 10)).length, 1);
  });

  test('a record is made for the version it was meant for', async (t, store) => {
    await store.insert(draft(1));
    const claimed = known(await store.claim(uuid(1), FIRST));
    t.match(await store.record(uuid(1), FIRST, 0, recordOf(claimed)), { statusVersion: 1 });
    t.equal(await store.record(uuid(1), FIRST, 0, recordOf(claimed)), undefined);
    t.equal(await store.record(uuid(1), FIRST, 2, recordOf(claimed)), undefined);
    t.match(await store.record(uuid(1), FIRST, 1, recordOf(claimed)), { statusVersion: 2 });
    t.equal(await store.record(uuid(9), FIRST, 0, recordOf(claimed)), undefined);
  });

  test('of several pools each gives what it has, in one unit', async (t, store) => {
    for (const n of [1, 2]) await store.insert(draft(n));
    const want = (pool: string, ...items: readonly string[]) => ({ pool, items });
    t.same(await store.allocateAll(uuid(1), [want('mac', 'a'), want('tag', 'b')]), ['a', 'b']);
    t.same(await store.allocateAll(uuid(1), [want('mac', 'x'), want('new', 'c')]), ['a', 'c']);
    t.same(
      await store.allocateAll(uuid(2), [want('mac', 'a'), want('tag', 'b', 'd'), want('new')]),
      [undefined, 'd', undefined],
    );
    t.equal(await store.allocate('tag', uuid(2), ['e']), 'd');
    t.same(await store.allocateAll(uuid(2), []), []);
    await observed(store, 2, { removed: 5 });
    t.same(await store.allocateAll(uuid(2), [want('more', 'f'), want('tag', 'd')]), [
      undefined,
      undefined,
    ]);
    t.same(await store.allocated('more'), []);
  });

  test('a tombstone is never written again', async (t, store) => {
    await store.insert(draft(1, { naturalKey: 'k' }));
    const gone = await observed(store, 1, { removed: 5, nextAttemptAt: null });
    await store.insert(draft(2, { naturalKey: 'k' }));
    const living = recordOf(gone, { removed: null, events: [event('risen')] });
    t.equal(await store.record(uuid(1), FIRST, gone.statusVersion, living), undefined);
    t.same(await store.get(uuid(1)), gone);
    t.match(await store.findByNaturalKey(gadget, 'k'), { uuid: uuid(2) });
    t.equal((await store.history(uuid(1), 10)).length, 1);
    t.match(await store.insert(draft(1)), { inserted: false, resource: { removed: 5 } });
  });

  test('everything that was observed is kept', async (t, store) => {
    await store.insert(draft(1));
    const conditions: readonly Condition[] = [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Away',
        message: 'ä😀',
        observedGeneration: 1,
        lastTransitionTime: 5,
      },
    ];
    const record = {
      status: { weight: 3 },
      conditions,
      parts: { thing: { state: 'recorded', epoch: 2, external: asExternalId('vm'), step: 3 } },
      observedGeneration: 1,
      outcome: 'retry',
      nextAttemptAt: 2 ** 44,
      attempts: 4,
      lastErrorCode: 'Full',
      lastErrorMessage: 'no space',
    } satisfies Partial<StatusRecord>;
    const after = await observed(store, 1, record);
    t.match(after, record);
    t.same(await store.get(uuid(1)), after);
  });

  test('a tombstone gives back all it held and names nobody any more', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2, { references: [{ field: 'otherId', target: uuid(1) }] }));
    await store.setCapacity(uuid(1), 'memory', 100);
    await store.setCapacity(uuid(2), 'memory', 100);
    await store.allocate('mac', uuid(2), ['a']);
    await store.allocate('tag', uuid(2), ['b']);
    await store.claimCapacity(uuid(2), uuid(1), 'memory', 60);
    await observed(store, 2, { removed: 9 });
    t.same(await store.allocated('mac'), []);
    t.same(await store.allocated('tag'), []);
    t.same(await store.capacities('memory'), new Map([[uuid(1), { total: 100, used: 0 }]]));
    t.equal(await store.allocate('mac', uuid(2), ['a']), undefined, 'it takes nothing any more');
    t.equal(await store.claimCapacity(uuid(2), uuid(1), 'memory', 1), false);
    t.same(await store.countReferrers(uuid(1)), []);
    t.same(await store.referrers(uuid(1), 'gadget', 'otherId'), []);
    t.equal(
      await store.change(uuid(2), 1, change({ name: 'x' })),
      undefined,
      'it is not changed any more',
    );
  });

  test('a tombstone is given nothing any more, whoever asks for it late', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    await store.setCapacity(uuid(1), 'memory', 100);
    await observed(store, 2, { removed: 9 });
    t.equal(await store.allocate('mac', uuid(2), ['a']), undefined);
    t.equal(await store.claimCapacity(uuid(2), uuid(1), 'memory', 60), false);
    t.same(await store.allocated('mac'), []);
    t.same(await store.capacities('memory'), new Map([[uuid(1), { total: 100, used: 0 }]]));
  });

  test('what waits for a pass is due: changes at once, the rest at its time', async (t, store) => {
    for (let n = 1; n <= 6; n += 1) await store.insert(draft(n));
    const reasons = async (now: number) =>
      (await store.due(now, 100)).map(({ uuid: of, account, reason }) => {
        t.equal(account, OWNER);
        return [of, reason];
      });
    t.equal((await reasons(0)).length, 6);
    await observed(store, 1, { nextAttemptAt: 500, outcome: 'done' });
    await observed(store, 2, { nextAttemptAt: 300, outcome: 'retry' });
    await observed(store, 3, { nextAttemptAt: 400, outcome: 'wait' });
    await observed(store, 4, { nextAttemptAt: null });
    await observed(store, 6, { nextAttemptAt: null });
    await store.change(uuid(6), 1, change({ name: 'x' }));
    await observed(store, 5, { removed: 5 });
    t.same(await reasons(299), [[uuid(6), 'changed']], 'what is gone never is');
    t.same(await reasons(500), [
      [uuid(6), 'changed'],
      [uuid(2), 'retry'],
      [uuid(3), 'retry'],
      [uuid(1), 'resync'],
    ]);
  });

  test('a scan is limited, and goes on where others were worked off', async (t, store) => {
    for (let n = 1; n <= 5; n += 1) await store.insert(draft(n));
    t.equal((await store.due(0, 2)).length, 2);
    for (let n = 1; n <= 4; n += 1) await observed(store, n);
    t.match(await store.due(0, 2), [{ uuid: uuid(5) }]);
  });

  test('a scan takes the oldest changes and the longest overdue, each up to the limit', async (t, store) => {
    for (const n of [6, 4, 5, 1, 2, 3]) await store.insert(draft(n));
    await observed(store, 1, { nextAttemptAt: 30, outcome: 'done' });
    await observed(store, 2, { nextAttemptAt: 10, outcome: 'retry' });
    await observed(store, 3, { nextAttemptAt: 20, outcome: null });
    const due = async (now: number, limit: number) =>
      (await store.due(now, limit)).map(({ uuid: of, reason }) => [of, reason]);
    t.same(await due(30, 2), [
      [uuid(4), 'changed'],
      [uuid(5), 'changed'],
      [uuid(2), 'retry'],
      [uuid(3), 'retry'],
    ]);
    await store.change(uuid(1), 1, change({ name: 'x' }));
    t.same(
      (await due(30, 10)).filter(([of]) => of === uuid(1)),
      [
        [uuid(1), 'changed'],
        [uuid(1), 'resync'],
      ],
      'one that waits for both says both',
    );
    t.same(await due(9, 1), [[uuid(1), 'changed']]);
  });

  test('waking makes a resource due now, whatever its pause; not what is gone', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    await observed(store, 1, { nextAttemptAt: 9_000, attempts: 3, outcome: 'retry' });
    await observed(store, 2, { removed: 5 });
    await store.wake(uuid(1), 100);
    await store.wake(uuid(2), 100);
    await store.wake(uuid(9), 100);
    t.match(await store.due(100, 10), [{ uuid: uuid(1), reason: 'retry' }]);
    t.equal((await store.due(100, 10)).length, 1);
    t.match(await store.get(uuid(1)), { attempts: 3, statusVersion: 1 });
  });

  test('tombstones are forgotten with their history, older ones only', async (t, store) => {
    for (let n = 1; n <= 3; n += 1) await store.insert(draft(n));
    await observed(store, 1, { removed: 100 });
    await observed(store, 2, { removed: 200 });
    t.equal(await store.purge(100), 0);
    t.equal(await store.purge(200), 1);
    t.equal(await store.get(uuid(1)), undefined);
    t.same(await store.history(uuid(1), 10), []);
    t.match(await store.get(uuid(2)), { removed: 200 });
    t.equal((await store.history(uuid(2), 10)).length, 1);
    t.equal(await store.purge(1_000), 1);
    t.ok(await store.get(uuid(3)));
    t.equal((await store.insert(draft(4))).resource.id, '4', 'ids are never used again');
  });

  test('references are found from their target, by field, the oldest first', async (t, store) => {
    await store.insert(draft(1));
    const to = (field: string, n = 1) => ({ field, target: uuid(n) });
    await store.insert(draft(3, { references: [to('otherId')] }));
    await store.insert(draft(2, { references: [to('otherId'), to('ownerId')] }));
    await store.insert(draft(4, { references: [to('ownerId')], type: 'plain' }));
    t.match(await store.referrers(uuid(1), 'gadget', 'otherId'), [
      { uuid: uuid(2) },
      { uuid: uuid(3) },
    ]);
    t.same(await store.referrers(uuid(1), 'plain', 'otherId'), []);
    t.same(
      (await store.everyReferrer(uuid(1), 'ownerId')).map((row) => row.type).toSorted(),
      ['gadget', 'plain'],
      'of whatever type',
    );
    t.same(await store.everyReferrer(uuid(4), 'ownerId'), []);
    t.same(
      (await store.countReferrers(uuid(1))).toSorted((a, b) =>
        `${a.type}${a.field}` < `${b.type}${b.field}` ? -1 : 1,
      ),
      [
        { type: 'gadget', field: 'otherId', count: 2 },
        { type: 'gadget', field: 'ownerId', count: 1 },
        { type: 'plain', field: 'ownerId', count: 1 },
      ],
    );
    await store.insert(draft(5));
    await store.change(
      uuid(2),
      1,
      change({ references: { fields: ['otherId'], targets: [to('otherId', 5)] } }),
    );
    t.match(await store.referrers(uuid(1), 'gadget', 'otherId'), [{ uuid: uuid(3) }]);
    t.match(
      await store.referrers(uuid(1), 'gadget', 'ownerId'),
      [{ uuid: uuid(2) }],
      'others stay',
    );
    await observed(store, 3, {
      references: { fields: ['hostId'], targets: [to('hostId', 5), to('hostId', 1)] },
    });
    t.match(await store.referrers(uuid(5), 'gadget', 'hostId'), [{ uuid: uuid(3) }]);
    t.match(await store.referrers(uuid(1), 'gadget', 'hostId'), [{ uuid: uuid(3) }]);
    await store.change(uuid(2), 2, change({ references: { fields: ['ownerId'], targets: [] } }));
    t.same(
      await store.referrers(uuid(1), 'gadget', 'ownerId'),
      [],
      'a field without target names nobody',
    );
  });

  test('neighbours that are not as asked are found in both directions', async (t, store) => {
    for (const n of [1, 4, 5]) await store.insert(draft(n));
    await store.insert(
      draft(2, {
        references: [
          { field: 'otherId', target: uuid(1) },
          { field: 'otherId', target: uuid(4) },
        ],
      }),
    );
    await store.insert(draft(3, { references: [{ field: 'otherId', target: uuid(2) }] }));
    const of = async (n: number) =>
      (await store.unsettledNeighbours(uuid(n))).map((each) => each.uuid).toSorted();
    t.same(await of(2), [uuid(1), uuid(3), uuid(4)]);
    await observed(store, 1, { observedGeneration: 1, outcome: 'done' });
    await observed(store, 4, { observedGeneration: 1, outcome: 'wait' });
    t.same(await of(2), [uuid(3), uuid(4)], 'one that is as asked need not be told');
    await observed(store, 3, { removed: 5 });
    t.same(await of(2), [uuid(4)]);
    t.same(await of(5), []);
  });

  test('what belongs to an account is counted without itself', async (t, store) => {
    await store.insert(draft(1, { account: uuid(1) }));
    t.equal(await store.countOwned(uuid(1)), 0);
    await store.insert(draft(2, { account: uuid(1) }));
    await store.insert(draft(3, { account: uuid(1) }));
    await store.insert(draft(4));
    await observed(store, 3, { removed: 5 });
    t.equal(await store.countOwned(uuid(1)), 1);
  });

  test('ids are found for uuids, unknown ones are left out', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    t.same(
      await store.idsOf([uuid(1), uuid(2), uuid(9)]),
      new Map([
        [uuid(1), '1'],
        [uuid(2), '2'],
      ]),
    );
    t.equal((await store.idsOf([])).size, 0);
  });

  test('a history is told newest first, and its length is bounded', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    let row = known(await store.claim(uuid(1), FIRST));
    const whats = async (limit: number) =>
      (await store.history(uuid(1), limit)).map(({ what }) => what);
    row = known(
      await store.record(
        uuid(1),
        FIRST,
        row.statusVersion,
        recordOf(row, { events: [event('a'), event('b')] }),
      ),
    );
    await store.change(uuid(1), 1, change());
    t.same(await whats(10), ['update', 'b', 'a', 'requested']);
    t.same(await whats(2), ['update', 'b']);
    for (let n = 0; n < 400; n += 1) {
      row = known(
        await store.record(
          uuid(1),
          FIRST,
          row.statusVersion,
          recordOf(row, { events: [event(`e${n}`)] }),
        ),
      );
    }
    const kept = await whats(10_000);
    t.ok(kept.length >= 200 && kept.length < 300, `${kept.length} of 404 are kept`);
    t.same(
      kept.slice(0, 200),
      Array.from({ length: 200 }, (_, n) => `e${399 - n}`),
      'the newest',
    );
    t.equal((await store.history(uuid(2), 10)).length, 1, 'nobody else’s');
  });

  test('every write that callers can see leaves a record, in order', async (t, store) => {
    t.same(await store.newestChanges(10), []);
    t.same(await store.changes({ after: 0, missing: [], limit: 10 }), []);
    await store.insert(draft(1));
    await store.insert(draft(2));
    await store.change(uuid(1), 1, change());
    await observed(store, 2, { events: [event('a'), event('b')] });
    await observedAgain(store, 2);
    await store.wake(uuid(2), 5);
    await observedAgain(store, 2, { shown: 'changed' });
    await observed(store, 1, { removed: 7, events: [event('gone')] });
    const all = await store.changes({ after: 0, missing: [], limit: 10 });
    t.same(
      all.map(({ resource, events }) => [resource, ...events.map(({ what }) => what)]),
      [
        [uuid(1), 'requested'],
        [uuid(2), 'requested'],
        [uuid(1), 'update'],
        [uuid(2), 'a', 'b'],
        [uuid(2)],
        [uuid(1), 'gone'],
      ],
      'neither a record that nobody can tell from the one before nor a claim is among them',
    );
    const numbers = all.map(({ number }) => number);
    t.same(
      numbers,
      numbers.toSorted((left, right) => left - right),
    );
    t.same(await store.newestChanges(10), numbers);
    t.same(await store.newestChanges(2), numbers.slice(-2));
    t.same(
      (await store.history(uuid(2), 2)).map(({ what }) => what),
      ['b', 'a'],
      'what holds no event takes no place in the history',
    );
  });

  test('records are read from a position on, with those that were missing', async (t, store) => {
    for (let n = 1; n <= 6; n += 1) await store.insert(draft(n));
    const numbers = await store.newestChanges(10);
    const [first = 0, second = 0, third = 0, fourth = 0] = numbers;
    const from = async (after: number, missing: readonly [number, number][], limit = 10) =>
      (
        await store.changes({
          after,
          missing: missing.map(([begin, end]) => ({ first: begin, last: end })),
          limit,
        })
      ).map(({ number }) => numbers.indexOf(number) + 1);
    t.same(await from(fourth, []), [5, 6]);
    t.same(await from(fourth, [[second, second]]), [2, 5, 6]);
    t.same(
      await from(fourth, [
        [first, second],
        [fourth, fourth],
      ]),
      [1, 2, 4, 5, 6],
    );
    t.same(await from(fourth, [[first, third]], 2), [1, 2], 'in the order of their numbers');
    t.same(await from(numbers.at(-1) ?? 0, []), []);
  });

  test('of records without events the newest of a resource is kept', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    await observed(store, 2, { shown: 'changed' });
    await observed(store, 1, { shown: 'changed' });
    for (let n = 1; n < 130; n += 1) await observedAgain(store, 1, { shown: 'changed' });
    const all = await store.changes({ after: 0, missing: [], limit: 1_000 });
    const own = all.filter(({ resource }) => resource === uuid(1));
    t.ok(own.length < 70, `${own.length} of 131 are kept`);
    t.same(
      own.map(({ events }) => events.length).slice(0, 2),
      [1, 0],
      'and what happened is kept as it was',
    );
    t.equal(own.at(-1)?.number, (await store.newestChanges(1)).at(-1));
    t.equal(all.length - own.length, 2, 'nobody else’s');
  });

  test('no number is given out twice, though the last of all was forgotten', async (t, store) => {
    await store.insert(draft(1));
    await observed(store, 1, { removed: 5, events: [event('gone')] });
    const [last = 0] = await store.newestChanges(1);
    t.equal(await store.purge(10), 1);
    t.same(await store.history(uuid(1), 10), []);
    t.match(await store.changes({ after: 0, missing: [], limit: 10 }), [
      { number: last, events: [] },
    ]);
    await store.insert(draft(2));
    const [next = 0] = await store.newestChanges(1);
    t.ok(next > last, `${next} comes after ${last}`);
  });

  test('lists are filtered by every modifier', async (t, store) => {
    const specs = [
      { colour: 'red', size: 1, live: true, word: 'on', due: 10 },
      { colour: 'dark red', size: 2, live: false, word: 'off', due: 20 },
      { colour: '100%', size: 3, live: null, word: null, due: null },
      { colour: null, size: null, live: true, word: 'on', due: 30 },
      { colour: '1000', size: -5, live: false, word: 'off', due: 40 },
      { colour: 'a_b', size: 10, live: false, word: 'off', due: 50 },
      { colour: 'axb', size: 20, live: false, word: 'off', due: 60 },
    ];
    for (const [index, spec] of specs.entries()) await store.insert(draft(index + 1, { spec }));
    await observed(store, 2, { status: { weight: 9 } });
    const having = (field: string, modifier: Filter['modifier'], value?: Filter['value']) =>
      numbers(store, {
        filters: [{ field, modifier, ...(value === undefined ? {} : { value }) }],
      });
    t.same(await having('colour', 'eq', 'red'), [1]);
    t.same(await having('colour', 'ne', 'red'), [2, 3, 4, 5, 6, 7], 'what is missing is not equal');
    t.same(await having('colour', 'prefix', 're'), [1]);
    t.same(await having('colour', 'prefix', '100%'), [3], 'a prefix has no wildcards');
    t.same(await having('colour', 'prefix', 'a_'), [6]);
    t.same(await having('colour', 'prefix', '!'), []);
    t.same(await having('colour', 'like', '%red'), [1, 2]);
    t.same(await having('colour', 'like', 'a_b'), [6, 7]);
    t.same(await having('colour', 'like', '%RED'), [1, 2], 'blind to the case of letters');
    t.same(await having('colour', 'prefix', 'DARK R'), [2]);
    t.same(await having('colour', 'like', '%.+-[^$'), [], 'and to no other sign');
    t.same(await having('colour', 'like', 'red '), []);
    t.same(await having('colour', 'like', ''), []);
    t.same(await having('colour', 'notlike', '%red'), [3, 4, 5, 6, 7]);
    t.same(await having('colour', 'null'), [4]);
    t.same(await having('colour', 'notnull'), [1, 2, 3, 5, 6, 7]);
    t.same(await having('size', 'lt', 2), [1, 5]);
    t.same(await having('size', 'lte', 2), [1, 2, 5]);
    t.same(await having('size', 'gt', 3), [6, 7], 'as numbers, not as text');
    t.same(await having('size', 'gte', 3), [3, 6, 7]);
    t.same(await having('size', 'eq', -5), [5]);
    t.same(await having('size', 'ne', 1), [2, 3, 4, 5, 6, 7]);
    t.same(await having('live', 'eq', true), [1, 4]);
    t.same(await having('live', 'ne', true), [2, 3, 5, 6, 7]);
    t.same(await having('word', 'eq', 'off'), [2, 5, 6, 7]);
    t.same(await having('due', 'gt', 25), [4, 5, 6, 7]);
    t.same(await having('weight', 'eq', 9), [2], 'observed state too');
    t.same(await having('weight', 'null'), [1, 3, 4, 5, 6, 7]);
    t.same(await having('id', 'eq', '3'), [3]);
    t.same(await having('uuid', 'eq', uuid(4)), [4]);
    t.same(await having('name', 'null'), [1, 2, 3, 4, 5, 6, 7]);
    t.same(await having('created', 'lte', 1_002), [1, 2]);
    t.same(
      await numbers(store, {
        filters: [
          { field: 'live', modifier: 'eq', value: false },
          { field: 'size', modifier: 'gt', value: 2 },
        ],
      }),
      [6, 7],
      'several are joined by AND',
    );
    t.same(await having('colour', 'eq', "' or 1=1 --"), [], 'a value is never SQL');
  });

  test('lists are filtered by the account’s friendly id', async (t, store) => {
    const account = await store.insert(draft(50, { type: 'account', account: uuid(50) }));
    await store.insert(draft(1, { account: uuid(50) }));
    await store.insert(draft(2));
    const filters: readonly Filter[] = [
      { field: 'accountId', modifier: 'eq', value: account.resource.id },
    ];
    t.same(await numbers(store, { filters }), [1]);
  });

  test('who reads sees the own and what is everyone’s', async (t, store) => {
    const other = { account: uuid(0xbad) };
    await store.insert(draft(1));
    await store.insert(draft(2, other));
    await store.insert(
      draft(3, { ...other, type: 'shared', visibleToAll: 'yes', naturalKey: 'k' }),
    );
    const mine: Scope = { kind: 'account', account: OWNER };
    t.same(await numbers(store, {}, mine), [1]);
    t.same(await numbers(store), [1, 2]);
    t.equal((await store.list(mine, shared, query())).resources.length, 1);
    for (let reading = 0; reading < 2; reading += 1) {
      t.ok(await store.find(mine, gadget, '1'));
      t.equal(await store.find(mine, gadget, '2'), undefined);
      t.ok(await store.find(ALL, gadget, '2'));
      t.ok(await store.find(mine, shared, '1'));
      t.ok(await store.find(mine, shared, 'k'));
    }
    t.same(
      await numbers(store, { filters: [{ field: 'uuid', modifier: 'eq', value: uuid(2) }] }, mine),
      [],
      'no filter opens more',
    );
  });

  test('tombstones are listed only when asked for, from a moment on', async (t, store) => {
    for (let n = 1; n <= 3; n += 1) await store.insert(draft(n));
    await observed(store, 1, { removed: 100 });
    await observed(store, 2, { removed: 200 });
    t.same(await numbers(store), [3]);
    t.same(await numbers(store, { removedSince: 100 }), [1, 2, 3]);
    t.same(await numbers(store, { removedSince: 150 }), [2, 3]);
    t.same(
      await numbers(store, {
        removedSince: 0,
        filters: [{ field: 'removed', modifier: 'notnull' }],
      }),
      [1, 2],
    );
  });

  test('a list of children has those whose field names the parent', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2, { references: [{ field: 'otherId', target: uuid(1) }] }));
    await store.insert(draft(3, { references: [{ field: 'ownerId', target: uuid(1) }] }));
    t.same(await numbers(store, { child: { field: 'otherId', parent: uuid(1) } }), [2]);
    t.same(await numbers(store, { child: { field: 'otherId', parent: uuid(2) } }), []);
  });

  test('lists are sorted, nulls before everything, ties by age', async (t, store) => {
    const sizes = [5, null, 10, 5, null, -1];
    for (const [index, size] of sizes.entries())
      await store.insert(draft(index + 1, { spec: { size } }));
    const sort = (field: string, order: 'asc' | 'desc') =>
      numbers(store, { sort: { field, order } });
    t.same(await sort('size', 'asc'), [2, 5, 6, 1, 4, 3]);
    t.same(await sort('size', 'desc'), [3, 4, 1, 6, 5, 2]);
    t.same(await sort('created', 'desc'), [6, 5, 4, 3, 2, 1]);
    t.same(await numbers(store), [1, 2, 3, 4, 5, 6]);
  });

  test('texts are sorted by their code points', async (t, store) => {
    const colours = ['\u{1f600}', 'ä', '\uffee', 'B', 'a', 'ab', ''];
    for (const [index, colour] of colours.entries())
      await store.insert(draft(index + 1, { spec: { colour } }));
    const sort = { field: 'colour', order: 'asc' } as const;
    t.same(await numbers(store, { sort }), [7, 4, 5, 6, 2, 3, 1]);
    const filters: readonly Filter[] = [{ field: 'colour', modifier: 'gt', value: 'ä' }];
    t.same(await numbers(store, { filters }), [1, 3]);
  });

  test('pages follow one another without gaps or repeats, whatever they are sorted by', async (t, store) => {
    const pool = fc.sample(
      fc.record({
        colour: fc.constantFrom(null, 'a', 'b', 'B', 'ä', ''),
        size: fc.constantFrom(null, -1, 0, 1, 2, 10),
        live: fc.constantFrom(null, true, false),
      }),
      { numRuns: 60, seed: 3 },
    );
    for (const [index, spec] of pool.entries()) {
      await store.insert(
        draft(index + 1, { spec, name: index % 3 === 0 ? null : `n${index % 7}` }),
      );
      if (index % 4 === 0) await observed(store, index + 1, { status: { weight: index % 5 } });
    }
    const walk = async (more: Partial<ListQuery>): Promise<ResourceUuid[]> => {
      const seen: ResourceUuid[] = [];
      for (let after: ListPosition | undefined, pages = 0; pages < 100; pages += 1) {
        const page = await store.list(ALL, gadget, query({ ...more, after }));
        seen.push(...page.resources.map(({ uuid: of }) => of));
        if (page.next === undefined) return seen;
        // A position comes back from a client as text.
        after = JSON.parse(JSON.stringify(page.next)) as ListPosition;
      }
      throw new Error('pages without end');
    };
    const sorts = fc.option(
      fc.record({
        field: fc.constantFrom('colour', 'size', 'live', 'weight', 'name', 'created', 'id', 'uuid'),
        order: fc.constantFrom('asc' as const, 'desc' as const),
      }),
      { nil: undefined },
    );
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 70 }), async (sort, limit) => {
        const whole = await walk({ sort, limit: 1_000 });
        const paged = await walk({ sort, limit });
        t.equal(new Set(whole).size, pool.length);
        t.same(paged, whole);
      }),
      { numRuns: 25, seed: 4 },
    );
  });

  test('a full last page has no next one', async (t, store) => {
    for (let n = 1; n <= 4; n += 1) await store.insert(draft(n));
    const first = await store.list(ALL, gadget, query({ limit: 2 }));
    t.ok(first.next);
    const second = await store.list(ALL, gadget, query({ limit: 2, after: first.next }));
    t.equal(second.resources.length, 2);
    t.equal(second.next, undefined);
    t.equal((await store.list(ALL, plain, query())).next, undefined);
  });

  test('pages sorted by account end', async (t, store) => {
    await store.insert(draft(50, { type: 'account', account: uuid(50) }));
    await store.insert(draft(51, { type: 'account', account: uuid(51) }));
    for (let n = 1; n <= 6; n += 1) await store.insert(draft(n, { account: uuid(50 + (n % 2)) }));
    const sort = { field: 'accountId', order: 'asc' } as const;
    const first = await store.list(ALL, gadget, query({ sort, limit: 3 }));
    const second = await store.list(ALL, gadget, query({ sort, limit: 3, after: first.next }));
    const seen = [...first.resources, ...second.resources].map(({ created }) => created - 1_000);
    t.same(seen, [2, 4, 6, 1, 3, 5]);
  });

  test('an item of a pool has one holder, and a holder one item of a pool', async (t, store) => {
    t.equal(await store.allocate('mac', uuid(1), ['a', 'b']), 'a');
    t.equal(await store.allocate('mac', uuid(1), ['b', 'c']), 'a', 'what it holds it keeps');
    t.equal(await store.allocate('mac', uuid(2), ['a', 'b']), 'b');
    t.equal(await store.allocate('mac', uuid(3), ['a', 'b']), undefined);
    t.equal(await store.allocate('mac', uuid(3), []), undefined);
    t.equal(await store.allocate('tag', uuid(1), ['a']), 'a', 'pools know nothing of each other');
    t.same((await store.allocated('mac')).toSorted(), ['a', 'b']);
    await store.release('mac', uuid(1));
    await store.release('mac', uuid(9));
    t.equal(await store.allocate('mac', uuid(3), ['a', 'b']), 'a');
    t.same(await store.allocated('tag'), ['a']);
  });

  test('sixty-four who take from a pool at once get one each, and no two the same', async (t, store) => {
    const items = Array.from({ length: 60 }, (_, n) => `item ${n}`);
    const got = await Promise.all(
      Array.from({ length: 64 }, (_, n) => store.allocate('pool', uuid(n), items)),
    );
    const held = got.filter((item) => item !== undefined);
    t.equal(held.length, 60);
    t.equal(new Set(held).size, 60);
    t.same((await store.allocated('pool')).toSorted(), items.toSorted());
    const again = await Promise.all(
      Array.from({ length: 16 }, () => store.allocate('other', uuid(1), items)),
    );
    t.equal(new Set(again).size, 1, 'one who asks many times at once gets one');
  });

  test('of numbered items the next free one is found from anywhere, but those that are not meant', async (t, store) => {
    const items = (from: number, first = 8, last = 12) =>
      numberedItems({ first, last, from, without: [10] });
    const give = async (n: number, from: number) => {
      const item = await store.allocate('numbers', uuid(n), items(from));
      return item === undefined ? undefined : Number(item);
    };
    t.equal(await give(1, 9), 9);
    const second = await give(2, 9);
    t.equal(await give(2, second === 8 ? 11 : 8), second, 'what it holds it keeps');
    const others = [await give(3, 9), await give(4, 10)];
    t.same(new Set([second, ...others]), new Set([8, 11, 12]));
    t.equal(await give(5, 10), undefined);
    await store.release('numbers', uuid(3));
    t.equal(await give(5, 8), others[0]);
    t.equal(await give(6, 12), undefined);
    t.equal(Number(await store.allocate('numbers', uuid(6), items(99, 99, 101))), 99);
    const [given] = await store.allocateAll(uuid(7), [{ pool: 'numbers', items: items(8, 8, 13) }]);
    t.equal(Number(given), 13);
  });

  test('sixty-four who take numbers from a pool that is nearly full get one each', async (t, store) => {
    const all = { first: 0, last: 127, without: [5, 6] };
    for (let n = 0; n < 64; n += 1)
      await store.allocate('full', uuid(n), numberedItems({ ...all, from: (n * 37) % 128 }));
    const got = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        store.allocate('full', uuid(100 + n), numberedItems({ ...all, from: (n * 11) % 128 })),
      ),
    );
    t.equal(got.filter((item) => item === undefined).length, 2, 'there are two fewer than asked');
    const held = await store.allocated('full');
    t.equal(new Set(held).size, 126);
    t.notOk(held.some((item) => [5, 6].includes(Number(item))));
  });

  test('numbers that are given back while others look for them are found again: nothing of a full pool leaks', async (t, store) => {
    // Over the ends of stretches of each size.
    const [first, last] = [4_000, 4_191];
    const room = last - first + 1;
    const give = (n: number) => {
      const from = first + ((n * 53) % room);
      return store.allocate('churned', uuid(n), numberedItems({ first, last, from, without: [] }));
    };
    for (let n = 0; n < room; n += 32)
      await Promise.all(Array.from({ length: 32 }, (_, index) => give(n + index)));
    t.equal(await give(9_999), undefined, 'it is full');
    t.equal(await give(9_998), undefined, 'which is on record');
    const holders = Array.from({ length: room }, (_, n) => n);
    const turn = async (index: number): Promise<void> => {
      const holder = holders[index] ?? 0;
      await store.release('churned', uuid(holder));
      const next = holder + 1_000;
      holders[index] = next;
      // As many are free as there are who look: who is overtaken looks once more.
      for (let tries = 0; tries < 200; tries += 1) if ((await give(next)) !== undefined) return;
      t.fail(`${next} finds none though one is free`);
    };
    for (let round = 0; round < 3; round += 1)
      await Promise.all(
        Array.from({ length: 24 }, async (_, n) => {
          for (let index = n; index < room; index += 24) await turn(index);
        }),
      );
    const held = await store.allocated('churned');
    t.equal(new Set(held).size, room);
    t.equal(held.length, room);
    t.equal(await give(9_999), undefined, 'it is full again');
  });

  test('of one pool others may mean other numbers: what is full for one is not for another', async (t, store) => {
    const give = (n: number, last: number, without: readonly number[] = []) =>
      store.allocate('shared', uuid(n), numberedItems({ first: 0, last, from: 0, without }));
    for (let n = 0; n < 99; n += 1) await give(n, 99, [50]);
    t.equal(await give(200, 99, [50]), undefined);
    t.equal(await give(201, 99, [50]), undefined);
    t.equal(Number(await give(202, 99)), 50);
    t.equal(Number(await give(203, 120)) > 99, true);
    await store.release('shared', uuid(202));
    t.equal(await give(204, 99, [50]), undefined);
    t.equal(Number(await give(205, 99)), 50);
  });

  test('what networks have carried is kept, one reading after the other', async (t, store) => {
    const [network, other, element, account] = [uuid(0xa), uuid(0xb), uuid(1), uuid(0xacc)];
    const count = (packets: number) => ({ in: { packets, bytes: packets * 9 } });
    const put = (of: typeof network, after: number, packets: number, at = 5) =>
      store.countTraffic({
        network: of,
        after,
        at,
        records: [
          {
            owner: element,
            network: of,
            carried: count(packets),
            told: count(packets),
            since: at,
            until: at,
          },
        ],
        account,
        growth: count(packets),
      });
    t.same(await store.trafficOf(network), { version: 0, at: 0, records: [] });
    t.same(await store.traffic([element, account]), []);
    t.same(await store.traffic([]), []);
    const first = await Promise.all(Array.from({ length: 8 }, () => put(network, 0, 7)));
    t.equal(first.filter(Boolean).length, 1, 'one of them is the first');
    t.equal(await put(network, 0, 100), false, 'it is not the next');
    t.equal(await put(network, 1, 9, 6), true);
    const { version, at, records } = await store.trafficOf(network);
    t.match({ version, at }, { version: 2, at: 6 });
    t.same(records, [
      {
        owner: element,
        network,
        carried: count(9),
        told: count(9),
        since: 5,
        until: 6,
      },
    ]);
    await Promise.all([put(other, 0, 1), put(network, 2, 2), put(uuid(0xc), 0, 3)]);
    const [sum] = await store.traffic([account]);
    t.match(sum, { carried: count(7 + 9 + 1 + 2 + 3), network: null, since: 5 });
    t.equal(
      await store.countTraffic({ network, after: 3, at: 9, records: [], account, growth: {} }),
      true,
    );
  });

  test('the latest use of a key is kept, whatever the order in which uses are noted', async (t, store) => {
    const [key, other] = [uuid(0x1a), uuid(0x1b)];
    t.equal(await store.lastUse(key), undefined);
    await Promise.all([7, 3, 9, 9, 5].map((at) => store.noteUse(key, at)));
    t.equal(await store.lastUse(key), 9);
    await store.noteUse(key, 8);
    t.equal(await store.lastUse(key), 9, 'an earlier one changes nothing');
    const now = Date.UTC(2026, 10, 29);
    await store.noteUse(key, now);
    t.equal(await store.lastUse(key), now);
    t.equal(await store.lastUse(other), undefined, 'of another nothing is known');
  });

  test('the use of a key is forgotten together with its tombstone', async (t, store) => {
    await store.insert(draft(1));
    await store.insert(draft(2));
    await store.noteUse(uuid(1), 5);
    await store.noteUse(uuid(2), 6);
    await observed(store, 1, { removed: 50 });
    await store.purge(50);
    t.equal(await store.lastUse(uuid(1)), 5, 'not before');
    await store.purge(51);
    t.equal(await store.lastUse(uuid(1)), undefined);
    t.equal(await store.lastUse(uuid(2)), 6);
  });

  test('what is claimed never exceeds what there is', async (t, store) => {
    const [host, other] = [uuid(0xa), uuid(0xb)];
    await store.setCapacity(host, 'memory', 100);
    await store.setCapacity(other, 'memory', 100);
    const used = async (of = host) => (await store.capacities('memory')).get(of)?.used;
    t.equal(await store.claimCapacity(uuid(1), host, 'memory', 60), true);
    t.equal(await store.claimCapacity(uuid(2), host, 'memory', 41), false);
    t.equal(await store.claimCapacity(uuid(2), host, 'memory', 40), true);
    t.equal(await used(), 100);
    t.equal(
      await store.claimCapacity(uuid(1), host, 'memory', 60),
      true,
      'asked again, charged once',
    );
    t.equal(await used(), 100);
    t.equal(await store.claimCapacity(uuid(1), host, 'memory', 61), false);
    t.equal(
      await store.claimCapacity(uuid(1), host, 'memory', 30),
      true,
      'less takes the place of more',
    );
    t.equal(await used(), 70);
    t.equal(await store.claimCapacity(uuid(1), other, 'memory', 10), false, 'a claim never moves');
    t.equal(await used(other), 0);
    t.equal(await store.claimCapacity(uuid(3), uuid(0xc), 'memory', 1), false, 'nobody has it');
    t.equal(await store.claimCapacity(uuid(3), host, 'disk', 1), false);
    await store.releaseCapacity(uuid(1), 'memory');
    await store.releaseCapacity(uuid(1), 'memory');
    await store.releaseCapacity(uuid(9), 'memory');
    t.equal(await used(), 40);
    t.equal(
      await store.claimCapacity(uuid(1), other, 'memory', 10),
      true,
      'given back, it is free to go',
    );
  });

  test('a claim that moves is charged at both places until the old one is released', async (t, store) => {
    const [a, b, c] = [uuid(0xa), uuid(0xb), uuid(0xc)];
    const used = async () =>
      Promise.all(
        [a, b, c].map(async (each) => (await store.capacities('memory')).get(each)?.used),
      );
    for (const host of [a, b, c]) await store.setCapacity(host, 'memory', 100);
    t.equal(await store.moveClaim(uuid(1), 'memory', a, b), false, 'nothing is charged yet');
    await store.claimCapacity(uuid(1), a, 'memory', 60);
    await store.claimCapacity(uuid(2), c, 'memory', 50);
    t.equal(await store.moveClaim(uuid(1), 'memory', a, c), false, 'no room there');
    t.same(await store.claimOf(uuid(1), 'memory'), { holder: a, amount: 60 });
    t.equal(await store.moveClaim(uuid(1), 'memory', b, c), false, 'it is not at b');
    t.equal(await store.moveClaim(uuid(1), 'memory', a, b), true);
    t.equal(await store.moveClaim(uuid(1), 'memory', a, b), true, 'asked again, charged once');
    t.same(await used(), [60, 60, 50]);
    t.same(await store.claimOf(uuid(1), 'memory'), { holder: b, amount: 60 });
    t.same(await store.claimOf(uuid(1), 'memory@leaving'), { holder: a, amount: 60 });
    await store.releaseCapacity(uuid(2), 'memory');
    t.equal(await store.moveClaim(uuid(1), 'memory', b, c), false, 'one move at a time');
    t.same(await used(), [60, 60, 0]);
    t.equal(await store.moveClaim(uuid(1), 'memory', b, a), true, 'back again');
    t.same(await store.claimOf(uuid(1), 'memory'), { holder: a, amount: 60 });
    await store.releaseCapacity(uuid(1), 'memory@leaving');
    t.same(await used(), [60, 0, 0]);
  });

  test('who is removed while it moves gives back both places', async (t, store) => {
    const [a, b] = [uuid(0xa), uuid(0xb)];
    for (const host of [a, b]) await store.setCapacity(host, 'memory', 100);
    await store.insert(draft(1));
    await store.claimCapacity(uuid(1), a, 'memory', 60);
    await store.moveClaim(uuid(1), 'memory', a, b);
    await observed(store, 1, { removed: 5 });
    t.same(
      [...(await store.capacities('memory')).values()].map(({ used }) => used),
      [0, 0],
    );
    t.equal(await store.moveClaim(uuid(1), 'memory', b, a), false, 'a late mover gets nothing');
  });

  test('sixty-four who claim at once never get more than there is', async (t, store) => {
    const host = uuid(0xa);
    await store.setCapacity(host, 'memory', 1_000);
    const got = await Promise.all(
      Array.from({ length: 64 }, (_, n) => store.claimCapacity(uuid(n + 20), host, 'memory', 30)),
    );
    t.equal(got.filter((ok) => ok).length, 33);
    t.same(await store.capacities('memory'), new Map([[host, { total: 1_000, used: 990 }]]));
  });

  test('capacity that shrinks keeps its claims and lets no more in', async (t, store) => {
    const host = uuid(0xa);
    await store.setCapacity(host, 'memory', 100);
    await store.claimCapacity(uuid(1), host, 'memory', 80);
    await store.setCapacity(host, 'memory', 50);
    t.same(await store.capacities('memory'), new Map([[host, { total: 50, used: 80 }]]));
    t.equal(await store.claimCapacity(uuid(2), host, 'memory', 1), false);
    t.equal(await store.claimCapacity(uuid(1), host, 'memory', 80), true, 'what is claimed stays');
    await store.releaseCapacity(uuid(1), 'memory');
    t.equal(await store.claimCapacity(uuid(2), host, 'memory', 50), true);
  });

  test('an account is charged with the insert, or nothing is written', async (t, store) => {
    const used = async (className: string) => (await store.capacities(className)).get(OWNER);
    const charges = (things: number, gb: number): readonly Charge[] => [
      { holder: OWNER, className: 'things', amount: things, limit: 3 },
      { holder: OWNER, className: 'gb', amount: gb, limit: 100 },
    ];
    t.ok((await store.insert(draft(1, { charges: charges(1, 60) }))).inserted);
    t.same(await used('things'), { total: 3, used: 1 });
    t.same(await used('gb'), { total: 100, used: 60 });
    t.same(await store.claimOf(uuid(1), 'gb'), { holder: OWNER, amount: 60 });
    const refused = draft(2, {
      charges: charges(1, 41),
      naturalKey: 'k',
      references: [{ field: 'otherId', target: uuid(1) }],
    });
    await t.rejects(store.insert(refused), {
      name: 'QuotaExceeded',
      className: 'gb',
      used: 60,
      limit: 100,
      more: 41,
    });
    t.equal(await store.get(uuid(2)), undefined);
    t.equal(await store.findByNaturalKey(gadget, 'k'), undefined);
    t.same(await store.history(uuid(2), 10), []);
    t.same(await store.countReferrers(uuid(1)), []);
    t.same(await used('things'), { total: 3, used: 1 }, 'not even what would have fitted');
    t.equal(await store.claimOf(uuid(2), 'things'), undefined);
    t.ok((await store.insert(draft(3, { charges: charges(1, 40) }))).inserted);
    t.notOk(
      (await store.insert(draft(3, { charges: charges(1, 40) }))).inserted,
      'asked again at the limit, it is there and charged once',
    );
    t.same(await used('gb'), { total: 100, used: 100 });
    t.equal((await store.insert(draft(4))).resource.id > '3', true);
    await observed(store, 1, { removed: 5 });
    t.same(await used('things'), { total: 3, used: 1 }, 'a tombstone gives back all of it');
    t.same(await used('gb'), { total: 100, used: 40 });
    t.equal(await store.claimOf(uuid(1), 'gb'), undefined);
  });

  test('a change is charged in place of what was charged before', async (t, store) => {
    const used = async () => (await store.capacities('gb')).get(OWNER)?.used;
    const gb = (amount: number, limit = 100): readonly Charge[] => [
      { holder: OWNER, className: 'gb', amount, limit },
    ];
    await store.insert(draft(1, { charges: gb(60), spec: { size: 60 } }));
    await store.insert(draft(2, { charges: gb(30) }));
    t.match(await store.change(uuid(1), 1, change({ charges: gb(70), spec: { size: 70 } })), {
      generation: 2,
    });
    t.equal(await used(), 100);
    const refused = change({
      charges: gb(71),
      spec: { size: 71 },
      references: { fields: ['otherId'], targets: [{ field: 'otherId', target: uuid(2) }] },
    });
    await t.rejects(store.change(uuid(1), 2, refused), {
      name: 'QuotaExceeded',
      used: 100,
      limit: 100,
      more: 1,
    });
    t.match(await store.get(uuid(1)), { generation: 2, spec: { size: 70 } });
    t.same(await store.countReferrers(uuid(2)), []);
    t.equal((await store.history(uuid(1), 10)).length, 2);
    t.equal(await store.change(uuid(1), 1, refused), undefined, 'too late is no matter of limits');
    t.equal(await used(), 100);
    t.ok(
      await store.change(uuid(1), 2, change({ charges: gb(50, 10) })),
      'less fits always, whatever the limit is now',
    );
    t.equal(await used(), 80);
    t.ok(await store.change(uuid(1), 3, change({ charges: gb(50, 10) })), 'so does as much');
    await t.rejects(store.change(uuid(1), 4, change({ charges: gb(51, 10) })), {
      name: 'QuotaExceeded',
      limit: 10,
    });
    t.ok(await store.change(uuid(1), 4, change({ charges: gb(90, 120) })), 'a limit can be raised');
    t.equal(await used(), 120);
    t.ok(await store.change(uuid(1), 5, change({ name: 'x' })), 'what is not named stays');
    t.equal(await used(), 120);
    t.ok(await store.change(uuid(1), 6, change({ charges: gb(0) })));
    t.equal(await used(), 30);
  });

  test('sixteen inserts at once at a limit of five make five', async (t, store) => {
    const charges = [{ holder: OWNER, className: 'things', amount: 1, limit: 5 }];
    const made = await Promise.allSettled(
      Array.from({ length: 16 }, (_, n) => store.insert(draft(n + 1, { charges }))),
    );
    t.equal(made.filter(({ status }) => status === 'fulfilled').length, 5);
    t.equal((await store.all(gadget, 100)).length, 5);
    t.same(await store.capacities('things'), new Map([[OWNER, { total: 5, used: 5 }]]));
  });

  test('every run of the kernel is newer than all before it', async (t, store) => {
    const drawn = [];
    for (let n = 0; n < 3; n += 1) drawn.push(await store.nextIncarnation());
    const many = await Promise.all(Array.from({ length: 8 }, () => store.nextIncarnation()));
    drawn.push(...many.toSorted((a, b) => a - b));
    for (const [index, each] of drawn.entries())
      if (index > 0) t.ok(each > known(drawn[index - 1]), `${each}`);
  });

  test('migrating what is up to date changes nothing', async (t, store) => {
    await store.insert(draft(1));
    await store.migrate();
    t.ok(await store.get(uuid(1)));
  });
}
