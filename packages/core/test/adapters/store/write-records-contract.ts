import {
  AskedBefore,
  type AuditDraft,
  type AuditRecord,
  asFence,
  asId,
  asUuid,
  auditrecord,
  type ChainPlace,
  type Draft,
  type HistoryEvent,
  type KeyedRequest,
  type ListQuery,
  type NewSeal,
  type ResourceUuid,
  type Scope,
  type Store,
} from '@gdcloud/core';
import t, { type Test as Tap } from 'tap';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';

const ALL: Scope = { kind: 'all' };
const OWNER = uuid(0xacc);
const OTHER = uuid(0xbad);
const EVENT: HistoryEvent = { at: 1, what: 'asked', why: 'a test', result: 'done' };

const draft = (n: number, more: Partial<Draft> = {}): Draft =>
  gadgetDraft(n, { spec: { n }, ...more });

function request(key: string, more: Partial<KeyedRequest> = {}): KeyedRequest {
  return { account: OWNER, key, digest: 'd', resource: uuid(1), at: 10, ...more };
}

/** The n-th record; about resource 1 unless the insert it goes with says otherwise. */
function audit(n: number, more: Partial<AuditDraft['document']> = {}, account = OWNER): AuditDraft {
  return {
    uuid: recordUuid(n),
    account,
    mac: `mac ${n}`,
    document: {
      time: 1_000 + n,
      action: 'update',
      resourceType: 'gadget',
      resourceId: asId('1'),
      resourceUuid: uuid(1),
      actorId: asId('7'),
      keyUuid: null,
      source: '192.0.2.1',
      requestId: 'r-1',
      beforeHash: null,
      afterHash: 'h',
      ...more,
    },
  };
}

function recordUuid(n: number): ResourceUuid {
  return asUuid(`00000000-0000-7000-9000-${n.toString(16).padStart(12, '0')}`);
}

function query(more: Partial<ListQuery> = {}): ListQuery {
  return { filters: [], limit: 100, ...more };
}

async function listed(store: Store, more: Partial<ListQuery> = {}, scope = ALL) {
  const { resources } = await store.list(scope, auditrecord, query(more));
  return resources.map((record) => record.uuid);
}

function places(head: ChainPlace, records: readonly AuditRecord[]): readonly NewSeal[] {
  return records.map(({ uuid: of }, index) => ({
    uuid: of,
    seal: {
      sequence: head.sequence + index + 1,
      previousHash: `hash ${head.sequence + index}`,
      chainHash: `hash ${head.sequence + index + 1}`,
    },
  }));
}

/** Seals whatever waits, of one account. */
async function sealed(store: Store, account = OWNER): Promise<void> {
  const head = await store.chainHead(account);
  const seals = places(head, await store.unsealedOf(account, 100));
  if (!(await store.seal(account, head, seals))) throw new Error('they were sealed meanwhile');
}

