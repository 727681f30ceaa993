import {
  type Caller,
  defineResourceType,
  type Plugin,
  RESOURCE_TYPE,
  string,
  type WantedChanges,
} from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud, type TestCloudOptions } from '../../support/cloud.js';
import { Ear } from '../../support/ear.js';
import { OPEN_ACCESS } from '../../support/resources.js';

const description = 'Something.';
const base = { description, spec: { text: string({ description }) }, status: {} };
const note = defineResourceType({ ...base, id: 'note', plural: 'notes', access: OPEN_ACCESS });
const notice = defineResourceType({
  ...base,
  id: 'notice',
  plural: 'notices',
  access: { ...OPEN_ACCESS, visibleTo: 'everyone' },
});
const secret = defineResourceType({
  ...base,
  id: 'secret',
  plural: 'secrets',
  access: { ...OPEN_ACCESS, visibleTo: 'everyone', users: [] },
});

const types: Plugin = (container) => {
  for (const type of [note, notice, secret]) container.register(RESOURCE_TYPE, { useValue: type });
};

interface Listeners {
  readonly world: TestCloud;
  readonly ada: Caller;
  readonly bob: Caller;
  readonly listen: (caller: Caller, wanted?: WantedChanges, after?: string) => Promise<Ear>;
  /** A note of that account, settled; its id. */
  readonly note: (caller: Caller) => Promise<string>;
}

async function listeners(
  t: Parameters<typeof startCloud>[0],
  options: TestCloudOptions = {},
): Promise<Listeners> {
  const world = await startCloud(t, { plugins: [types], ...options });
  const [ada, bob] = [await world.account('ada'), await world.account('bob')];
  return {
    world,
    ada,
    bob,
    listen: async (caller, wanted = {}, after) => {
      const listening = await world.cloud.feed.listen(caller, { wanted, after });
      return new Ear().open(listening);
    },
    note: async (caller) => {
      const { id } = await world.create('note', { text: 'x' }, caller);
      await world.pass(100);
      return id;
    },
  };
}

/** A caller who came with a key of its own, and the key's id. */
async function withKey({ world }: Listeners, owner: Caller): Promise<[Caller, string]> {
  const { resource, once } = await world.created('apikey', {}, owner);
  await world.quiet();
  const { publicValue } = resource.spec as { readonly publicValue: string };
  const caller = await world.cloud.resources.authenticate(publicValue, String(once['secretValue']));
  if (caller === undefined) throw new Error('a new key opens nothing');
  return [caller, resource.id];
}

t.test(
  'what becomes of a resource is told to its account and to administrators, and to nobody else',
  async (t) => {
    const { world, ada, bob, listen, note } = await listeners(t);
    const [own, other, all] = [await listen(ada), await listen(bob), await listen(world.admin)];
    const id = await note(ada);
    await world.remove('note', id, ada);
    await world.pass(100);
    t.same(own.kinds, ['ready']);
    t.equal(own.events[0], `note ${id} requested`);
    t.same(own.resources, [`note ${id}`]);
    const last = own.notices.at(-1);
    t.match(last, { kind: 'change', change: { state: 'removed', transitioning: 'no', id } });
    t.type(last?.kind === 'change' ? last.change.removed : null, 'number');
    t.match(last, { change: { accountId: ada.accountId, account: ada.account, generation: 2 } });
    t.same(all.events, own.events);
    t.same(other.events, []);
  },
);

t.test('what is everyone’s is told to everyone who may read its type', async (t) => {
  const { world, ada, bob, listen } = await listeners(t);
  const [own, other, all] = [await listen(ada), await listen(bob), await listen(world.admin)];
  await world.create('notice', {}, ada);
  await world.create('secret', {});
  await world.pass(100);
  t.same(own.resources, ['notice 1']);
  t.same(other.resources, ['notice 1']);
  t.same(all.resources.toSorted(), ['notice 1', 'secret 1']);
});

