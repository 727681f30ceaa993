import { asUuid, type Caller, type JsonObject } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { uuid } from '../support/resources.js';
import { deferred, turns } from '../support/turns.js';
import { widgets, widgetType } from '../support/widgets.js';

async function withWidgets(t: Parameters<typeof startCloud>[0]): Promise<TestCloud> {
  return startCloud(t, { plugins: [widgets().plugin] });
}

t.test('a create is answered at once, complete and in its first generation', async (t) => {
  const world = await withWidgets(t);
  const { resource, once } = await world.created('widget', {
    name: 'a',
    data: { any: [1] },
    colour: 'red',
    unknown: 1,
    state: 'active',
    ours: 9,
  });
  t.match(resource, {
    name: 'a',
    description: null,
    data: { any: [1] },
    spec: { size: 1, colour: 'red', otherId: null, ownerId: null, ours: 0 },
    generation: 1,
    observedGeneration: 0,
    account: world.admin.account,
  });
  t.same(once, {});
  t.same(await world.get('widget', resource.id), resource, 'and it is stored so');
});

t.test('friendly ids count up within a type', async (t) => {
  const world = await withWidgets(t);
  const ids = [];
  for (let n = 0; n < 3; n += 1) ids.push((await world.create('widget', {})).id);
  t.same(ids, ['1', '2', '3']);
});

t.test('what does not fit is refused and stores nothing', async (t) => {
  const world = await withWidgets(t);
  await t.rejects(world.create('widget', { size: 'large' }), {
    code: 'InvalidFormat',
    fieldName: 'size',
  });
  await t.rejects(world.create('widget', { otherId: '99' }), {
    code: 'InvalidReference',
    fieldName: 'otherId',
    message: 'otherId: there is no widget "99"',
  });
  await t.rejects(world.create('widget', { name: 'a\u0000' }), { code: 'InvalidCharacters' });
  const { resources } = await world.cloud.resources.list(world.admin, widgetType, {
    filters: [],
    limit: 5,
  });
  t.same(resources, []);
});

t.test('a client that chose the uuid may ask again and has asked once', async (t) => {
  const world = await withWidgets(t);
  const body = { uuid: uuid(77), size: 3 };
  const first = await world.create('widget', body);
  const again = await world.create('widget', body);
  t.equal(first.uuid, uuid(77));
  t.equal(again.id, first.id);
  t.equal(again.generation, 1);
  const both = await Promise.all([
    world.create('widget', { uuid: uuid(78) }),
    world.create('widget', { uuid: uuid(78) }),
  ]);
  t.equal(both[0].id, both[1].id, 'also at the same moment');
});

t.test('a uuid that names something else is refused', async (t) => {
  const world = await withWidgets(t);
  const user = await world.account('user');
  await world.create('widget', { uuid: uuid(77), size: 3 });
  const taken = { code: 'NotUnique', fieldName: 'uuid' };
  await t.rejects(world.create('widget', { uuid: uuid(77), size: 4 }), taken);
  await t.rejects(world.create('widget', { uuid: uuid(77), size: 3 }, user), taken);
  await t.rejects(world.create('volume', { uuid: uuid(77), sizeGb: 1 }), taken);
  for (const bad of ['x', uuid(10).toUpperCase(), 5, {}, [uuid(77)]])
    await t.rejects(world.create('widget', { uuid: bad } as JsonObject), {
      code: 'InvalidFormat',
      fieldName: 'uuid',
    });
  for (const none of [null, '']) await t.resolves(world.create('widget', { uuid: none }));
});

t.test('an update changes what it names and counts a generation', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', { name: 'a', size: 2, colour: 'red' });
  const after = await world.update('widget', id, { size: 3, description: 'd', data: { x: 1 } });
  t.match(after, {
    name: 'a',
    description: 'd',
    data: { x: 1 },
    generation: 2,
    spec: { size: 3, colour: 'red' },
  });
  t.match(await world.update('widget', id, { name: null }), { name: null, generation: 3 });
  t.match(await world.update('widget', id, { colour: null }), { spec: { colour: null } });
});

t.test('an update that changes nothing is no change', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', { name: 'a', size: 2, data: { a: 1, b: 2 } });
  for (const same of [{}, { size: 2 }, { name: 'a' }, { data: { b: 2, a: 1 } }, { id: '9' }])
    t.equal((await world.update('widget', id, same)).generation, 1, JSON.stringify(same));
});

