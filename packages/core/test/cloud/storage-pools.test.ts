import { conditionOf, type HookRegistration, type Resource } from '@gdcloud/core';
import { type MemoryShare, type MemoryShares, memoryShares } from '@gdcloud/core/testing';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { hooking } from '../support/hooking.js';

const ALL = { filters: [], limit: 100 };

interface Scene extends MemoryShares {
  readonly world: TestCloud;
  readonly image: Resource;
  /** The share that the image is on, and one that it is not on. */
  readonly home: MemoryShare;
  readonly other: MemoryShare;
}

async function scene(
  t: Parameters<typeof startCloud>[0],
  hooks: readonly HookRegistration[] = [],
): Promise<Scene> {
  const all = memoryShares(2);
  const world = await startCloud(t, {
    plugins: [all.plugin, hooking(...hooks)],
  });
  const [found] = await world.cloud.resources
    .list(world.admin, world.type('image'), ALL)
    .then(({ resources }) => resources);
  const image = await world.reaches('image', found?.id ?? '', 'active');
  const home = all.shares.find(({ images }) => images.objects.has(image.uuid));
  const other = all.shares.find((share) => share !== home);
  if (home === undefined || other === undefined) throw new Error('the image is on no share');
  return { ...all, world, image, home, other };
}

async function poolOf({ world }: Scene, share: MemoryShare): Promise<Resource> {
  const { resources } = await world.cloud.resources.list(
    world.admin,
    world.type('storagepool'),
    ALL,
  );
  const pool = resources.find(({ spec }) => spec['external'] === share.external);
  if (pool === undefined) throw new Error(`${share.external} is no pool`);
  return pool;
}

async function act(all: Scene, share: MemoryShare, action: string): Promise<void> {
  await all.world.act('storagepool', (await poolOf(all, share)).id, action);
  await all.world.quiet();
}

/** A volume that is a thin copy of the image, on a share that does not have that. */
async function onOther(all: Scene): Promise<Resource> {
  await act(all, all.home, 'disable');
  return all.world.create('volume', { sizeGb: 20, imageId: all.image.id });
}

t.test('a volume is on one share, which its row names', async (t) => {
  const all = await scene(t);
  const { world, shares } = all;
  const { id } = await world.create('volume', { sizeGb: 5 });
  const volume = await world.reaches('volume', id, 'active');
  const holders = shares.filter(({ volumes }) => volumes.objects.has(volume.uuid));
  t.equal(holders.length, 1);
  const [holder] = holders;
  t.equal(volume.status['storagepoolId'], holder && (await poolOf(all, holder)).id);
  t.match(conditionOf(volume.conditions, 'Scheduled'), { status: 'True', reason: 'Placed' });
});

t.test('volumes are spread by what is promised of each share for its weight', async (t) => {
  const all = await scene(t);
  const { world, home, other } = all;
  home.report = { ...home.report, weight: 3 };
  await world.pass(60_000);
  for (let made = 0; made < 8; made += 1) {
    const { id } = await world.create('volume', { sizeGb: 100 });
    await world.reaches('volume', id, 'active');
  }
  t.equal(home.volumes.objects.size, 6);
  t.equal(other.volumes.objects.size, 2);
  await world.pass(60_000);
  t.match((await poolOf(all, other)).status, { promisedGb: 200, weight: 1 });
});

t.test('an image is copied to the share of the first volume that needs it there', async (t) => {
  const all = await scene(t);
  const { world, image, home, other } = all;
  const { id } = await onOther(all);
  const volume = await world.reaches('volume', id, 'active');
  t.ok(other.volumes.objects.has(volume.uuid));
  t.equal(other.images.objects.size, 1);
  t.notOk(other.images.objects.has(image.uuid), 'no disk has the name of one on another share');
  const { id: another } = await world.create('volume', { sizeGb: 20, imageId: image.id });
  await world.reaches('volume', another, 'active');
  t.equal(other.images.counts.create, 1, 'one copy for all');
  t.equal(home.volumes.objects.size, 0);
});