t.test('one hears of what one wants to hear of', async (t) => {
  const { world, ada, bob, listen, note } = await listeners(t);
  const notices = await listen(ada, { types: new Set(['notice', 'account']) });
  const second = await listen(ada, { types: new Set(['note']), ids: new Set(['2']) });
  const bobs = await listen(world.admin, { account: bob.account });
  const stranger = await listen(ada, { account: bob.account });
  await note(ada);
  await note(ada);
  await note(bob);
  await world.create('notice', {}, bob);
  await world.pass(100);
  t.same(notices.resources, ['notice 1']);
  t.same(second.resources, ['note 2']);
  t.same(bobs.resources, ['note 3', 'notice 1']);
  t.same(stranger.resources, ['notice 1'], 'a wish gives no rights');
});

t.test(
  'whoever gives back a position hears of all that was missed, and of nothing twice',
  async (t) => {
    const { ada, listen, note } = await listeners(t);
    const all = await listen(ada);
    const first = await listen(ada);
    await note(ada);
    first.close();
    await note(ada);
    const again = await listen(ada, {}, first.position);
    await note(ada);
    t.same([...first.events, ...again.events], all.events);
    t.same(first.resources, ['note 1']);
    t.same(again.resources, ['note 2', 'note 3']);
    const [ready] = again.notices;
    t.match(ready, { kind: 'ready' });
  },
);

t.test('another process goes on where one ended', async (t) => {
  const one = await listeners(t);
  const first = await one.listen(one.ada);
  await one.note(one.ada);
  await one.world.stop();
  t.equal(first.farewell, 'shutdown');
  const { store, outside, clock } = one.world;
  const two = await startCloud(t, { plugins: [types], after: { store, outside, clock } });
  await two.create('note', {}, one.ada);
  await two.pass(100);
  const listening = await two.cloud.feed.listen(one.ada, { wanted: {}, after: first.position });
  const again = new Ear().open(listening);
  await two.pass(100);
  t.same(first.resources, ['note 1']);
  t.same(again.resources, ['note 2']);
});

t.test('from time to time one is told up to where nothing has happened', async (t) => {
  const { world, ada, bob, listen, note } = await listeners(t);
  const ear = await listen(ada);
  await note(bob);
  await world.pass(15_000);
  t.same(ear.kinds, ['ready', 'still']);
  await world.pass(30_000);
  t.same(ear.kinds, ['ready', 'still', 'still', 'still']);
  const again = await listen(ada, {}, ear.position);
  await note(ada);
  t.same(again.resources, ['note 2']);
});

t.test(
  'a listener that is full is told nothing until it is ready, and then all of it in order',
  async (t) => {
    const { world, ada, listen, note } = await listeners(t);
    const [all, slow] = [await listen(ada), await listen(ada)];
    slow.answer = 'full';
    for (let count = 0; count < 3; count += 1) await note(ada);
    await world.pass(20_000);
    t.equal(slow.notices.length, 2, 'the first change, and nothing behind it');
    slow.ready();
    await world.pass(100);
    t.same(slow.events, all.events);
    await note(ada);
    t.same(slow.events, all.events, 'and goes on from there');
  },
);

t.test('a listener that takes nothing for a minute is told farewell', async (t) => {
  const { world, ada, listen, note } = await listeners(t);
  const [slow, quick] = [await listen(ada), await listen(ada)];
  slow.answer = 'full';
  await note(ada);
  await world.pass(50_000);
  t.equal(slow.farewell, undefined);
  await world.pass(30_000);
  t.equal(slow.farewell, 'slow');
  t.equal(quick.farewell, undefined);
  const again = await listen(ada, {}, slow.position);
  await world.pass(100);
  t.same([...slow.events, ...again.events], quick.events, 'and misses nothing when it comes back');
});

