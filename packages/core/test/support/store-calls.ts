import {
  asFence,
  type Charge,
  type Draft,
  defineResourceType,
  type Filter,
  type ListQuery,
  QuotaExceeded,
  ReferenceLost,
  type Resource,
  type ResourceUuid,
  type Scope,
  type StatusRecord,
  StillNeeded,
  type Store,
} from '@gdcloud/core';
import fc from 'fast-check';
import { leaving } from '../../dist/model/claim-class.js';
import { int, string } from '../../dist/model/field.js';
import { OPEN_ACCESS, uuid } from './resources.js';

const description = 'Something.';
/** The type that is listed. */
export const thing = defineResourceType({
  id: 'thing',
  plural: 'things',
  description,
  spec: { colour: string({ description }), size: int({ description }) },
  status: { weight: int({ description }) },
  access: { ...OPEN_ACCESS, visibleTo: 'everyone' },
  uniqueBy: 'name',
});
const other = defineResourceType({
  id: 'other',
  plural: 'others',
  description,
  spec: {},
  status: {},
  access: OPEN_ACCESS,
});
const ALL: Scope = { kind: 'all' };

/** One call of a store, and what it answers. */
export type Call = (store: Store) => Promise<unknown>;

// Few of each, so that calls meet.
const who = fc.integer({ min: 1, max: 5 }).map(uuid);
const account = fc.constantFrom(uuid(1), uuid(2));
const fence = fc.integer({ min: 1, max: 4 }).map((n) => asFence(`00000001.00000000000${n}`));
const version = fc.integer({ min: 0, max: 4 });
/** A moment, early on. */
export const moment: fc.Arbitrary<number> = fc.integer({ min: 0, max: 9 });
const colour = fc.constantFrom(null, 'a', 'A', 'a ', 'b%', 'Ä', '\\\'"|', '\u{1f600}', '\uffee');
const field = fc.constantFrom('ownerId', 'hostId');
const references = fc.array(fc.record({ field, target: who }), { maxLength: 3 });
// As documents that come from JSON have them.
const plain = { noNullPrototype: true };
const spec = fc.record({ colour, size: fc.option(fc.integer({ min: -2, max: 2 })) }, plain);
const event = moment.map((at) => ({ at, what: `e${at}`, why: 'chance', result: '' }));
const pool = fc.constantFrom('mac', 'tag');
const item = fc.constantFrom('x', 'y', 'z');
const className = fc.constantFrom('memory', 'memory', 'disk');
const type = fc.constantFrom(thing, other);
// The account of rows never changes, and neither does who is charged for them.
const chargesWithin = (limits: fc.Arbitrary<number>) =>
  fc.tuple(moment, limits, limits).map(([amount, limit, count]): readonly Charge[] => [
    { holder: uuid(1), className: 'quota', amount, limit },
    { holder: uuid(1), className: 'more', amount: 1, limit: count },
  ]);

/** What inserts name: anything, or what stays only, so that none is refused for that. */
export type Naming = 'anything' | 'what stays';

const insertOf = (charges: fc.Arbitrary<readonly Charge[]>, naming: fc.Arbitrary<Naming>) =>
  fc
    .record({
      uuid: who,
      type: type.map(({ id }) => id),
      account,
      name: colour,
      description: fc.constant(null),
      data: fc.constant({}),
      spec,
      naturalKey: fc.constantFrom(null, null, null, 'k', 'l'),
      visibleToAll: fc.constantFrom('yes' as const, 'no' as const),
      references,
      charges: fc.option(charges, { nil: [] }),
      created: moment,
      event,
    })
    .chain((draft) => naming.map((names) => [draft, names] as const))
    .map(
      ([random, names]): Call =>
        async (store) => {
          const draft: Draft =
            random.type === other.id ? { ...random, visibleToAll: 'no' } : random;
          const named = names === 'what stays' ? await namingWhatStays(store, draft) : draft;
          return named === undefined ? undefined : store.insert(named);
        },
    );

async function namingWhatStays(store: Store, draft: Draft): Promise<Draft | undefined> {
  const rows = await Promise.all([1, 2, 3, 4, 5].map((n) => store.get(uuid(n))));
  const leaving = rows.filter((row) => row !== undefined && !stays(row));
  if (leaving.some((row) => row?.uuid === draft.account)) return undefined;
  const staying = rows.filter((row) => row !== undefined && stays(row)).map((row) => row?.uuid);
  return {
    ...draft,
    references: draft.references.filter(({ target }) => staying.includes(target)),
  };
}