/** What every store promises of what writes leave behind. `openStore` gives an empty, migrated one. */
export function writeRecordsContract(name: string, openStore: (t: Tap) => Promise<Store>): void {
  const test = (what: string, run: (t: Tap, store: Store) => Promise<void>): void => {
    void t.test(`${name}: ${what}`, async (t) => run(t, await openStore(t)));
  };

  test('a request is on record with the resource that it made, in one unit', async (t, store) => {
    const asked = request('k', { resource: uuid(1) });
    t.equal(await store.carriedOut(OWNER, 'k'), undefined);
    t.ok((await store.insert(draft(1, { onRecord: { request: asked } }))).inserted);
    t.same(await store.carriedOut(OWNER, 'k'), asked);
    t.equal(await store.carriedOut(OWNER, 'K'), undefined, 'a key is that very text');
    t.equal(await store.carriedOut(OTHER, 'k'), undefined, 'and one of its account');
  });

  test('an insert under a key that is on record leaves nothing behind', async (t, store) => {
    const charges = [{ holder: OWNER, className: 'things', amount: 1, limit: 1 }];
    await store.insert(draft(1, { charges, onRecord: { request: request('k') } }));
    const again = request('k', { digest: 'other', resource: uuid(2) });
    const onRecord = { request: again, audit: audit(1) };
    const thrown = await store
      .insert(draft(2, { charges, onRecord, references: [{ field: 'f', target: uuid(1) }] }))
      .catch((error: unknown) => error);
    t.ok(thrown instanceof AskedBefore, 'and it is told before that it would not fit twice');
    t.match(thrown, { digest: 'd', resource: uuid(1) });
    t.equal(await store.get(uuid(2)), undefined);
    t.same(await store.history(uuid(2), 10), []);
    t.same(await store.countReferrers(uuid(1)), []);
    t.same(await listed(store), []);
    t.match(await store.carriedOut(OWNER, 'k'), { digest: 'd' });
  });

  test('an insert that meets another resource puts nothing on record', async (t, store) => {
    await store.insert(draft(1, { naturalKey: 'name' }));
    const onRecord = { request: request('k'), audit: audit(1) };
    const met = await store.insert(draft(2, { naturalKey: 'name', onRecord }));
    t.notOk(met.inserted);
    t.equal(await store.carriedOut(OWNER, 'k'), undefined);
    t.same(await listed(store), []);
  });

  test('nothing is on record of what does not fit, or of what a replaced holder asked', async (t, store) => {
    const onRecord = { request: request('k'), audit: audit(1) };
    const charges = [{ holder: OWNER, className: 'things', amount: 2, limit: 1 }];
    await t.rejects(store.insert(draft(1, { charges, onRecord })), { name: 'QuotaExceeded' });
    const under = { uuid: uuid(9), fence: asFence('00000001.000000000001') };
    await t.rejects(store.insert(draft(1, { under, onRecord: { audit: audit(2) } })), {
      name: 'FenceLost',
    });
    t.equal(await store.carriedOut(OWNER, 'k'), undefined);
    t.same(await listed(store), []);
  });

  test('of twelve requests at once under one key one makes its resource', async (t, store) => {
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) =>
        store.insert(
          draft(n + 1, {
            onRecord: { request: request('k', { resource: uuid(n + 1) }), audit: audit(n) },
          }),
        ),
      ),
    );
    const [one, ...more] = made.flatMap((each) => (each.status === 'fulfilled' ? [each] : []));
    t.same(more, []);
    t.equal((await store.carriedOut(OWNER, 'k'))?.resource, one?.value.resource.uuid);
    for (const each of made)
      if (each.status === 'rejected') t.ok(each.reason instanceof AskedBefore);
    t.equal((await listed(store)).length, 1);
  });

  test('a change under a key that is on record changes nothing', async (t, store) => {
    await store.insert(draft(1));
    const onRecord = { request: request('k'), audit: audit(1) };
    t.equal(await store.change(uuid(1), 9, { name: 'a', onRecord, event: EVENT }), undefined);
    t.equal(await store.carriedOut(OWNER, 'k'), undefined, 'too late is not carried out');
    t.match(await store.change(uuid(1), 1, { name: 'a', onRecord, event: EVENT }), { name: 'a' });
    await t.rejects(
      store.change(uuid(1), 2, {
        name: 'b',
        onRecord: { request: request('k'), audit: audit(2) },
        event: EVENT,
      }),
      { name: 'AskedBefore' },
    );
    t.match(await store.get(uuid(1)), { name: 'a', generation: 2 });
    t.same(await listed(store), [recordUuid(1)]);
  });

  test('what leads to no write is noted for itself, and once', async (t, store) => {
    await store.note({ request: request('k'), audit: audit(1) });
    await t.rejects(store.note({ request: request('k'), audit: audit(2) }), {
      name: 'AskedBefore',
    });
    await store.note({ audit: audit(3) });
    t.same(await listed(store), [recordUuid(1), recordUuid(3)]);
  });

  test('requests are forgotten when they are old, and can be sent anew', async (t, store) => {
    for (const at of [1, 2, 3]) await store.note({ request: request(`k${at}`, { at }) });
    t.equal(await store.forgetRequests(3), 2);
    t.equal(await store.carriedOut(OWNER, 'k2'), undefined);
    t.ok(await store.carriedOut(OWNER, 'k3'));
    await store.note({ request: request('k1') });
  });

  test('a record names the resource that was made with it', async (t, store) => {
    await store.insert(draft(7));
    const about = { action: 'create', resourceId: null, resourceUuid: uuid(8) };
    await store.insert(draft(8, { onRecord: { audit: audit(1, about) } }));
    const record = await store.find(ALL, auditrecord, recordUuid(1));
    t.match(record, {
      uuid: recordUuid(1),
      id: recordUuid(1),
      type: 'auditrecord',
      account: OWNER,
      created: 1_001,
      spec: { ...audit(1, about).document, resourceId: '2' },
      status: {},
      generation: 1,
      observedGeneration: 1,
    });
    t.equal(await store.find(ALL, auditrecord, uuid(8)), undefined);
    t.equal(await store.get(recordUuid(1)), undefined, 'it is no resource that work is done on');
  });

  test('accounts see their own records and no others', async (t, store) => {
    await store.note({ audit: audit(1) });
    await store.note({ audit: audit(2, {}, OTHER) });
    const own: Scope = { kind: 'account', account: OWNER };
    t.same(await listed(store, {}, own), [recordUuid(1)]);
    t.same(await listed(store), [recordUuid(1), recordUuid(2)]);
    t.ok(await store.find(own, auditrecord, recordUuid(1)));
    t.equal(await store.find(own, auditrecord, recordUuid(2)), undefined);
  });

  test('records are filtered, sorted and paged as resources are', async (t, store) => {
    await store.insert(draft(1, { account: uuid(1), type: 'account' }));
    const actions = ['create', 'update', 'delete', 'act:stop', 'update'];
    for (const [n, action] of actions.entries())
      await store.note({
        audit: audit(n + 1, { action, source: n === 2 ? null : `192.0.2.${n}` }),
      });
    await store.note({ audit: audit(9, { action: 'create' }, uuid(1)) });
    const numbers = async (more: Partial<ListQuery>) =>
      (await listed(store, more)).map((of) => Number.parseInt(of.slice(-12), 16));
    const filter = (
      field: string,
      modifier: 'eq' | 'prefix' | 'gte' | 'null',
      value?: string | number,
    ) => ({
      filters: [{ field, modifier, ...(value === undefined ? {} : { value }) }],
    });
    t.same(await numbers(filter('action', 'eq', 'update')), [2, 5]);
    t.same(await numbers(filter('action', 'prefix', 'act:')), [4]);
    t.same(await numbers(filter('time', 'gte', 1_004)), [4, 5, 9]);
    t.same(await numbers(filter('created', 'gte', 1_005)), [5, 9]);
    t.same(await numbers(filter('source', 'null')), [3]);
    t.same(await numbers(filter('removed', 'null')), [1, 2, 3, 4, 5, 9]);
    t.same(await numbers(filter('accountId', 'eq', '1')), [9]);
    t.same(await numbers(filter('id', 'eq', recordUuid(3))), [3]);
    t.same(await numbers({ removedSince: 0 }), [1, 2, 3, 4, 5, 9]);
    t.same(await numbers({ sort: { field: 'action', order: 'desc' } }), [5, 2, 3, 9, 1, 4]);
    t.same(await numbers({ sort: { field: 'created', order: 'desc' } }), [9, 5, 4, 3, 2, 1]);
    await sealed(store);
    t.same(await numbers({ sort: { field: 'sequence', order: 'desc' } }), [5, 4, 3, 2, 1, 9]);
    t.same(await numbers(filter('sequence', 'gte', 4)), [4, 5]);
    const paged: string[] = [];
    for (let after: ListQuery['after'], more = true; more; ) {
      const sort = { field: 'action', order: 'asc' } as const;
      const page = await store.list(ALL, auditrecord, query({ limit: 2, sort, after }));
      paged.push(...page.resources.map(({ spec }) => String(spec['action'])));
      after = page.next;
      more = after !== undefined;
    }
    t.same(paged, ['act:stop', 'create', 'create', 'delete', 'update', 'update']);
  });

  test('records get their places once, an account a chain', async (t, store) => {
    for (const n of [2, 1, 4]) await store.note({ audit: audit(n) });
    await store.note({ audit: audit(3, {}, OTHER) });
    const waiting = await store.unsealed(3);
    t.same(
      waiting.map((record) => record.uuid),
      [1, 2, 3].map(recordUuid),
    );
    t.match(waiting[0], { account: OWNER, mac: 'mac 1', seal: null, document: audit(1).document });
    const start = await store.chainHead(OWNER);
    t.same(start, { sequence: 0, chainHash: '' });
    const own = waiting.filter(({ account }) => account === OWNER);
    const seals = places(start, own);
    t.equal(await store.seal(OWNER, start, seals), true);
    t.same(await store.chainHead(OWNER), { sequence: 2, chainHash: 'hash 2' });
    t.same(await store.chainHead(OTHER), { sequence: 0, chainHash: '' });
    t.equal(await store.seal(OWNER, start, seals), false, 'the chain has got on');
    const head = await store.chainHead(OWNER);
    t.equal(await store.seal(OWNER, head, places(head, own)), false, 'each has its place');
    const third = await store.unsealedOf(OWNER, 10);
    t.equal(
      await store.seal(OWNER, head, places(head, [...third, ...own])),
      false,
      'and of several with one among them that has its place',
    );
    t.same(await store.unsealedOf(OWNER, 10), third, 'none gets one');
    t.same(await store.chainHead(OWNER), head);
    t.equal(await store.seal(OWNER, head, places(head, third)), true);
    const records = await store.sealedFrom(OWNER, 2, 10);
    t.same(
      records.map((record) => [record.uuid, record.seal?.sequence]),
      [
        [recordUuid(2), 2],
        [recordUuid(4), 3],
      ],
    );
    t.equal((await store.sealedFrom(OWNER, 0, 1)).length, 1);
    t.match(await store.find(ALL, auditrecord, recordUuid(2)), {
      status: { sequence: 2, previousHash: 'hash 1', chainHash: 'hash 2' },
    });
    t.same(
      (await store.unsealed(10)).map((record) => record.uuid),
      [recordUuid(3)],
    );
  });

  test('of many that seal at once one gives the places', async (t, store) => {
    for (const n of [1, 2, 3]) await store.note({ audit: audit(n) });
    const head = await store.chainHead(OWNER);
    const records = await store.unsealedOf(OWNER, 10);
    const done = await Promise.all(
      Array.from({ length: 6 }, () => store.seal(OWNER, head, places(head, records))),
    );
    t.equal(done.filter(Boolean).length, 1);
    t.equal((await store.sealedFrom(OWNER, 0, 10)).length, 3);
    await store.note({ audit: audit(4) });
    const next = await store.chainHead(OWNER);
    const fourth = await store.unsealedOf(OWNER, 10);
    const more = await Promise.all(
      Array.from({ length: 6 }, () => store.seal(OWNER, next, places(next, fourth))),
    );
    t.equal(more.filter(Boolean).length, 1);
  });

  test('old sealed records are forgotten, but the newest of each account', async (t, store) => {
    for (const n of [1, 2, 3, 4]) await store.note({ audit: audit(n) });
    await store.note({ audit: audit(5, { time: 1_001 }, OTHER) });
    await sealed(store);
    await sealed(store, OTHER);
    await store.note({ audit: audit(6, { time: 1_000 }) });
    t.equal(await store.forgetAudited(1_004), 2);
    t.same(await listed(store), [3, 4, 5, 6].map(recordUuid), 'what is not sealed waits for that');
    t.equal(await store.forgetAudited(1_004), 0);
    t.same(await store.chainHead(OWNER), { sequence: 4, chainHash: 'hash 4' });
  });
}
