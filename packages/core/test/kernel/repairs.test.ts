import { asExternalId, asUuid, type Caller, conditionOf, type JsonObject } from '@gdcloud/core';
import t from 'tap';
import { withRepair } from '../../dist/model/repair.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { Twins } from '../support/twins.js';
import { plainly, widgets } from '../support/widgets.js';

const UNAVAILABLE = { code: 'ActionNotAvailable', fieldName: 'action' };

function ask(
  world: TestCloud,
  id: string,
  action: string,
  input: JsonObject = {},
  caller: Caller = world.admin,
) {
  return world.cloud.resources.act(caller, world.type('widget'), id, action, input);
}

async function offered(world: TestCloud, id: string, caller = world.admin) {
  const { resources } = world.cloud;
  const widget = await resources.get(caller, world.type('widget'), id);
  return resources.actions(caller, world.type('widget'), widget);
}

async function missing(t: Parameters<typeof startCloud>[0]) {
  const outside = widgets({ dataBearing: 'yes' });
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const owner = await world.account('owner');
  const widget = await world.create('widget', { size: 2 }, owner);
  await world.reaches('widget', widget.id, 'active');
  outside.objects.objects.clear();
  await world.act('widget', widget.id, 'reconcile');
  await world.reaches('widget', widget.id, 'error');
  return { outside, world, owner, widget };
}

t.test('what held data and is missing is made anew once its owner asks for that', async (t) => {
  const { outside, world, owner, widget } = await missing(t);
  t.match(conditionOf((await world.get('widget', widget.id)).conditions, 'Stalled'), {
    reason: 'ExternalMissing',
    details: { actions: ['recreate', 'reconcile', 'delete'], part: 'thing' },
  });
  t.same(await offered(world, widget.id, owner), ['grow', 'recreate', 'reconcile', 'explain']);
  const asked = await ask(world, widget.id, 'recreate', {}, owner);
  t.match(asked, { generation: 2, repairs: [{ kind: 'recreate', part: 'thing', epoch: 1 }] });
  await world.reaches('widget', widget.id, 'active');
  t.equal(outside.objects.counts.create, 2);
  t.match((await world.get('widget', widget.id)).parts, { thing: { epoch: 2 } });
  t.same(await offered(world, widget.id, owner), ['grow', 'reconcile', 'explain']);
});

t.test('asked for twice it is made anew once', async (t) => {
  const { outside, world, widget } = await missing(t);
  await ask(world, widget.id, 'recreate', { part: 'thing' });
  t.match(await ask(world, widget.id, 'recreate'), { generation: 2 });
  await world.reaches('widget', widget.id, 'active');
  t.equal(outside.objects.counts.create, 2);
});

t.test('a decision about one loss says nothing about the next', async (t) => {
  const { outside, world, widget } = await missing(t);
  await ask(world, widget.id, 'recreate');
  await world.reaches('widget', widget.id, 'active');
  outside.objects.objects.clear();
  await world.act('widget', widget.id, 'reconcile');
  await world.reaches('widget', widget.id, 'error');
  t.equal(outside.objects.counts.create, 2);
  await ask(world, widget.id, 'recreate');
  await world.reaches('widget', widget.id, 'active');
  t.equal(outside.objects.counts.create, 3);
});

t.test(
  'what came back before it was made anew is kept, and is not made anew when it is lost later',
  async (t) => {
    const { outside, world, widget } = await missing(t);
    const { objects } = outside.objects;
    outside.objects.plant({ uuid: widget.uuid, epoch: 1 }, { size: 2 });
    await ask(world, widget.id, 'recreate');
    await world.reaches('widget', widget.id, 'active');
    t.equal(outside.objects.counts.create, 1);
    objects.clear();
    await world.act('widget', widget.id, 'reconcile');
    await world.reaches('widget', widget.id, 'error');
    t.match(await world.get('widget', widget.id), { lastErrorCode: 'ExternalMissing' });
    t.equal(outside.objects.counts.create, 1);
    await ask(world, widget.id, 'recreate');
    await world.reaches('widget', widget.id, 'active');
    t.equal(outside.objects.counts.create, 2, 'a new decision counts');
  },
);

t.test('a decision is refused unless it is waited for, and for what it is not about', async (t) => {
  const { world, owner, widget } = await missing(t);
  const other = await world.account('other');
  await t.rejects(ask(world, widget.id, 'recreate', {}, other), { code: 'NotFound' });
  await t.rejects(ask(world, widget.id, 'keep', { external: 'x' }), UNAVAILABLE);
  await t.rejects(ask(world, widget.id, 'recreate', { part: 'toString' }), {
    code: 'InvalidOption',
    fieldName: 'part',
  });
  const healthy = await world.create('widget', {}, owner);
  await world.reaches('widget', healthy.id, 'active');
  await t.rejects(ask(world, healthy.id, 'recreate'), UNAVAILABLE);
  await world.remove('widget', widget.id);
  await t.rejects(ask(world, widget.id, 'recreate'), UNAVAILABLE);
  await world.reaches('widget', widget.id, 'removed');
});

