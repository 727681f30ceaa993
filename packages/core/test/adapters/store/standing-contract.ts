import {
  AskedBefore,
  asFence,
  type Charge,
  type DesiredChange,
  type HistoryEvent,
  type KeyedRequest,
  type Reference,
  ReferenceLost,
  type ResourceUuid,
  StillNeeded,
  type Store,
} from '@gdcloud/core';
import t, { type Test as Tap } from 'tap';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';

const OWNER = uuid(0xacc);
const EVENT: HistoryEvent = { at: 1, what: 'asked', why: 'a test', result: 'done' };
const FENCE = asFence('00000001.000000000001');

const to = (n: number, field = 'otherId'): readonly Reference[] => [{ field, target: uuid(n) }];

function naming(...targets: readonly Reference[]): DesiredChange {
  return { references: { fields: ['otherId'], targets }, event: EVENT };
}

/** Asks for a deletion unless something needs the resource. */
function leaving(more: Partial<DesiredChange> = {}): DesiredChange {
  const whileUnneeded = { apartFrom: [], owned: 'no matter' } as const;
  return { deleteRequestedAt: 9, whileUnneeded, event: EVENT, ...more };
}

async function gone(store: Store, of: ResourceUuid): Promise<void> {
  const row = await store.claim(of, FENCE);
  if (row === undefined) throw new Error('it is gone already');
  await store.record(of, FENCE, row.statusVersion, { ...row, removed: 5, events: [] });
}

/** What came of a write: what was refused because of how others stand is no failure. */
async function outcome(write: Promise<unknown>): Promise<'written' | 'refused'> {
  try {
    await write;
    return 'written';
  } catch (thrown) {
    if (thrown instanceof ReferenceLost || thrown instanceof StillNeeded) return 'refused';
    throw thrown;
  }
}

/**
 * Has a resource asked to leave while others come to name it in all ways there are, and says who got their way. `left`
 * and `right` are one store or two on one database; the resources are those of the round.
 */
export async function meeting(
  left: Store,
  right: Store,
  round: number,
): Promise<{ readonly left: boolean; readonly named: number; readonly referrers: number }> {
  const first = 40_000 + 10 * round;
  await left.insert(gadgetDraft(first));
  await right.insert(gadgetDraft(first + 1));
  const charges: readonly Charge[] = [
    { holder: OWNER, className: 'names', amount: 1, limit: 1_000 },
  ];
  const references = to(first);
  const name = [
    // Alone, and as a unit of several statements.
    () => right.insert(gadgetDraft(first + 2, { references })),
    () => right.insert(gadgetDraft(first + 3, { references, charges })),
    () => right.change(uuid(first + 1), 1, naming(...references)),
  ];
  // Half of them after a look, as requests do: what it saw may be true no more.
  const leave = async () => {
    if (round % 2 === 1) await left.countReferrers(uuid(first));
    return left.change(uuid(first), 1, leaving());
  };
  const writes = name.toSpliced(round % 4, 0, leave);
  const outcomes = await Promise.all(writes.map((write) => outcome(write())));
  const counts = await left.countReferrers(uuid(first));
  return {
    left: outcomes[round % 4] === 'written',
    named: outcomes.toSpliced(round % 4, 1).filter((each) => each === 'written').length,
    referrers: counts.reduce((sum, { count }) => sum + count, 0),
  };
}