t.test(
  'a volume says that it waits for the copy of its image, and for what that waits',
  async (t) => {
    const all = await scene(t);
    const { world, home } = all;
    await act(all, home, 'disable');
    home.away = 'its server is off';
    const { id } = await world.create('volume', { sizeGb: 20, imageId: all.image.id });
    await world.pass(5_000);
    const why = await world.cloud.resources.explain(world.admin, world.type('volume'), id);
    t.match(why.verdict, /its server is off/);
    t.match(
      why.chain.map(({ type }) => type),
      ['imagecopy'],
    );
    home.away = undefined;
    await world.reaches('volume', id, 'active');
  },
);

t.test('a share that is away makes only its own disks wait', async (t) => {
  const all = await scene(t);
  const { world, home, other } = all;
  const { id } = await world.create('volume', { sizeGb: 20, imageId: all.image.id });
  const there = await world.reaches('volume', id, 'active');
  t.ok(home.volumes.objects.has(there.uuid), 'where its image is');
  home.away = 'its server is off';
  await world.pass(60_000);
  t.match(await world.state('storagepool', (await poolOf(all, home)).id), { state: 'unreachable' });
  await world.remove('volume', id);
  await world.pass(120_000);
  t.match(await world.state('volume', id), { state: 'removing' });
  const { id: elsewhere } = await world.create('volume', { sizeGb: 20 });
  const volume = await world.reaches('volume', elsewhere, 'active');
  t.ok(other.volumes.objects.has(volume.uuid), 'new ones go where there is something to be had');
  home.away = undefined;
  await world.pass(300_000);
  t.notOk(home.volumes.objects.has(there.uuid));
});

t.test('a share that is disabled or in maintenance gets no new disks', async (t) => {
  const all = await scene(t);
  const { world, home, other } = all;
  await act(all, home, 'disable');
  await act(all, other, 'maintain');
  t.match(await world.state('storagepool', (await poolOf(all, other)).id), {
    state: 'maintenance',
  });
  const { id } = await world.create('volume', { sizeGb: 5 });
  await world.pass(60_000);
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), id);
  t.equal(why.placement.length, 2);
  for (const each of why.placement) t.equal(each.filter, 'gdcloud/pool-is-usable');
  t.same(why.placement.map((each) => each.why).sort(), ['disabled', 'in maintenance']);
  const caller = await world.account('alice');
  const { id: theirs } = await world.create('volume', { sizeGb: 5 }, caller);
  await world.pass(60_000);
  const told = await world.cloud.resources.explain(caller, world.type('volume'), theirs);
  t.notMatch(JSON.stringify(told), /share[01]/, 'users are not told what shares are called');
  await act(all, other, 'enable');
  await world.reaches('volume', id, 'active');
});

t.test('in maintenance nothing on a share is touched, and what is asked for waits', async (t) => {
  const all = await scene(t);
  const { world, home } = all;
  const { id } = await world.create('volume', { sizeGb: 20, imageId: all.image.id });
  const volume = await world.reaches('volume', id, 'active');
  await act(all, home, 'maintain');
  home.away = 'it is being worked on';
  await world.pass(600_000);
  t.match(await world.state('volume', id), { state: 'active' }, 'it is not even looked at');
  await world.remove('volume', id);
  home.away = undefined;
  await world.pass(60_000);
  t.ok(home.volumes.objects.has(volume.uuid));
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), id);
  t.match(why.verdict, /in maintenance/);
  await act(all, home, 'enable');
  await world.pass(60_000);
  t.notOk(home.volumes.objects.has(volume.uuid));
});

t.test('servers get root disks on both shares, and their first readings beside them', async (t) => {
  const all = await scene(t);
  const { world, shares } = all;
  const network = await readyNetwork(world);
  for (const share of shares) share.report = { ...share.report, totalBytes: 64 * 2 ** 30 };
  await world.pass(60_000);
  const userData = '#cloud-config';
  for (let made = 0; made < 6; made += 1) {
    const { id } = await world.create('virtualmachine', server(network, { userData }));
    await world.reaches('virtualmachine', id, 'running');
  }
  for (const share of shares) {
    t.not(share.volumes.objects.size, 0, `${share.external} has some`);
    t.equal(share.configDrives.objects.size, share.volumes.objects.size);
  }
  for (const { id } of (
    await world.cloud.resources.list(world.admin, world.type('virtualmachine'), ALL)
  ).resources)
    await world.remove('virtualmachine', id);
  await world.pass(60_000);
  for (const share of shares) {
    t.equal(share.volumes.objects.size, 0);
    t.equal(share.configDrives.objects.size, 0);
  }
});

