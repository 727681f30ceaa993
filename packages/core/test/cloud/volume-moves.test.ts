import type { Resource } from '@gdcloud/core';
import { type MemoryShare, type MemoryShares, memoryShares } from '@gdcloud/core/testing';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { machine } from '../support/volumes.js';

const ALL = { filters: [], limit: 100 };
const HOUR = 60 * 60_000;

interface Scene extends MemoryShares {
  readonly world: TestCloud;
  readonly volume: Resource;
  /** The share that the volume is on, and one that it is not on, with their pools. */
  readonly home: MemoryShare;
  readonly other: MemoryShare;
  readonly homeId: string;
  readonly otherId: string;
}

/** A volume in which something is written, on one of two shares. */
async function scene(t: Parameters<typeof startCloud>[0]): Promise<Scene> {
  const all = memoryShares(2);
  const world = await startCloud(t, { plugins: [all.plugin] });
  const { id } = await world.create('volume', { sizeGb: 20, name: 'data' });
  const volume = await world.reaches('volume', id, 'active');
  const home = all.shares.find(({ volumes }) => volumes.objects.has(volume.uuid));
  const other = all.shares.find((share) => share !== home);
  if (home === undefined || other === undefined) throw new Error('the volume is on no share');
  const kept = home.volumes.objects.get(volume.uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, content: 'letters' };
  const [homeId, otherId] = [await poolOf(world, home), await poolOf(world, other)];
  return { ...all, world, volume, home, other, homeId, otherId };
}

async function poolOf(world: TestCloud, share: MemoryShare): Promise<string> {
  const type = world.type('storagepool');
  const { resources } = await world.cloud.resources.list(world.admin, type, ALL);
  const pool = resources.find(({ spec }) => spec['external'] === share.external);
  if (pool === undefined) throw new Error(`${share.external} is no pool`);
  return pool.id;
}

function move({ world, volume }: Scene, storagepoolId: string): Promise<Resource> {
  return world.actWith('volume', volume.id, 'move', { storagepoolId });
}

function promised({ world }: Scene, pools: readonly string[]): Promise<readonly number[]> {
  return Promise.all(
    pools.map(async (id) => Number((await world.get('storagepool', id)).status['promisedGb'])),
  );
}

function holders({ shares, volume }: Scene): readonly MemoryShare[] {
  return shares.filter(({ volumes }) => volumes.objects.has(volume.uuid));
}

t.test('a volume moves to another share with what it holds', async (t) => {
  const all = await scene(t);
  const { world, volume, home, other, homeId, otherId } = all;
  await world.pass(60_000);
  const [before = 0, there = 0] = await promised(all, [homeId, otherId]);
  const asked = await move(all, otherId);
  t.match(asked.spec, { moves: 1 });
  t.match(await world.state('volume', volume.id), { state: 'moving', transitioning: 'yes' });
  const moved = await world.reaches('volume', volume.id, 'active');
  t.match(moved.status, { storagepoolId: otherId, arrivingId: null, leavingId: null });
  t.same(holders(all), [other]);
  t.equal(other.volumes.objects.get(volume.uuid)?.actual.content, 'letters');
  t.equal(home.arrivals.objects.size + other.arrivals.objects.size, 0);
  t.equal(world.outside.disks.counts.delete, 1, 'the hypervisor looks for it where it is now');
  t.ok(world.outside.disks.objects.has(volume.uuid));
  await world.pass(60_000);
  t.same(await promised(all, [homeId, otherId]), [before - 20, there + 20]);
  const server = await machine(world);
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: server.id });
  await world.reaches('volume', volume.id, 'active');
});

t.test('what can not move is refused, and why', async (t) => {
  const all = await scene(t);
  const { world, volume, otherId } = all;
  const server = await machine(world);
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: server.id });
  await world.reaches('volume', volume.id, 'active');
  const code = 'AdmissionRefused';
  const fieldName = 'storagepoolId';
  await t.rejects(move(all, otherId), { code, fieldName, message: /detach it/ });
  await world.act('volume', volume.id, 'detach');
  const taken = await world.create('snapshot', { volumeId: volume.id });
  await t.rejects(move(all, otherId), { code, fieldName, message: /delete it before/ });
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  await t.rejects(move(all, '99'), { code: 'InvalidReference', fieldName });
  await move(all, otherId);
  const late = world.create('snapshot', { volumeId: volume.id });
  await t.rejects(late, { code, fieldName: 'volumeId', message: /being moved/ });
  const moved = await world.reaches('volume', volume.id, 'active');
  t.equal(moved.status['storagepoolId'], otherId);
});

t.test('with one share there is nowhere to move to', async (t) => {
  const world = await startCloud(t);
  const { id } = await world.create('volume', { sizeGb: 5 });
  await world.reaches('volume', id, 'active');
  const { resources } = await world.cloud.resources.list(
    world.admin,
    world.type('storagepool'),
    ALL,
  );
  const input = { storagepoolId: resources[0]?.id ?? '' };
  await t.rejects(world.actWith('volume', id, 'move', input), { code: 'ActionNotAvailable' });
});

