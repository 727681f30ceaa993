import { type Caller, DriverFailure, type JsonObject, VERBS } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { widgets } from '../support/widgets.js';

/** The same caller, with a key that opens only this. */
function scoped(caller: Caller, ...scopes: readonly string[]): Caller {
  return { ...caller, scopes };
}

async function withWidget(t: Parameters<typeof startCloud>[0]) {
  const outside = widgets({ dataBearing: 'yes' });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const owner = await world.account('owner');
  const widget = await world.create('widget', { size: 2 }, owner);
  await world.reaches('widget', widget.id, 'active');
  return { outside, world, owner, widget };
}

t.test('a key opens exactly its verbs on exactly its types', async (t) => {
  const { world, owner } = await withWidget(t);
  const { resources, types } = world.cloud;
  for (const caller of [owner, world.admin]) {
    for (const type of types.all()) {
      for (const verb of VERBS) {
        const may = (...scopes: readonly string[]): boolean =>
          resources.may(scoped(caller, ...scopes), type, verb);
        const able = resources.may(caller, type, verb);
        const what = `${caller.kind} ${type.id} ${verb}`;
        t.equal(may(`${type.id}:${verb}`), able, `${what}: no more than the account`);
        t.equal(may(`${type.id}:*`), able, what);
        t.equal(may(`*:${verb}`), able, what);
        t.equal(may('*:*'), able, what);
        const others = VERBS.filter((one) => one !== verb).map((one) => `*:${one}`);
        t.equal(may(...others), false, `${what}: not by other verbs`);
        const elsewhere = types.all().flatMap(({ id }) => (id === type.id ? [] : [`${id}:*`]));
        t.equal(may(...elsewhere), false, `${what}: not by other types`);
      }
    }
  }
});

/** Every door to a widget, by the verb that opens it. */
function doors(world: TestCloud, id: string) {
  const { resources } = world.cloud;
  const type = world.type('widget');
  const query = { filters: [], limit: 10 };
  const plan = (caller: Caller, kind: 'create' | 'update' | 'remove' | 'act') =>
    resources.plan(
      caller,
      type,
      kind === 'create'
        ? { kind, body: {} }
        : kind === 'update'
          ? { kind, id, body: { colour: 'red' } }
          : kind === 'remove'
            ? { kind, id }
            : { kind, id, action: 'grow', input: { by: 1 } },
    );
  return {
    read: {
      get: (caller: Caller) => resources.get(caller, type, id),
      list: async (caller: Caller) => resources.list(caller, type, query),
      count: (caller: Caller) => resources.count(caller, type, { filters: [] }),
      related: async (caller: Caller) =>
        resources.related(caller, type, 'parts', [await world.get('widget', id)], 10),
      history: (caller: Caller) => resources.history(caller, type, id),
      explain: (caller: Caller) => resources.explain(caller, type, id),
      reconcile: (caller: Caller) => resources.act(caller, type, id, 'reconcile', {}),
    },
    create: {
      create: (caller: Caller) => resources.create(caller, type, {}),
      plan: (caller: Caller) => plan(caller, 'create'),
    },
    update: {
      update: (caller: Caller) => resources.update(caller, type, id, { colour: 'blue' }),
      plan: (caller: Caller) => plan(caller, 'update'),
    },
    act: {
      act: (caller: Caller) => resources.act(caller, type, id, 'grow', { by: 1 }),
      plan: (caller: Caller) => plan(caller, 'act'),
    },
    delete: {
      plan: (caller: Caller) => plan(caller, 'remove'),
      remove: (caller: Caller) => resources.remove(caller, type, id),
    },
  };
}

t.test('every door asks for its verb: hidden without read, forbidden with it', async (t) => {
  const { world, owner, widget } = await withWidget(t);
  for (const [verb, ways] of Object.entries(doors(world, widget.id))) {
    const others = VERBS.filter((one) => one !== verb);
    for (const [name, go] of Object.entries(ways)) {
      const what = `${name} (${verb})`;
      await t.rejects(go(scoped(owner, 'network:*')), { code: 'NotFound' }, what);
      if (verb !== 'read') {
        const without = others.map((one) => `widget:${one}`);
        await t.rejects(go(scoped(owner, ...without)), { code: 'PermissionDenied' }, what);
      }
      await t.resolves(go(scoped(owner, 'widget:read', `widget:${verb}`)), what);
    }
  }
});