t.test('whoever comes back after very much has happened is told to look anew', async (t) => {
  const { ada, bob, listen, note } = await listeners(t, { feed: { behind: 10 } });
  const first = await listen(ada);
  first.close();
  for (let count = 0; count < 12; count += 1) await note(bob);
  const again = await listen(ada, {}, first.position);
  t.match(again.notices, [{ kind: 'ready' }, { kind: 'reset', reason: 'behind' }]);
  await note(ada);
  t.same(again.resources, ['note 13'], 'and hears of what changes from then on');
});

t.test('whoever comes back after tombstones are forgotten is told to look anew', async (t) => {
  const { world, ada, listen } = await listeners(t);
  const first = await listen(ada);
  first.close();
  world.clock.jump(world.clock.now() + 22 * 60 * 60_000);
  t.same((await listen(ada, {}, first.position)).kinds, ['ready']);
  world.clock.jump(world.clock.now() + 2 * 60 * 60_000);
  t.match((await listen(ada, {}, first.position)).notices.at(-1), {
    kind: 'reset',
    reason: 'expired',
  });
});

t.test('whoever comes back after a backup was restored is told to look anew', async (t) => {
  const later = await listeners(t);
  for (let count = 0; count < 3; count += 1) await later.note(later.ada);
  const { position } = await later.listen(later.ada);
  const restored = await listeners(t);
  const ear = await restored.listen(restored.ada, {}, position);
  t.match(ear.notices.at(-1), { kind: 'reset', reason: 'restored' });
  await restored.note(restored.ada);
  t.same(ear.resources, ['note 1']);
});

t.test('a position of another cloud is refused', async (t) => {
  const [one, other] = [await listeners(t), await listeners(t, { pepper: new Uint8Array(16) })];
  const { position } = await one.listen(one.ada);
  await t.rejects(other.listen(other.ada, {}, position), { code: 'InvalidQuery' });
  await t.rejects(other.listen(other.ada, {}, 'nonsense'), { code: 'InvalidQuery' });
});

t.test('whose key is deactivated or removed hears nothing more after ten seconds', async (t) => {
  const cloud = await listeners(t);
  const { world, ada, listen, note } = cloud;
  const [one, oneKey] = await withKey(cloud, ada);
  const [two, twoKey] = await withKey(cloud, ada);
  const [first, second, third] = [await listen(one), await listen(two), await listen(ada)];
  await world.act('apikey', oneKey, 'deactivate', ada);
  await world.pass(10_000);
  t.equal(first.farewell, 'revoked');
  t.equal(second.farewell, undefined);
  await world.remove('apikey', twoKey, ada);
  await world.pass(10_000);
  t.equal(second.farewell, 'revoked');
  const told = second.events.length;
  await note(ada);
  t.equal(second.events.length, told);
  t.equal(third.farewell, undefined, 'nobody else is sent away');
});

t.test(
  'whose key is taken away behind everybody’s back hears nothing more after ten seconds',
  async (t) => {
    const cloud = await listeners(t);
    const { world, ada, listen } = cloud;
    const [caller] = await withKey(cloud, ada);
    const ear = await listen(caller);
    const { key } = caller;
    if (key === undefined) throw new Error('a caller with a key says which');
    const row = await world.store.get(key);
    await world.store.change(key, row?.generation ?? 0, {
      spec: { ...row?.spec, desiredState: 'inactive' },
      event: { at: 1, what: 'update', why: 'another process', result: '' },
    });
    await world.pass(10_000);
    t.equal(ear.farewell, 'revoked');
  },
);