t.test('only administrators move volumes', async (t) => {
  const { world, otherId } = await scene(t);
  const alice = await world.account('alice');
  const { id } = await world.create('volume', { sizeGb: 5 }, alice);
  const volume = await world.reaches('volume', id, 'active');
  const { resources } = world.cloud;
  const type = world.type('volume');
  t.notOk(resources.actions(alice, type, volume).includes('move'));
  t.ok(resources.actions(world.admin, type, volume).includes('move'));
  const asked = resources.act(alice, type, id, 'move', { storagepoolId: otherId });
  await t.rejects(asked, { code: 'PermissionDenied' });
});

t.test('a share that is away keeps a move waiting, and it can be given up', async (t) => {
  const all = await scene(t);
  const { world, volume, home, other, homeId, otherId } = all;
  await world.pass(60_000);
  const before = await promised(all, [homeId, otherId]);
  home.away = 'its server is off';
  await world.pass(60_000);
  await move(all, otherId);
  await world.pass(60_000);
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), volume.id);
  t.match(why.verdict, /has not answered|its server is off/);
  home.away = undefined;
  other.away = 'its disks are full';
  await world.pass(120_000);
  t.match(await world.state('volume', volume.id), { state: 'moving' });
  t.same(holders(all), [home]);
  other.away = undefined;
  await move(all, homeId);
  const stayed = await world.reaches('volume', volume.id, 'active');
  t.match(stayed.status, { storagepoolId: homeId, arrivingId: null });
  t.equal(other.arrivals.objects.size, 0);
  await world.pass(60_000);
  t.same(await promised(all, [homeId, otherId]), before);
});

t.test('a pool that takes no disks is waited for, and named', async (t) => {
  const all = await scene(t);
  const { world, volume, otherId } = all;
  await world.act('storagepool', otherId, 'disable');
  await world.quiet();
  await move(all, otherId);
  await world.pass(30_000);
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), volume.id);
  t.match(why.verdict, /does not take it: .*disabled/);
  await world.act('storagepool', otherId, 'enable');
  const moved = await world.reaches('volume', volume.id, 'active');
  t.equal(moved.status['storagepoolId'], otherId);
});

t.test('a volume comes back to a share that it has left only an hour later', async (t) => {
  const all = await scene(t);
  const { world, volume, home, homeId, otherId } = all;
  await move(all, otherId);
  await world.reaches('volume', volume.id, 'active');
  await move(all, homeId);
  await world.pass(60_000);
  t.match(await world.state('volume', volume.id), {
    state: 'moving',
    transitioningMessage: /can go back in \d+ minutes/,
  });
  await world.pass(HOUR);
  await world.reaches('volume', volume.id, 'active');
  t.same(holders(all), [home]);
  t.equal(home.volumes.objects.get(volume.uuid)?.actual.content, 'letters');
});

t.test('a volume that is removed while it moves leaves nothing on either share', async (t) => {
  for (const there of ['arriving', 'arrived'] as const) {
    const all = await scene(t);
    const { world, volume, home, other, otherId } = all;
    await move(all, otherId);
    await world.quiet(() =>
      there === 'arriving'
        ? other.arrivals.objects.size === 1
        : home.volumes.objects.size === 0 && other.arrivals.objects.size === 1,
    );
    await world.remove('volume', volume.id);
    await world.reaches('volume', volume.id, 'removed');
    for (const { volumes, arrivals } of [home, other])
      t.equal(volumes.objects.size + arrivals.objects.size, 0, there);
    t.notOk(world.outside.disks.objects.has(volume.uuid));
  }
});

t.test('a volume of the days of one share is charged where it moves to', async (t) => {
  const all = memoryShares(2);
  const [first, second] = all.shares;
  if (first === undefined || second === undefined) throw new Error('there are no two shares');
  const before = await startCloud(t);
  const { id } = await before.create('volume', { sizeGb: 5 });
  const made = await before.reaches('volume', id, 'active');
  await before.stop();
  first.volumes.plant({ uuid: made.uuid, epoch: 1 }, { name: 'v', sizeBytes: 5 * 2 ** 30 });
  for (const { key } of before.outside.images.objects.values())
    first.images.plant(key, {
      name: 'i',
      sizeBytes: 2 ** 30,
      source: { kind: 'generated', osType: 'linux' },
    });
  const world = await startCloud(t, { after: before, plugins: [all.plugin] });
  await world.pass(HOUR);
  const target = await poolOf(world, second);
  await world.actWith('volume', id, 'move', { storagepoolId: target });
  const moved = await world.reaches('volume', id, 'active');
  t.equal(moved.status['storagepoolId'], target);
  await world.pass(60_000);
  t.equal((await world.get('storagepool', target)).status['promisedGb'], 5);
});