t.test('a question asks for the verb that it declares', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', id, 'running');
  const ask = (question: string, ...scopes: readonly string[]) =>
    world.cloud.resources.ask(
      scoped(world.admin, ...scopes),
      world.type('virtualmachine'),
      id,
      question,
      {},
    );
  await t.rejects(ask('console', 'virtualmachine:act'), { code: 'NotFound' });
  await t.rejects(ask('console', 'virtualmachine:read'), { code: 'PermissionDenied' });
  t.match(await ask('console', 'virtualmachine:read', 'virtualmachine:act'), {
    sockets: { url: /^consoles\// },
  });
  await t.rejects(ask('usage', '*:act'), { code: 'NotFound' });
  t.ok(await ask('usage', 'virtualmachine:read'));
});

t.test('only actions that a key opens are offered', async (t) => {
  const { outside, world, owner, widget } = await withWidget(t);
  const { resources } = world.cloud;
  const offered = async (...scopes: readonly string[]): Promise<readonly string[]> => {
    const row = await world.get('widget', widget.id);
    return resources.actions(scoped(owner, ...scopes), world.type('widget'), row);
  };
  t.same(await offered('widget:*'), ['grow', 'reconcile', 'explain']);
  t.same(await offered('widget:read', 'widget:update'), ['reconcile', 'explain']);
  outside.objects.objects.clear();
  await world.act('widget', widget.id, 'reconcile');
  await world.reaches('widget', widget.id, 'error');
  t.same(await offered('*:act'), ['grow', 'recreate', 'reconcile', 'explain']);
  t.same(await offered('*:read'), ['reconcile', 'explain']);
});

t.test('a key that only reads decides nothing about what is stuck', async (t) => {
  const { outside, world, owner, widget } = await withWidget(t);
  outside.objects.objects.clear();
  await world.act('widget', widget.id, 'reconcile');
  const stuck = await world.reaches('widget', widget.id, 'error');
  const ask = (caller: Caller, action: string) =>
    world.cloud.resources.act(caller, world.type('widget'), widget.id, action, {});
  const reader = scoped(owner, '*:read');
  await t.rejects(ask(reader, 'recreate'), { code: 'PermissionDenied' });
  t.equal((await ask(reader, 'reconcile')).generation, stuck.generation, 'it is looked at only');
  const actor = scoped(owner, 'widget:read', 'widget:act');
  t.equal((await ask(actor, 'reconcile')).generation, stuck.generation + 1);
  await world.reaches('widget', widget.id, 'error');
  t.match(await ask(actor, 'recreate'), { repairs: [{ kind: 'recreate' }] });
});

t.test('an explanation names nothing that a key does not open', async (t) => {
  const world = await startCloud(t);
  const owner = await world.account('owner');
  const network = await readyNetwork(world, { caller: owner });
  world.outside.volumes.down = new DriverFailure('unavailable', 'Unreachable', 'no answer', {
    remedy: 'Wait.',
  });
  const machine = await world.create('virtualmachine', server(network), owner);
  await world.quiet();
  const explain = async (...scopes: readonly string[]) =>
    JSON.stringify(
      await world.cloud.resources.explain(
        scoped(owner, ...scopes),
        world.type('virtualmachine'),
        machine.id,
      ),
    );
  t.match(await explain('*:read'), /"name":"volume 1"/, 'that is what it waits for');
  // The server's own conditions say which number it waits for; that opens nothing.
  t.notMatch(await explain('virtualmachine:read'), /"name":"volume 1"|"type":"volume"/);
  t.match(await explain('virtualmachine:read'), /"name":"a volume"/);
});

for (const [type, body] of [
  ['apikey', {}],
  ['login', { username: 'ada', password: 'long enough for anybody' }],
] as const satisfies readonly (readonly [string, JsonObject])[]) {
  t.test(`a key never makes or changes a ${type} that opens more than itself`, async (t) => {
    const world = await startCloud(t);
    const owner = await world.account('owner');
    const mine = ['network:*', 'apikey:*', 'login:*', 'volume:read'];
    const caller = scoped(owner, ...mine);
    const refused = { code: 'PermissionDenied' };
    const named = { ...refused, fieldName: 'scopes' };
    for (const scopes of [undefined, null, [], ['*:*'], ['volume:*'], ['network:read', '*:read']])
      await t.rejects(
        world.create(type, { ...body, ...(scopes === undefined ? {} : { scopes }) }, caller),
        named,
        JSON.stringify(scopes),
      );
    const narrow = await world.create(type, { ...body, scopes: ['network:read'] }, caller);
    t.match(narrow.spec, { scopes: ['network:read'] });
    t.match(await world.update(type, narrow.id, { scopes: mine }, caller), {
      spec: { scopes: mine },
    });
    await t.rejects(world.update(type, narrow.id, { scopes: null }, caller), named);
    await t.rejects(world.update(type, narrow.id, { scopes: ['volume:act'] }, caller), named);
    t.match(await world.update(type, narrow.id, { name: 'named' }, caller), {
      name: 'named',
      spec: { scopes: mine },
    });

    const other = type === 'login' ? { ...body, username: 'bob' } : body;
    const wide = await world.create(type, { ...other, scopes: ['virtualmachine:read'] }, owner);
    await t.rejects(world.update(type, wide.id, { name: 'mine' }, caller), refused);
    await t.rejects(world.update(type, wide.id, { scopes: ['network:read'] }, caller), refused);
    await t.rejects(world.act(type, wide.id, 'deactivate', caller), refused);
    await t.rejects(world.remove(type, wide.id, caller), refused);
    const [action, input] =
      type === 'apikey'
        ? ['rotate', {}]
        : ['changepassword', { password: 'taken over!!', currentPassword: body.password }];
    await t.rejects(
      world.cloud.resources.act(caller, world.type(type), wide.id, action, input),
      refused,
    );
    t.ok(await world.update(type, wide.id, { scopes: ['network:read'] }, owner));
    t.ok(await world.update(type, wide.id, { name: 'mine' }, caller), 'it is narrow by now');
    t.ok(await world.remove(type, wide.id, caller));
  });
}