t.test('a narrow key hears of what it reads, and a key that changed has to ask anew', async (t) => {
  const cloud = await listeners(t);
  const { world, ada, listen, note: newNote } = cloud;
  const [one, oneKey] = await withKey(cloud, ada);
  const [two, twoKey] = await withKey(cloud, ada);
  const narrow = { ...one, scopes: ['notice:read'] };
  await world.update('apikey', oneKey, { scopes: narrow.scopes }, ada);
  const [hears, other, all] = [await listen(narrow), await listen(two), await listen(ada)];
  await newNote(ada);
  await world.create('notice', { text: 'for all' });
  await world.pass(1_000);
  const typesIn = (ear: Ear) => new Set(ear.events.map((event) => event.split(' ')[0]));
  t.same([...typesIn(hears)], ['notice']);
  t.ok(typesIn(all).has('note'), 'others hear of more');

  await world.update('apikey', oneKey, { scopes: ['notice:read', 'note:read'] }, ada);
  await world.update('apikey', twoKey, { expires: world.clock.now() + 30_000 }, ada);
  await world.pass(10_000);
  t.equal(hears.farewell, 'revoked', 'it may hear of something else by now');
  t.equal(other.farewell, undefined);
  await world.pass(30_000);
  t.equal(other.farewell, 'revoked', 'its time is over');
});

t.test('a removed account hears nothing more', async (t) => {
  const { world, ada, bob, listen } = await listeners(t);
  const [gone, other] = [await listen(ada), await listen(bob)];
  await world.remove('account', ada.accountId);
  await world.pass(10_000);
  t.equal(gone.farewell, 'revoked');
  t.equal(other.farewell, undefined);
});

t.test('nobody listens for ever without asking anew', async (t) => {
  const { world, ada, listen } = await listeners(t, { feed: { ageMs: 60_000 } });
  const ear = await listen(ada);
  await world.pass(59_000);
  t.equal(ear.farewell, undefined);
  await world.pass(17_000);
  t.equal(ear.farewell, 'age');
  t.same((await listen(ada, {}, ear.position)).kinds, ['ready']);
});

t.test('an account has so many streams, and so has a process', async (t) => {
  const { ada, bob, world, listen } = await listeners(t, { feed: { perAccount: 2, listeners: 3 } });
  const first = await listen(ada);
  await listen(ada);
  await t.rejects(listen(ada), { code: 'TooManyStreams', status: 429 });
  await t.rejects(listen(ada, {}, 'nonsense'), { code: 'TooManyStreams' });
  await listen(bob);
  await t.rejects(listen(world.admin), { code: 'TooManyStreams' });
  first.close();
  first.close();
  t.same((await listen(ada)).kinds, ['ready'], 'one that is closed makes room');
});

t.test('a listener that is taken on and never begins gives its place up', async (t) => {
  const { world, ada, listen } = await listeners(t, { feed: { perAccount: 1 } });
  await world.cloud.feed.listen(ada, { wanted: {} });
  await world.pass(50_000);
  await t.rejects(listen(ada), { code: 'TooManyStreams' });
  await world.pass(30_000);
  t.same((await listen(ada)).kinds, ['ready']);
});

t.test('while nobody listens nothing is read', async (t) => {
  let reads = 0;
  const { world, ada, listen, note } = await listeners(t, {
    wrapStore: (store) => ({
      ...store,
      changes: (query) => {
        reads += 1;
        return store.changes(query);
      },
    }),
  });
  await note(ada);
  t.equal(reads, 0);
  const ear = await listen(ada);
  await note(ada);
  t.ok(reads > 0);
  ear.close();
  await world.pass(1_000);
  const before = reads;
  await note(ada);
  await world.pass(10_000);
  t.equal(reads, before);
});

t.test(
  'a listener that comes while the store is away is refused, and one that is there goes on after',
  async (t) => {
    let away: Error | undefined;
    const { world, ada, listen, note } = await listeners(t, {
      wrapStore: (store) => ({
        ...store,
        changes: (query) => (away === undefined ? store.changes(query) : Promise.reject(away)),
      }),
    });
    const ear = await listen(ada);
    away = new Error('the store is away');
    await note(ada);
    await world.pass(5_000);
    await t.rejects(listen(ada, {}, ear.position), /the store is away/);
    t.same(ear.resources, []);
    away = undefined;
    await world.pass(1_100);
    t.same(ear.resources, ['note 1']);
  },
);