t.test('an image goes with all its copies', async (t) => {
  const all = await scene(t);
  const { world, image, home, other } = all;
  const { id } = await onOther(all);
  await world.reaches('volume', id, 'active');
  await world.remove('volume', id);
  await world.pass(10_000);
  await world.remove('image', image.id);
  await world.pass(60_000);
  t.equal(other.images.objects.size, 0);
  t.notOk(home.images.objects.has(image.uuid));
});

t.test('no more is promised of a share than its operator allows', async (t) => {
  const all = await scene(t);
  const { world, home, other } = all;
  await act(all, home, 'disable');
  await world.update('storagepool', (await poolOf(all, other)).id, { overcommit: 1 });
  await world.quiet();
  const { id: first } = await world.create('volume', { sizeGb: 1_000 });
  await world.reaches('volume', first, 'active');
  const { id } = await world.create('volume', { sizeGb: 100 });
  await world.pass(60_000);
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), id);
  t.match(why.placement, [{}, {}]);
  t.ok(why.placement.some(({ filter }) => filter === 'gdcloud/pool-has-room'));
  await world.remove('volume', first);
  await world.reaches('volume', id, 'active');
});

t.test('plug-ins take part in the choice, and know shares from hosts', async (t) => {
  const seen = new Set<unknown>();
  const all = await scene(t, [
    {
      point: 'schedule.filter',
      name: 'test/never-share0',
      run: ({ candidate, resource }) => {
        seen.add(resource.type);
        return candidate.name === 'share0' ? { message: 'kept for something else' } : undefined;
      },
    },
  ]);
  const { world, shares } = all;
  const [first] = shares;
  for (let made = 0; made < 3; made += 1) {
    const { id } = await world.create('volume', { sizeGb: 5 });
    await world.reaches('volume', id, 'active');
  }
  t.equal(first?.volumes.objects.size, 0);
  t.ok(seen.has('volume'));
});

t.test('a disk of the days of one share is found, and noted down where it is', async (t) => {
  const all = memoryShares(2);
  const [first, second] = all.shares;
  const before = await startCloud(t);
  const { id } = await before.create('volume', { sizeGb: 5 });
  const made = await before.reaches('volume', id, 'active');
  t.notOk(made.status['storagepoolId']);
  await before.stop();
  second?.volumes.plant({ uuid: made.uuid, epoch: 1 }, { name: 'v', sizeBytes: 5 * 2 ** 30 });
  for (const { key } of before.outside.images.objects.values())
    first?.images.plant(key, {
      name: 'i',
      sizeBytes: 2 ** 30,
      source: { kind: 'generated', osType: 'linux' },
    });
  const world = await startCloud(t, { after: before, plugins: [all.plugin] });
  await world.pass(60 * 60_000);
  const found = await world.reaches('volume', id, 'active');
  const { resources } = await world.cloud.resources.list(
    world.admin,
    world.type('storagepool'),
    ALL,
  );
  const pool = resources.find(({ spec }) => spec['external'] === second?.external);
  t.equal(found.status['storagepoolId'], pool?.id);
  await world.remove('volume', id);
  await world.pass(60_000);
  t.equal(second?.volumes.objects.size, 0);
});

t.test('a disk stays where it was put, whatever would be chosen now', async (t) => {
  const all = await scene(t);
  const { world, home, other } = all;
  const { id } = await world.create('volume', { sizeGb: 5 });
  const volume = await world.reaches('volume', id, 'active');
  const [there, elsewhere] = home.volumes.objects.has(volume.uuid) ? [home, other] : [other, home];
  // What was chosen would not be chosen now.
  await act(all, there, 'disable');
  await world.act('volume', id, 'reconcile');
  await world.pass(60_000);
  t.match(await world.state('volume', id), { state: 'active' });
  t.ok(there.volumes.objects.has(volume.uuid));
  t.equal(elsewhere.volumes.objects.size, 0);
});
