import { type Caller, PortUnavailable, type Resource, type Store } from '@gdcloud/core';
import t from 'tap';
import { startCloud, surroundings, type TestCloud } from '../support/cloud.js';

const KEY = { idempotencyKey: 'a key' };

async function networks(world: TestCloud): Promise<readonly Resource[]> {
  const query = { filters: [], limit: 100 };
  const { resources } = world.cloud;
  return (await resources.list(world.admin, world.type('network'), query)).resources;
}

function create(world: TestCloud, cidr: string, options = KEY, caller: Caller = world.admin) {
  return world.cloud.resources.create(caller, world.type('network'), { ipv4Cidr: cidr }, options);
}

t.test('a request that is repeated under its key is answered with what came of it', async (t) => {
  const world = await startCloud(t);
  const first = await create(world, '10.0.0.0/24');
  await world.reaches('network', first.resource.id, 'active');
  const second = await create(world, '10.0.0.0/24');
  t.equal(second.resource.uuid, first.resource.uuid);
  t.ok(second.resource.statusVersion > first.resource.statusVersion, 'as it is now');
  t.equal((await networks(world)).length, 1);
  const third = await create(world, '10.0.0.0/24', { idempotencyKey: 'another key' });
  t.not(third.resource.uuid, first.resource.uuid);
});

t.test('a secret is not told again to who repeats the request', async (t) => {
  const world = await startCloud(t);
  const ask = () => world.cloud.resources.create(world.admin, world.type('apikey'), {}, KEY);
  const first = await ask();
  t.ok(first.once['secretValue']);
  const second = await ask();
  t.equal(second.resource.uuid, first.resource.uuid);
  t.same(second.once, {});
});

t.test('another request under a key that was used is refused and changes nothing', async (t) => {
  const world = await startCloud(t);
  const { resource } = await create(world, '10.0.0.0/24');
  const { resources } = world.cloud;
  const type = world.type('network');
  const refused = { code: 'IdempotencyKeyReused', status: 422 };
  await t.rejects(create(world, '10.0.1.0/24'), refused);
  await t.rejects(resources.update(world.admin, type, resource.id, { name: 'x' }, KEY), refused);
  await t.rejects(resources.remove(world.admin, type, resource.id, KEY), refused);
  await t.rejects(resources.act(world.admin, type, resource.id, 'reconcile', {}, KEY), refused);
  t.equal((await networks(world)).length, 1);
  t.equal((await networks(world))[0]?.generation, 1);
});

t.test('keys are each account’s own', async (t) => {
  const world = await startCloud(t);
  const [ada, eve] = [await world.account('Ada'), await world.account('Eve')];
  const hers = await create(world, '10.0.0.0/24', KEY, ada);
  const others = await create(world, '10.0.9.0/24', KEY, eve);
  t.not(hers.resource.uuid, others.resource.uuid);
});

t.test('a change is made once, also where another one came in between', async (t) => {
  const world = await startCloud(t);
  const { resource } = await create(world, '10.0.0.0/24', { idempotencyKey: 'made' });
  const type = world.type('network');
  const rename = () =>
    world.cloud.resources.update(world.admin, type, resource.id, { name: 'first' }, KEY);
  t.match(await rename(), { name: 'first', generation: 2 });
  await world.update('network', resource.id, { name: 'second' });
  t.match(await rename(), { name: 'second', generation: 3 }, 'an old wish does not come back');
});

t.test('what changed nothing is on record too, and does nothing later', async (t) => {
  const world = await startCloud(t);
  const { resource } = await create(world, '10.0.0.0/24', { idempotencyKey: 'made' });
  const type = world.type('network');
  const unname = () =>
    world.cloud.resources.update(world.admin, type, resource.id, { name: null }, KEY);
  t.match(await unname(), { generation: 1 });
  await world.update('network', resource.id, { name: 'kept' });
  t.match(await unname(), { name: 'kept', generation: 2 });
});

t.test('a removal and an action are asked for once', async (t) => {
  const world = await startCloud(t);
  const { resource } = await world.created('apikey', {});
  const type = world.type('apikey');
  const { resources } = world.cloud;
  const act = () => resources.act(world.admin, type, resource.id, 'deactivate', {}, KEY);
  t.match(await act(), { generation: 2 });
  await world.act('apikey', resource.id, 'activate');
  t.match(await act(), { spec: { desiredState: 'active' }, generation: 3 });
  const remove = () =>
    resources.remove(world.admin, type, resource.id, { ...KEY, idempotencyKey: 'gone' });
  t.match(await remove(), { generation: 4 });
  await world.quiet();
  t.match(await remove(), { uuid: resource.uuid, generation: 4 });
});