t.test('an update for a generation that has passed changes nothing', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', {});
  const { resources } = world.cloud;
  await t.rejects(resources.update(world.admin, widgetType, id, { size: 5 }, { generation: 2 }), {
    code: 'PreconditionFailed',
  });
  const after = await resources.update(world.admin, widgetType, id, { size: 5 }, { generation: 1 });
  t.equal(after.generation, 2);
  await t.rejects(resources.update(world.admin, widgetType, id, { size: 6 }, { generation: 1 }), {
    code: 'PreconditionFailed',
  });
  t.match(await world.get('widget', id), { spec: { size: 5 } });
});

t.test('updates at the same moment are all kept where they touch different fields', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', {});
  await Promise.all([
    world.update('widget', id, { size: 5 }),
    world.update('widget', id, { colour: 'blue' }),
    world.update('widget', id, { name: 'n' }),
  ]);
  t.match(await world.get('widget', id), {
    name: 'n',
    spec: { size: 5, colour: 'blue' },
    generation: 4,
  });
});

t.test('a change that loses to others again and again is told so', async (t) => {
  let wins = 0;
  const world = await startCloud(t, {
    plugins: [widgets().plugin],
    wrapStore: (store) => ({
      ...store,
      change: (...args) => (wins > 0 ? store.change(...args) : Promise.resolve(undefined)),
    }),
  });
  const { id } = await world.create('widget', {});
  await t.rejects(world.update('widget', id, { size: 5 }), { code: 'Conflict' });
  wins = 1;
  t.match(await world.update('widget', id, { size: 5 }), { generation: 2 });
});

t.test('a delete at the same moment as a change wins', async (t) => {
  const world = await startCloud(t, {
    plugins: [widgets().plugin],
    wrapStore: (store) => ({
      ...store,
      change: async (uuid, generation, change) => {
        if (change.deleteRequestedAt !== undefined && generation === 1)
          await store.change(uuid, 1, { name: 'changed', event: change.event });
        return store.change(uuid, generation, change);
      },
    }),
  });
  const { id } = await world.create('widget', {});
  t.match(await world.remove('widget', id), {
    name: 'changed',
    generation: 3,
    deleteRequestedAt: world.clock.now(),
  });
  await world.reaches('widget', id, 'removed');
});

t.test('what is being removed takes no more changes', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', {});
  await world.remove('widget', id);
  await t.rejects(world.update('widget', id, { size: 5 }), { code: 'Conflict' });
  await t.rejects(world.cloud.resources.act(world.admin, widgetType, id, 'grow', { by: 1 }), {
    code: 'ActionNotAvailable',
  });
  await world.reaches('widget', id, 'removed');
  await t.rejects(world.update('widget', id, { size: 5 }), { code: 'Conflict' });
});

t.test('what is removed can still be read for a day, and is not listed', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', {});
  await world.remove('widget', id);
  const gone = await world.reaches('widget', id, 'removed');
  const list = { filters: [], limit: 5 };
  const { resources } = world.cloud;
  t.same((await resources.list(world.admin, widgetType, list)).resources, []);
  const removedSince = (gone.removed ?? 0) - 1;
  t.match((await resources.list(world.admin, widgetType, { ...list, removedSince })).resources, [
    { id },
  ]);
  world.clock.jump(world.clock.now() + 24 * 60 * 60_000 + 1);
  await world.pass(20 * 60_000);
  await t.rejects(world.get('widget', id), { code: 'NotFound' });
});

t.test('an action is a change of the wish, with checked input', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', { size: 2 });
  const { resources } = world.cloud;
  const act = (action: string, input: JsonObject = {}) =>
    resources.act(world.admin, widgetType, id, action, input);
  t.match(await act('grow', { by: 5 }), { spec: { size: 7, ours: 1 }, generation: 2 });
  await t.rejects(act('grow'), { code: 'MissingRequired', fieldName: 'by' });
  await t.rejects(act('grow', { by: 0 }), { code: 'MinLimitExceeded', fieldName: 'by' });
  for (const none of ['shrink', '', 'toString', '__proto__'])
    await t.rejects(act(none), { code: 'InvalidAction', fieldName: 'action' });
  await act('grow', { by: 5 });
  await t.rejects(act('grow', { by: 1 }), { code: 'ActionNotAvailable', fieldName: 'action' });
  t.same(resources.actions(world.admin, widgetType, await world.get('widget', id)), [
    'reconcile',
    'explain',
  ]);
});