function stays({ removed, deleteRequestedAt }: Resource): boolean {
  return removed === null && deleteRequestedAt === null;
}
const changeOf = (charges: fc.Arbitrary<readonly Charge[]>) =>
  fc
    .tuple(
      who,
      version,
      fc.record(
        {
          event,
          name: colour,
          spec,
          references: fc.record({ fields: fc.array(field), targets: references }),
          deleteRequestedAt: moment,
          whileUnneeded: fc.record({
            apartFrom: fc.array(fc.record({ type: type.map(({ id }) => id), field })),
            owned: fc.constantFrom('counts' as const, 'no matter' as const),
          }),
          charges,
          repairs: fc.array(
            fc.record(
              {
                kind: fc.constant('recreate' as const),
                part: fc.constantFrom('a', 'b'),
                epoch: version,
                step: version,
              },
              plain,
            ),
          ),
        },
        { requiredKeys: ['event'] },
      ),
    )
    .map(
      ([of, generation, more]): Call =>
        (store) =>
          store.change(of, generation, more),
    );
const claim = fc.tuple(who, fence).map(
  ([of, by]): Call =>
    (store) =>
      store.claim(of, by),
);
const statusRecord = fc.record({
  status: fc.record({ weight: moment }, plain),
  conditions: fc.constant([]),
  parts: fc.constant({}),
  observedGeneration: version,
  attemptedGeneration: version,
  outcome: fc.constantFrom('done', 'wait', null),
  nextAttemptAt: fc.option(moment),
  attempts: version,
  lastErrorCode: fc.constant(null),
  lastErrorMessage: fc.constant(null),
  removed: fc.oneof({ arbitrary: fc.constant(null), weight: 7 }, { arbitrary: moment, weight: 1 }),
  events: fc.array(event, { maxLength: 2 }),
  shown: fc.constantFrom(undefined, 'changed' as const),
}) satisfies fc.Arbitrary<StatusRecord>;
// Of the row as it is, or hardly any would be accepted; off by one at times.
const record = fc.tuple(who, fc.constantFrom(0, 0, 0, 1), statusRecord, fc.option(references)).map(
  ([of, off, columns, targets]): Call =>
    async (store) => {
      const row = await store.get(of);
      return store.record(of, row?.fence ?? asFence('0'), (row?.statusVersion ?? 0) + off, {
        ...columns,
        ...(targets === null ? {} : { references: { fields: ['hostId'], targets } }),
      });
    },
);
const ledger: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(pool, who, fc.array(item)).map(
    ([of, owner, items]): Call =>
      (store) =>
        store.allocate(of, owner, items),
  ),
  fc.tuple(who, fc.uniqueArray(pool), fc.array(item)).map(
    ([owner, pools, items]): Call =>
      (store) =>
        store.allocateAll(
          owner,
          pools.map((of) => ({ pool: of, items })),
        ),
  ),
  fc.tuple(pool, who).map(
    ([of, owner]): Call =>
      (store) =>
        store.release(of, owner),
  ),
  fc.tuple(account, className, moment).map(
    ([holder, of, total]): Call =>
      (store) =>
        store.setCapacity(holder, of, total),
  ),
  fc.tuple(who, account, className, moment).map(
    ([owner, holder, of, amount]): Call =>
      (store) =>
        store.claimCapacity(owner, holder, of, amount),
  ),
  fc.tuple(who, className, account, account).map(
    ([owner, of, from, to]): Call =>
      (store) =>
        store.moveClaim(owner, of, from, to),
  ),
  fc.tuple(who, className, fc.boolean()).map(
    ([owner, of, left]): Call =>
      (store) =>
        store.releaseCapacity(owner, left ? leaving(of) : of),
  ),
);
const rest: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(who, moment).map(
    ([of, now]): Call =>
      (store) =>
        store.wake(of, now),
  ),
  moment.map(
    (before): Call =>
      (store) =>
        store.purge(before),
  ),
);
/** Calls that change something; charges have `limits`, and inserts name as `naming` says. */
export const commands = (
  limits: fc.Arbitrary<number>,
  naming: fc.Arbitrary<Naming>,
): fc.Arbitrary<Call[]> => {
  const charges = chargesWithin(limits);
  return fc.array(
    fc.oneof(
      { arbitrary: insertOf(charges, naming), weight: 5 },
      { arbitrary: changeOf(charges), weight: 3 },
      { arbitrary: claim, weight: 3 },
      { arbitrary: record, weight: 5 },
      { arbitrary: ledger, weight: 6 },
      { arbitrary: rest, weight: 1 },
    ),
    { minLength: 30, maxLength: 90 },
  );
};