async function twins(t: Parameters<typeof startCloud>[0], dataBearing: 'yes' | 'no') {
  const driver = new Twins(dataBearing);
  const { plugin } = widgets({ reconcile: (pass) => plainly(pass, driver) });
  const world = await startCloud(t, { plugins: [plugin] });
  // What a late call of a replaced process makes is there before the first look.
  const make = async (...used: readonly ('never' | 'maybe')[]) => {
    const uuid = '01900000-0000-7000-8000-000000000001';
    for (const [index, each] of used.entries()) {
      driver.add(asUuid(uuid), `twin-${index}`, each);
    }
    return world.create('widget', { uuid, size: 1 });
  };
  return { driver, world, make };
}

t.test('extras that certainly were never used are destroyed, one a pass', async (t) => {
  const { driver, world, make } = await twins(t, 'no');
  const widget = await make('maybe', 'never', 'never');
  const after = await world.reaches('widget', widget.id, 'active');
  t.same(driver.deleted, ['twin-1', 'twin-2']);
  t.match(after.parts, { thing: { state: 'recorded', external: 'twin-0' } });
  const events = await world.events('widget', widget.id);
  t.equal(events.filter((what) => what === 'thing.duplicate').length, 2);
});

t.test('extras that may have been used, or hold data, wait for a person', async (t) => {
  for (const [dataBearing, used] of [
    ['no', 'maybe'],
    ['yes', 'never'],
  ] as const) {
    const { driver, world, make } = await twins(t, dataBearing);
    const widget = await make('maybe', used);
    const stalled = await world.reaches('widget', widget.id, 'error');
    t.match(conditionOf(stalled.conditions, 'Stalled'), {
      reason: 'DuplicateExternal',
      details: { actions: ['keep', 'delete'], part: 'thing', externals: ['twin-0', 'twin-1'] },
    });
    t.same(driver.deleted, []);
    t.same(await offered(world, widget.id), ['grow', 'keep', 'reconcile', 'explain']);
    await t.rejects(ask(world, widget.id, 'keep'), { code: 'MissingRequired' });
    await t.rejects(ask(world, widget.id, 'keep', { external: 'twin-7' }), {
      code: 'InvalidOption',
      fieldName: 'external',
    });
    await ask(world, widget.id, 'keep', { external: 'twin-1' });
    const after = await world.reaches('widget', widget.id, 'active');
    t.same(driver.deleted, ['twin-0'], 'the driver’s own choice does not count then');
    t.match(after.parts, { thing: { external: 'twin-1' } });
  }
});

t.test('of twins nobody chose between nothing is left when it is removed', async (t) => {
  const { driver, world, make } = await twins(t, 'yes');
  const widget = await make('maybe', 'maybe', 'maybe');
  await world.reaches('widget', widget.id, 'error');
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.same(driver.objects, []);
});

t.test('reconcile asks again for what is stuck, by those who may change it', async (t) => {
  const { world, owner, widget } = await missing(t);
  t.match(await world.act('widget', widget.id, 'reconcile', owner), { generation: 2 });
  await world.reaches('widget', widget.id, 'error');
  t.match(await world.get('widget', widget.id), { attemptedGeneration: 2, observedGeneration: 1 });
  const events = await world.events('widget', widget.id);
  t.ok(events.includes('reconcile requested'));
});

t.test('reconcile by a mere reader is a look and no change', async (t) => {
  const world = await startCloud(t);
  await world.reaches('image', '1', 'active');
  world.outside.images.objects.clear();
  const user = await world.account('user');
  await world.act('image', '1', 'reconcile', user);
  await world.reaches('image', '1', 'error');
  t.match(await world.act('image', '1', 'reconcile', user), { generation: 1 });
  const image = await world.get('image', '1');
  t.same(world.cloud.resources.actions(user, world.type('image'), image), ['reconcile', 'explain']);
  await t.rejects(world.cloud.resources.act(user, world.type('image'), '1', 'recreate', {}), {
    code: 'PermissionDenied',
  });
});

t.test('a later decision about a part takes the place of the one before', async (t) => {
  const first = { kind: 'recreate', part: 'a', epoch: 1, step: 2 } as const;
  const keep = { kind: 'keep', part: 'a', external: asExternalId('x') } as const;
  const other = { ...first, part: 'b' };
  const all = [first, keep, other].reduce(withRepair, []);
  t.same(all, [first, keep, other]);
  t.equal(withRepair(all, { ...first }), all, 'the same again is no change');
  t.equal(withRepair(all, { ...keep }), all);
  t.same(withRepair(all, { ...first, epoch: 2 }), [keep, other, { ...first, epoch: 2 }]);
  t.same(withRepair(all, { ...keep, external: asExternalId('y') }).length, 3);
});