t.test(
  'reconcile has any resource looked at now, whatever its pause, and is no change',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const widget = await world.create('widget', { size: 2 });
    await world.reaches('widget', widget.id, 'active');
    outside.objects.objects.clear();
    const asked = await world.act('widget', widget.id, 'reconcile');
    t.equal(asked.generation, 1);
    await world.quiet();
    t.equal(outside.objects.objects.size, 1);
    await world.remove('widget', widget.id);
    await world.reaches('widget', widget.id, 'removed');
    t.type((await world.act('widget', widget.id, 'reconcile')).removed, 'number');
  },
);

t.test('what others need can not be removed, what belongs to it does not matter', async (t) => {
  const world = await withWidgets(t);
  const base = await world.create('widget', { name: 'base' });
  const needy = await world.create('widget', { otherId: base.id });
  await world.create('widget', { ownerId: base.id });
  await t.rejects(world.remove('widget', base.id), {
    code: 'InUse',
    message: `widget ${base.id} is still in use by 1 widget`,
  });
  await world.create('widget', { otherId: base.id });
  await t.rejects(world.remove('widget', base.id), { message: /2 widgets/ });
  const other = await world.create('widget', {});
  await world.update('widget', needy.id, { otherId: other.id });
  await t.rejects(world.remove('widget', base.id), { message: /1 widget$/ });
  await t.rejects(world.remove('widget', other.id), { code: 'InUse' });
});

t.test('a reference that is taken back frees its target', async (t) => {
  const world = await withWidgets(t);
  const base = await world.create('widget', {});
  const needy = await world.create('widget', { otherId: base.id });
  await world.update('widget', needy.id, { otherId: null });
  await t.resolves(world.remove('widget', base.id));
});

t.test('a reference to what is being removed is refused', async (t) => {
  const world = await withWidgets(t);
  const base = await world.create('widget', {});
  await world.remove('widget', base.id);
  const refused = { code: 'InvalidReference', fieldName: 'otherId' };
  await t.rejects(world.create('widget', { otherId: base.id }), refused);
  await world.reaches('widget', base.id, 'removed');
  await t.rejects(world.create('widget', { otherId: base.id }), refused);
});

t.test('the history says who asked for what', async (t) => {
  const world = await withWidgets(t);
  const { id } = await world.create('widget', {});
  await world.update('widget', id, { size: 2, colour: 'x' });
  await world.cloud.resources.act(world.admin, widgetType, id, 'grow', { by: 1 });
  await world.remove('widget', id);
  const history = await world.cloud.resources.history(world.admin, widgetType, id);
  const asked = history.filter(({ why }) => why === `account ${world.admin.accountId} asked`);
  t.same(asked.map(({ what, result }) => `${what}: ${result}`).toReversed(), [
    'requested: create',
    'update requested: size, colour',
    'grow requested: size, ours',
    'delete requested: delete',
  ]);
});

t.test('an account sees its own and what is everyone’s; nothing else exists', async (t) => {
  const world = await withWidgets(t);
  const [one, two] = [await world.account('one'), await world.account('two')];
  const mine = await world.create('widget', { name: 'mine' }, one);
  t.equal(mine.account, one.account);
  t.match(await world.get('widget', mine.id, one), { name: 'mine' });
  t.match(await world.get('widget', mine.id), { name: 'mine' }, 'administrators see all');
  const missing = { code: 'NotFound', message: `there is no widget ${mine.id}` };
  const { resources } = world.cloud;
  await t.rejects(world.get('widget', mine.id, two), missing);
  await t.rejects(world.update('widget', mine.id, { size: 2 }, two), missing);
  await t.rejects(world.remove('widget', mine.id, two), missing);
  await t.rejects(resources.act(two, widgetType, mine.id, 'grow', { by: 1 }), missing);
  await t.rejects(world.act('widget', mine.id, 'reconcile', two), missing);
  await t.rejects(resources.history(two, widgetType, mine.id), missing);
  const listed = async (caller: Caller) =>
    (await resources.list(caller, widgetType, { filters: [], limit: 5 })).resources.length;
  t.same([await listed(one), await listed(two), await listed(world.admin)], [1, 0, 1]);
  t.match(await world.get('image', '1', two), { name: 'Linux' });
  t.match(await world.get('offering', '1gb-1cpu', two), { name: '1gb-1cpu' });
});