/** What every store promises of writes that depend on how other resources stand. */
export function standingContract(name: string, openStore: (t: Tap) => Promise<Store>): void {
  const test = (what: string, run: (t: Tap, store: Store) => Promise<void>): void => {
    void t.test(`${name}: ${what}`, async (t) => run(t, await openStore(t)));
  };

  test('what is leaving, gone, or was never there is not named by anything new', async (t, store) => {
    for (const n of [1, 2, 3]) await store.insert(gadgetDraft(n));
    await store.change(uuid(1), 1, { deleteRequestedAt: 9, event: EVENT });
    await gone(store, uuid(2));
    for (const n of [1, 2, 99]) {
      const lost = { name: 'ReferenceLost', field: 'otherId', target: uuid(n) };
      const references = [...to(3, 'ownerId'), ...to(n)];
      const charges = [{ holder: OWNER, className: 'things', amount: 1, limit: 9 }];
      await t.rejects(store.insert(gadgetDraft(4, { references })), lost);
      await t.rejects(store.insert(gadgetDraft(4, { references, charges })), lost);
      await t.rejects(store.change(uuid(3), 1, naming(...to(n))), lost);
    }
    t.equal(await store.get(uuid(4)), undefined);
    t.same(await store.history(uuid(4), 10), [], 'nothing of it was written');
    t.match(await store.get(uuid(3)), { generation: 1 });
    t.same(await store.countReferrers(uuid(3)), []);
    t.same(await store.capacities('things'), new Map());
    t.ok((await store.insert(gadgetDraft(4, { references: to(3) }))).inserted);
  });

  test('who names what leaves already may let go of it, and change what else there is', async (t, store) => {
    await store.insert(gadgetDraft(1));
    await store.insert(gadgetDraft(2, { references: to(1) }));
    await store.change(uuid(1), 1, { deleteRequestedAt: 9, event: EVENT });
    t.match(await store.change(uuid(2), 1, { name: 'x', event: EVENT }), { name: 'x' });
    t.match(await store.change(uuid(2), 2, naming()), { generation: 3 });
    t.same(await store.countReferrers(uuid(1)), []);
  });

  test('nothing new is of an account that is leaving or gone', async (t, store) => {
    const mine = { account: uuid(1) };
    await store.insert(gadgetDraft(1, mine));
    t.ok((await store.insert(gadgetDraft(2, mine))).inserted);
    await store.change(uuid(1), 1, { deleteRequestedAt: 9, event: EVENT });
    const lost = { name: 'ReferenceLost', field: undefined, target: uuid(1) };
    await t.rejects(store.insert(gadgetDraft(3, mine)), lost);
    await gone(store, uuid(1));
    await t.rejects(store.insert(gadgetDraft(3, mine)), lost);
  });

  test('what is to leave while unneeded stays as long as something living names it', async (t, store) => {
    await store.insert(gadgetDraft(1));
    await store.insert(gadgetDraft(2, { references: [...to(1), ...to(1, 'ownerId')] }));
    await store.insert(gadgetDraft(3, { references: to(1), type: 'plain' }));
    await t.rejects(store.change(uuid(1), 1, leaving()), {
      name: 'StillNeeded',
      owned: 0,
      referrers: [
        { type: 'gadget', field: 'otherId', count: 1 },
        { type: 'gadget', field: 'ownerId', count: 1 },
        { type: 'plain', field: 'otherId', count: 1 },
      ],
    });
    const apartFrom = [
      { type: 'gadget', field: 'otherId' },
      { type: 'gadget', field: 'ownerId' },
    ];
    const whileUnneeded = { apartFrom, owned: 'no matter' } as const;
    await t.rejects(store.change(uuid(1), 1, leaving({ whileUnneeded })), {
      name: 'StillNeeded',
      referrers: [{ type: 'plain', field: 'otherId', count: 1 }],
    });
    t.match(await store.get(uuid(1)), { generation: 1, deleteRequestedAt: null });
    t.equal((await store.history(uuid(1), 10)).length, 1);
    t.equal(await store.change(uuid(1), 7, leaving()), undefined, 'its generation goes before');
    await gone(store, uuid(3));
    t.match(await store.change(uuid(1), 1, leaving({ whileUnneeded })), { deleteRequestedAt: 9 });
  });

  test('an account is needed by what it owns, where that counts', async (t, store) => {
    await store.insert(gadgetDraft(1, { account: uuid(1) }));
    await store.insert(gadgetDraft(2, { account: uuid(1) }));
    const whileUnneeded = { apartFrom: [], owned: 'counts' } as const;
    const asked = leaving({ whileUnneeded });
    const needed = { name: 'StillNeeded', owned: 1, referrers: [] };
    await t.rejects(store.change(uuid(1), 1, asked), needed);
    await gone(store, uuid(2));
    t.match(await store.change(uuid(1), 1, asked), { deleteRequestedAt: 9 });
  });

  test('what is refused for how others stand is not on record; what is on record is told before', async (t, store) => {
    const request: KeyedRequest = {
      account: OWNER,
      key: 'k',
      digest: 'd',
      resource: uuid(1),
      at: 10,
    };
    const onRecord = { request };
    await store.insert(gadgetDraft(1));
    await store.insert(gadgetDraft(2, { references: to(1) }));
    await t.rejects(store.change(uuid(1), 1, leaving({ onRecord })), StillNeeded);
    await t.rejects(store.insert(gadgetDraft(3, { references: to(99), onRecord })), ReferenceLost);
    t.equal(await store.carriedOut(OWNER, 'k'), undefined);
    await store.note(onRecord);
    await t.rejects(store.change(uuid(1), 1, leaving({ onRecord })), AskedBefore);
    await t.rejects(store.insert(gadgetDraft(3, { references: to(99), onRecord })), AskedBefore);
  });

  test('of a resource that is asked to leave, and others that come to name it, one side gets its way', async (t, store) => {
    for (let n = 0; n < 5; n += 1) {
      const met = await meeting(store, store, n);
      t.equal(met.named, met.referrers);
      t.not(
        met.left,
        met.named > 0,
        `${met.left ? 'it leaves' : 'it stays'}, ${met.named} name it`,
      );
    }
  });
}