t.test('an action that asks for another resource does so once', async (t) => {
  const world = await startCloud(t);
  const volume = await world.create('volume', { sizeGb: 1 });
  await world.reaches('volume', volume.id, 'active');
  const snapshot = () =>
    world.cloud.resources.act(world.admin, world.type('volume'), volume.id, 'snapshot', {}, KEY);
  t.equal((await snapshot()).uuid, volume.uuid);
  t.equal((await snapshot()).uuid, volume.uuid);
  const query = { filters: [], limit: 10 };
  const { resources } = await world.cloud.resources.list(
    world.admin,
    world.type('snapshot'),
    query,
  );
  t.equal(resources.length, 1);
});

t.test('while the first is under way in this process the second is told to wait', async (t) => {
  const world = await startCloud(t);
  const asked = await Promise.allSettled([1, 2, 3].map(() => create(world, '10.0.0.0/24')));
  t.same(
    asked.map((each) => (each.status === 'rejected' ? each.reason.code : 'made')),
    ['made', 'IdempotencyKeyInUse', 'IdempotencyKeyInUse'],
  );
  t.equal((await networks(world)).length, 1);
});

t.test('of the same request at several processes at once one is carried out', async (t) => {
  const shared = surroundings(t);
  const worlds = [
    await startCloud(t, { after: shared }),
    await startCloud(t, { after: shared, roles: ['api'] }),
    await startCloud(t, { after: shared, roles: ['api'] }),
  ];
  const [world] = worlds as [TestCloud, ...TestCloud[]];
  // Room for one: who comes second must not be told that there is none left.
  const { resource: account } = await world.created('account', {
    name: 'Ada',
    limits: { networks: 1 },
  });
  const ada: Caller = {
    account: account.uuid,
    accountId: account.id,
    accountName: 'Ada',
    kind: 'user',
  };
  const made = await Promise.all(worlds.map((each) => create(each, '10.0.0.0/24', KEY, ada)));
  t.equal(new Set(made.map(({ resource }) => resource.uuid)).size, 1);
  t.equal((await networks(world)).length, 1);
  const type = world.type('network');
  const id = made[0]?.resource.id ?? '';
  const renamed = await Promise.all(
    worlds.map(({ cloud }) =>
      cloud.resources.update(ada, type, id, { name: 'x' }, { idempotencyKey: 'rename' }),
    ),
  );
  t.same(
    renamed.map(({ generation }) => generation),
    [2, 2, 2],
  );
});

t.test('a request whose answer was lost is answered when it is sent again', async (t) => {
  let lost = false;
  const loses = (store: Store): Store => ({
    ...store,
    insert: async (draft) => {
      const made = await store.insert(draft);
      if (draft.type !== 'network' || lost) return made;
      lost = true;
      throw new PortUnavailable('store', 'the answer is lost', { remedy: 'Ask again.' });
    },
  });
  const world = await startCloud(t, { wrapStore: loses });
  await t.rejects(create(world, '10.0.0.0/24'), PortUnavailable);
  const { resource } = await create(world, '10.0.0.0/24');
  t.same(
    (await networks(world)).map(({ uuid }) => uuid),
    [resource.uuid],
  );
});

t.test('a request that was refused can be mended and sent under the same key', async (t) => {
  const world = await startCloud(t);
  await t.rejects(create(world, 'nowhere'), { code: 'InvalidFormat' });
  await t.resolves(create(world, '10.0.0.0/24'));
});

t.test('keys are remembered for a day', async (t) => {
  const world = await startCloud(t);
  const { resource } = await create(world, '10.0.0.0/24');
  const hours = async (count: number): Promise<void> => {
    // At once: what happens every few seconds is of no interest here.
    world.clock.advance(count * 60 * 60_000);
    await world.pass(60_000);
  };
  await hours(23);
  t.equal((await create(world, '10.0.0.0/24')).resource.uuid, resource.uuid);
  await hours(2);
  const later = await create(world, '10.0.3.0/24');
  t.not(later.resource.uuid, resource.uuid);
});

t.test('who may not see any more what came of a request is not told', async (t) => {
  const world = await startCloud(t);
  const ada = await world.account('Ada');
  const wasAdmin: Caller = { ...ada, kind: 'admin' };
  const type = world.type('host');
  const [host] = (await world.cloud.resources.list(world.admin, type, { filters: [], limit: 1 }))
    .resources;
  const rename = (caller: Caller) =>
    world.cloud.resources.act(caller, type, host?.id ?? '', 'reconcile', {}, KEY);
  await t.resolves(rename(wasAdmin));
  await t.rejects(rename(ada), { code: 'NotFound' });
});