t.test('a reference to what belongs to another account is one to nothing', async (t) => {
  const world = await withWidgets(t);
  const [one, two] = [await world.account('one'), await world.account('two')];
  const mine = await world.create('widget', {}, one);
  const refused = { code: 'InvalidReference', fieldName: 'otherId' };
  await t.rejects(world.create('widget', { otherId: mine.id }, two), refused);
  const theirs = await world.create('widget', {}, two);
  await t.rejects(world.update('widget', theirs.id, { otherId: mine.id }, two), refused);
  const network = await readyNetwork(world, { caller: one });
  await t.rejects(world.create('virtualmachine', server(network), two), {
    code: 'InvalidReference',
    fieldName: 'networkId',
  });
});

t.test('what is everyone’s may be read and not changed', async (t) => {
  const world = await withWidgets(t);
  const user = await world.account('user');
  const denied = { code: 'PermissionDenied' };
  await t.rejects(world.create('offering', { ramSizeMb: 512, cpuCount: 1 }, user), denied);
  await t.rejects(world.update('image', '1', { name: 'mine' }, user), denied);
  await t.rejects(world.remove('image', '1', user), denied);
  const image = await world.get('image', '1', user);
  t.same(world.cloud.resources.actions(user, world.type('image'), image), ['reconcile', 'explain']);
  await t.resolves(world.act('image', '1', 'reconcile', user));
});

t.test('types for administrators only do not exist for others', async (t) => {
  const world = await withWidgets(t);
  const user = await world.account('user');
  t.notOk(world.cloud.resources.may(user, world.type('host'), 'read'));
  t.ok(world.cloud.resources.may(world.admin, world.type('host'), 'read'));
  const missing = { code: 'NotFound' };
  await t.rejects(world.get('host', '1', user), missing);
  await t.rejects(world.update('host', '1', { enabled: false }, user), missing);
  await t.rejects(world.act('host', '1', 'disable', user), missing);
  t.throws(
    () => world.cloud.resources.list(user, world.type('host'), { filters: [], limit: 1 }),
    missing,
  );
  await t.rejects(
    world.create('host', {}),
    { code: 'PermissionDenied' },
    'hosts are found, not made',
  );
});

t.test('administrators act for other accounts, others only for themselves', async (t) => {
  const world = await withWidgets(t);
  const [one, two] = [await world.account('one'), await world.account('two')];
  const made = await world.create('widget', { accountId: one.accountId });
  t.equal(made.account, one.account);
  const own = await world.create('widget', { accountId: one.accountId }, two);
  t.equal(own.account, two.account, 'the field is ignored like any unknown one');
  await t.rejects(world.create('widget', { accountId: '999' }), {
    code: 'InvalidReference',
    fieldName: 'accountId',
  });
  t.equal((await world.create('widget', { accountId: '' })).account, world.admin.account);
  t.same(
    [...(await world.cloud.resources.accountIds([made, own, made])).entries()],
    [
      [one.account, one.accountId],
      [two.account, two.accountId],
    ],
  );
  t.equal((await world.cloud.resources.accountIds([])).size, 0);
});

t.test('an account with resources can not be removed', async (t) => {
  const world = await withWidgets(t);
  const user = await world.account('user');
  const widget = await world.create('widget', {}, user);
  await t.rejects(world.remove('account', user.accountId), {
    code: 'InUse',
    message: /1 resources/,
  });
  await world.remove('widget', widget.id, user);
  await world.reaches('widget', widget.id, 'removed');
  await world.remove('account', user.accountId);
  await world.reaches('account', user.accountId, 'removed');
  await t.rejects(world.create('widget', { accountId: user.accountId }), {
    code: 'InvalidReference',
  });
});

t.test('a key’s secret is told once, and only its digest is kept', async (t) => {
  const world = await withWidgets(t);
  const user = await world.account('user');
  const { resource, once } = await world.created('apikey', { name: 'laptop' }, user);
  const secret = String(once['secretValue']);
  const spec = resource.spec as { readonly publicValue: string };
  t.match(secret, /^[A-Za-z0-9]{40}$/);
  t.match(spec.publicValue, /^[A-Za-z0-9]{20}$/);
  const stored = await world.store.get(resource.uuid);
  t.notMatch(JSON.stringify(stored), new RegExp(secret));
  t.match(stored?.spec, { secretValue: null });
  t.match(await world.cloud.resources.authenticate(spec.publicValue, secret), {
    account: user.account,
    accountId: user.accountId,
    accountName: 'user',
    kind: 'user',
  });
});

