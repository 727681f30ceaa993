import { conditionOf, type OrphanOptions, type Plugin, SWEPT_DRIVER } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, surroundings } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { orphans, sweptWidgets } from '../support/orphans.js';
import { uuid } from '../support/resources.js';
import { widgets } from '../support/widgets.js';

const MINUTE = 60_000;
/** Longer than three sweeps. */
const LONG = 4 * MINUTE;

const report: OrphanOptions = { everyMs: MINUTE };
const reap: OrphanOptions = { everyMs: MINUTE, policy: 'reap', reapAfterMs: 0 };

t.test('what nobody owns is reported, with why, and nothing else', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: report });
  await world.pass(LONG);
  const [found, ...others] = await orphans(world);
  t.same(others, []);
  t.match(found, {
    naturalKey: `memory.widgets/${uuid(7)}`,
    spec: { driver: 'memory.widgets', objectUuid: uuid(7), epoch: 1, disposition: 'policy' },
    status: { holdsData: false, quarantinedAt: undefined },
  });
  t.ok(Number(found?.status['sightings']) >= 3, 'each sweep counts');
  t.match(found?.status['why'], /no live resource claims/);
  t.match(conditionOf(found?.conditions ?? [], 'Orphaned'), {
    status: 'True',
    message: /only reported/,
  });
  t.match(await world.state('orphan', '1'), { state: 'reported', transitioning: 'no' });
  t.equal(objects.quarantines, 0);
  t.same(objects.counts, { create: 0, update: 0, delete: 0 });
});

t.test('seen once is not seen: what has gone by the next look is forgotten', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  await world.pass(MINUTE / 2);
  t.match(await world.state('orphan', '1'), {
    state: 'sighted',
    transitioningMessage: '1 of 2 sweeps have found it',
  });
  objects.objects.clear();
  await world.pass(LONG);
  t.same(await orphans(world), []);
  t.equal(objects.quarantines, 0);
});

t.test('sweeps right after one another, as of a process that restarts, count once', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  let world = await startCloud(t, { plugins: [plugin], orphans: reap });
  for (let restarts = 0; restarts < 3; restarts += 1) {
    await world.stop();
    world.clock.advance(MINUTE / 10);
    world = await startCloud(t, { after: world, plugins: [plugin], orphans: reap });
  }
  t.match((await orphans(world))[0]?.status, { sightings: 1 });
});

t.test('what lives is never an orphan, in use or half made', async (t) => {
  const world = await startCloud(t, { orphans: reap });
  const network = await readyNetwork(world);
  const made = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', made.id, 'running');
  const { servers } = world.outside;
  const observe = servers.observe.bind(servers);
  const create = servers.create.bind(servers);
  // The reply to the create is lost, and nobody can look what came of it.
  servers.create = async (...args) => {
    await create(...args);
    servers.observe = () => Promise.reject(down());
    throw down();
  };
  const half = await world.create('virtualmachine', server(network));
  await world.pass(LONG);
  t.match((await world.store.get(half.uuid))?.parts, { server: { state: 'intent' } });
  t.equal(servers.objects.size, 2);
  t.same(await orphans(world), []);
  servers.create = create;
  servers.observe = observe;
  await world.reaches('virtualmachine', half.id, 'running');
  await world.pass(LONG);
  t.same(await orphans(world), []);
  const { disks, volumes, segments, appliances, images } = world.outside;
  for (const objects of [servers, disks, volumes, segments, appliances, images]) {
    t.equal(objects.quarantines, 0);
    t.equal(objects.counts.delete, 0);
  }
});

t.test('what has no stamp is not ours, also when somebody took it off', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 }, 'none');
  objects.plant({ uuid: uuid(8), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  t.match(await orphans(world), [{ spec: { objectUuid: uuid(8) } }]);
  const kept = objects.objects.get(uuid(8));
  if (kept !== undefined) kept.stamp = 'none';
  await world.pass(LONG);
  t.same(await orphans(world), []);
  t.equal(objects.objects.size, 2);
  t.equal(objects.quarantines, 0);
});

t.test('with a database from before, all that is newer is only reported', async (t) => {
  const before = surroundings(t);
  const first = await startCloud(t, { after: before, orphans: report });
  const network = await readyNetwork(first);
  const made = await first.create('virtualmachine', server(network));
  await first.reaches('virtualmachine', made.id, 'running');
  await first.stop();
  const { store } = surroundings(t);
  const second = await startCloud(t, { after: { ...first, store }, orphans: report });
  await second.pass(LONG);
  const found = (await orphans(second)).map(({ spec }) => spec['driver']);
  t.same(found.toSorted(), [
    'memory.appliances',
    'memory.disks',
    'memory.segments',
    'memory.servers',
    'memory.volumes',
  ]);
  const { servers, disks, volumes, segments, appliances } = second.outside;
  for (const objects of [servers, disks, volumes, segments, appliances]) {
    t.equal(objects.quarantines, 0);
    t.equal(objects.counts.delete, 0);
  }
});

t.test('a sweep that breaks off proves nothing about what it did not see', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.pageSize = 2;
  for (const n of [1, 2, 3, 4, 5]) objects.plant({ uuid: uuid(n), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: report });
  t.equal((await orphans(world)).length, 5, 'three pages');
  const list = objects.list.bind(objects);
  objects.list = (cursor, call) =>
    cursor === undefined ? list(cursor, call) : Promise.reject(down());
  const last = objects.objects.get(uuid(5));
  if (last !== undefined) last.stamp = 'none';
  await world.pass(LONG);
  t.equal((await orphans(world)).length, 5);
  const again = (await orphans(world)).map(({ status }) => Number(status['sightings']) > 1);
  t.same(again, [true, true, false, false, false], 'only the first page was seen again');
  t.ok(world.lines.some(({ message }) => /could not list/.test(message)));
  objects.down = down();
  await world.pass(LONG);
  t.equal((await orphans(world)).length, 5);
  objects.down = undefined;
  objects.list = list;
  await world.pass(LONG);
  t.equal((await orphans(world)).length, 4);
});

t.test('a listing without end is broken off', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.list = () => Promise.resolve({ objects: [], cursor: 'again' });
  const world = await startCloud(t, { plugins: [plugin], orphans: report });
  objects.list = () => new Promise(() => undefined);
  await world.pass(2 * MINUTE);
  t.match(
    world.lines.filter(({ message }) => /could not list/.test(message)),
    [{ data: { error: /again and again/ } }, { data: { error: /did not list a page in 30 s/ } }],
  );
});

t.test('two drivers of one name are refused', async (t) => {
  const one = sweptWidgets();
  const other = widgets();
  const both: Plugin = (container) => {
    one.plugin(container);
    container.register(SWEPT_DRIVER, { useValue: other.objects });
  };
  await t.rejects(startCloud(t, { plugins: [both] }), /two drivers are called memory.widgets/);
});

t.test('only administrators see orphans', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  const user = await world.account('Ada');
  await t.rejects(world.get('orphan', '1', user), { code: 'NotFound' });
  await t.rejects(world.act('orphan', '1', 'reap', user), { code: 'NotFound' });
  t.equal((await world.get('orphan', '1')).type, 'orphan');
});