t.test('an administrator’s narrow key makes no wider one in another account', async (t) => {
  const world = await startCloud(t);
  const owner = await world.account('owner');
  const caller = scoped(world.admin, 'apikey:*', 'account:*');
  await t.rejects(world.create('apikey', { accountId: owner.accountId }, caller), {
    code: 'PermissionDenied',
  });
  t.ok(
    await world.create('apikey', { accountId: owner.accountId, scopes: ['apikey:read'] }, caller),
  );
});

t.test('scopes that this cloud does not know are refused', async (t) => {
  const world = await startCloud(t);
  for (const scopes of [['virtualmachines:read'], ['volume:write'], ['volume'], ['*']])
    await t.rejects(world.create('apikey', { scopes }), {
      code: 'InvalidOption',
      fieldName: 'scopes',
    });
  await t.rejects(world.create('apikey', { scopes: ['Volume:read'] }), {
    name: 'RequestError',
    fieldName: 'scopes',
  });
  await t.rejects(world.create('apikey', { scopes: Array(101).fill('*:*') }), {
    code: 'MaxLengthExceeded',
  });
});

t.test('a key that was made with scopes opens them from the next request on', async (t) => {
  const world = await startCloud(t);
  const { resource, once } = await world.created('apikey', { scopes: ['volume:read'] });
  const authenticate = () =>
    world.cloud.resources.authenticate(
      String(resource.spec['publicValue']),
      String(once['secretValue']),
    );
  t.match(await authenticate(), { kind: 'admin', scopes: ['volume:read'] });
  await world.update('apikey', resource.id, { scopes: ['*:*'] });
  t.match(await authenticate(), { scopes: ['*:*'] });
  await world.update('apikey', resource.id, { scopes: [] });
  t.equal((await authenticate())?.scopes, undefined);
});

t.test('an auditor reads everything and changes nothing, whatever its keys say', async (t) => {
  const { world, owner, widget } = await withWidget(t);
  const { resources, types } = world.cloud;
  const account = await world.create('account', { name: 'books', kind: 'auditor' });
  const auditorWith = async (body: JsonObject): Promise<Caller> => {
    const made = await world.created('apikey', { ...body, accountId: account.id });
    const name = String(made.resource.spec['publicValue']);
    const caller = await resources.authenticate(name, String(made.once['secretValue']));
    if (caller === undefined) throw new Error('an auditor’s key opens nothing');
    return caller;
  };
  const auditor = await auditorWith({});
  for (const type of types.all())
    for (const verb of VERBS)
      t.equal(
        resources.may(auditor, type, verb),
        verb === 'read' && type.access.administrators.includes('read'),
        `${type.id} ${verb}`,
      );
  t.equal((await world.get('widget', widget.id, auditor)).account, owner.account);
  t.ok((await resources.history(auditor, world.type('widget'), widget.id)).length > 0);
  for (const [verb, ways] of Object.entries(doors(world, widget.id)))
    for (const [name, go] of Object.entries(ways)) {
      if (verb === 'read') await t.resolves(go(auditor), name);
      else await t.rejects(go(auditor), { code: 'PermissionDenied' }, name);
    }
  await t.rejects(world.create('apikey', {}, auditor), { code: 'PermissionDenied' });

  const narrow = await auditorWith({ scopes: ['network:*', 'widget:update'] });
  t.ok(resources.may(narrow, types.get('network'), 'read'));
  t.notOk(resources.may(narrow, types.get('network'), 'create'));
  t.notOk(resources.may(narrow, types.get('widget'), 'read'), 'what its key does not open');
  const nothing = await auditorWith({ scopes: ['widget:update'] });
  for (const type of types.all())
    for (const verb of VERBS) t.notOk(resources.may(nothing, type, verb), `${type.id} ${verb}`);
});