t.test(
  'a key opens nothing with a wrong secret, deactivated, removed, or without its account',
  async (t) => {
    const world = await withWidgets(t);
    const user = await world.account('user');
    const { resources } = world.cloud;
    const newKey = async () => {
      const { resource, once } = await world.created('apikey', {}, user);
      const { publicValue } = resource.spec as unknown as { readonly publicValue: string };
      return {
        id: resource.id,
        opens: async (secret = String(once['secretValue'])) =>
          (await resources.authenticate(publicValue, secret)) !== undefined,
      };
    };
    const key = await newKey();
    t.equal(await key.opens('wrong'), false);
    t.equal(await key.opens(''), false);
    t.equal(await resources.authenticate('nobody', 'secret'), undefined);
    t.equal(await resources.authenticate('', ''), undefined);
    t.equal(await resources.authenticate('1', ''), undefined, 'an id is no access key');

    await world.act('apikey', key.id, 'deactivate', user);
    t.equal(await key.opens(), false, 'at once');
    await world.reaches('apikey', key.id, 'inactive');
    await world.act('apikey', key.id, 'activate', user);
    t.equal(await key.opens(), true);
    await world.remove('apikey', key.id, user);
    t.equal(await key.opens(), false, 'at once, before the kernel has removed it');
    await world.reaches('apikey', key.id, 'removed');
    t.equal(await key.opens(), false);

    const orphan = await newKey();
    const account = await world.store.get(user.account);
    await world.store.change(user.account, account?.generation ?? 0, {
      deleteRequestedAt: 1,
      event: { at: 1, what: 'delete requested', why: 'test', result: '' },
    });
    t.equal(await orphan.opens(), false);
  },
);

t.test('a natural key is taken once among the living', async (t) => {
  const world = await withWidgets(t);
  const body = { name: 'tiny', ramSizeMb: 512, cpuCount: 1 };
  const tiny = await world.create('offering', body);
  await t.rejects(world.create('offering', body), { code: 'NotUnique', fieldName: 'name' });
  t.match(await world.get('offering', 'tiny'), { id: tiny.id });
  await world.remove('offering', 'tiny');
  await world.reaches('offering', tiny.id, 'removed');
  const again = await world.create('offering', body);
  t.not(again.id, tiny.id);
  t.match(await world.get('offering', 'tiny'), { id: again.id });
});

t.test('the name that others refer to an offering by stays as it is', async (t) => {
  const world = await withWidgets(t);
  const tiny = await world.create('offering', { name: 'tiny', ramSizeMb: 512, cpuCount: 1 });
  t.match(await world.update('offering', tiny.id, { name: 'small', description: 'the smallest' }), {
    name: 'tiny',
    description: 'the smallest',
  });
  await t.rejects(world.get('offering', 'small'), { code: 'NotFound' });
});

t.test('a reference to what has a natural key is kept by it', async (t) => {
  const world = await withWidgets(t);
  const network = await readyNetwork(world);
  const offering = await world.get('offering', '1gb-1cpu');
  const machine = await world.create('virtualmachine', server(network, { offering: offering.id }));
  t.match(machine.spec, { offering: '1gb-1cpu' });
});

t.test('a caller that is not known to the store finds nothing of its own', async (t) => {
  const world = await withWidgets(t);
  await world.create('widget', {});
  const stranger: Caller = { ...world.admin, account: asUuid('x'), kind: 'user' };
  await t.rejects(world.get('widget', '1', stranger), { code: 'NotFound' });
});

t.test(
  'a request whose process stood still for half a minute is not carried out late',
  async (t) => {
    let found = deferred<undefined>();
    found.resolve(undefined);
    const world = await startCloud(t, {
      plugins: [widgets().plugin],
      wrapStore: (store) => ({
        ...store,
        find: async (...args) => {
          await found.promise;
          return store.find(...args);
        },
      }),
    });
    const widget = await world.create('widget', { size: 1 });
    found = deferred<undefined>();
    const early = world.update('widget', widget.id, { size: 2 });
    const late = t.rejects(early, { name: 'PortUnavailable', message: /more than 30 s/ });
    await turns();
    world.clock.advance(30_001);
    found.resolve(undefined);
    await late;
    t.match(await world.get('widget', widget.id), { spec: { size: 1 }, generation: 1 });
    await world.update('widget', widget.id, { size: 3 });
    t.match(await world.get('widget', widget.id), { spec: { size: 3 }, generation: 2 });
  },
);