const filter: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    field: fc.constantFrom('colour', 'name'),
    modifier: fc.constantFrom('eq', 'ne', 'prefix', 'like', 'notlike', 'lt', 'gte'),
    value: fc.constantFrom('a', 'A', '%', '_', 'b%', 'ä', '\\', '|', '%"', '\uffee', ''),
  }),
  fc.record({
    field: fc.constantFrom('size', 'weight', 'created', 'removed'),
    modifier: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
    value: fc.integer({ min: -2, max: 5 }),
  }),
  fc.record({
    field: fc.constant('accountId'),
    modifier: fc.constant('eq'),
    value: fc.constant('1'),
  }),
  fc.record({
    field: fc.constantFrom('colour', 'size', 'removed'),
    modifier: fc.constantFrom('null', 'notnull'),
  }),
);
/** A list of things. */
export const listQuery: fc.Arbitrary<ListQuery> = fc.record({
  filters: fc.array(filter, { maxLength: 2 }),
  sort: fc.option(
    fc.record({
      field: fc.constantFrom('colour', 'size', 'name', 'id', 'accountId', 'created', 'weight'),
      order: fc.constantFrom('asc', 'desc'),
    }),
    { nil: undefined },
  ),
  limit: fc.integer({ min: 1, max: 3 }),
  removedSince: fc.option(moment, { nil: undefined }),
  child: fc.option(fc.record({ field, parent: who }), { nil: undefined }),
});

/** Everything a store tells, asked in every way. Where `ties` come in any order, so does what is due. */
export async function tell(
  store: Store,
  lists: readonly ListQuery[],
  now: number,
  ties: 'inserted' | 'any' = 'inserted',
): Promise<unknown> {
  const uuids = [1, 2, 3, 4, 5].map(uuid);
  const mine: Scope = { kind: 'account', account: uuid(1) };
  const each = async (of: ResourceUuid) => [
    await store.get(of),
    await store.history(of, 5),
    byText(await store.countReferrers(of)),
    await store.referrers(of, 'thing', 'ownerId'),
    byText(await store.unsettledNeighbours(of)),
    await store.countOwned(of),
    await store.claimOf(of, 'memory'),
  ];
  return [
    await Promise.all(uuids.map(each)),
    [...(await store.idsOf(uuids))].sort(),
    // Numbers that were drawn in vain are gaps, where and how large depends on the database.
    (await store.changes({ after: 0, missing: [], limit: 1_000 })).map(({ resource, events }) => [
      resource,
      events,
    ]),
    (await store.newestChanges(3)).length,
    ties === 'any' ? byText(await store.due(now, 20)) : await store.due(now, 3),
    await store.all(thing, 3),
    byText(
      await store.relatives(mine, {
        of: uuids,
        end: 'sources',
        type: thing,
        field: 'ownerId',
        limit: 99,
      }),
    ),
    byText(
      await store.relatives(mine, {
        of: uuids,
        end: 'targets',
        type: thing,
        field: 'ownerId',
        limit: 99,
      }),
    ),
    await Promise.all(
      [thing, other].flatMap((of) =>
        lists.map((query) => store.count(mine, of, { ...query, filters: [] })),
      ),
    ),
    await Promise.all(lists.map((query) => store.count(mine, thing, query))),
    await Promise.all(['1', 'k'].map((id) => store.find(mine, thing, id))),
    await store.findByNaturalKey(other, 'k'),
    await store.findAll(mine, [
      ...['1', 'k'].map((id) => ({ type: thing, id })),
      ...uuids.map((each) => ({ uuid: each })),
    ]),
    await Promise.all(['mac', 'tag'].map(async (of) => byText(await store.allocated(of)))),
    await Promise.all(
      ['memory', 'quota', 'more'].map(async (of) => byText([...(await store.capacities(of))])),
    ),
    await Promise.all(lists.map((query) => pages(store, query))),
  ];
}

/** What a call answers: a refusal is an answer like others. */
export async function said(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof QuotaExceeded) return [thrown.message, thrown.more, thrown.limit];
    if (thrown instanceof ReferenceLost) return [thrown.message, thrown.field, thrown.target];
    if (thrown instanceof StillNeeded) return [thrown.message, thrown.referrers, thrown.owned];
    throw thrown;
  }
}

async function pages(store: Store, query: ListQuery): Promise<unknown> {
  const first = await store.list(ALL, thing, query);
  const scope: Scope = { kind: 'account', account: uuid(1) };
  const second =
    first.next === undefined
      ? undefined
      : await store.list(scope, thing, { ...query, after: first.next });
  return [first.resources, first.next, second?.resources, second?.next];
}

// Where no order is promised, every store has its own.
function byText<Item>(items: readonly Item[]): readonly Item[] {
  const text = (item: Item): string => JSON.stringify(item);
  return items.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}
