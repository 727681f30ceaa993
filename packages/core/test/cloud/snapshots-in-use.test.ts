import { DriverFailure } from '@gdcloud/core';
import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { rejected } from '../support/failures.js';
import { attach, disk, held, machine, snapshot, write } from '../support/volumes.js';

t.test('a volume that is in a server is copied as it is by the hypervisor', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  await attach(world, volume, await machine(world));
  write(world, volume, 'before');
  const taken = await snapshot(world, volume);
  write(world, volume, 'after');
  t.match(taken.status, { consistency: 'crash', takenAt: 1_700_000_000_000 });
  t.equal(held(world, taken), 'before');
  t.equal(world.outside.snapshots.objects.size, 0, 'the hypervisor keeps nothing of it');
  t.same(taken.parts['taken'], undefined);
  t.match((await world.get('volume', volume.id)).status, { attachedDevice: 1 });
  await world.act('volume', volume.id, 'detach');
  const copy = await world.create('volume', { snapshotId: taken.id });
  await world.reaches('volume', copy.id, 'active');
  t.equal(world.outside.volumes.objects.get(copy.uuid)?.actual.content, 'before');
  t.match((await world.get('snapshot', taken.id)).status, { consistency: 'crash' });
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  t.equal(world.outside.volumeSnapshots.objects.size, 0);
});

t.test('one that is removed before it is there leaves no copy', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  await attach(world, volume, await machine(world));
  world.outside.volumeSnapshots.down = rejected('the share is away');
  const asked = await world.create('snapshot', { volumeId: volume.id });
  await world.until(() => Promise.resolve(world.outside.snapshots.objects.size === 1));
  world.outside.volumeSnapshots.down = undefined;
  await world.remove('snapshot', asked.id);
  await world.reaches('snapshot', asked.id, 'removed');
  t.equal(world.outside.snapshots.objects.size, 0);
  t.equal(world.outside.volumeSnapshots.objects.size, 0);
});

t.test('a volume that leaves its server before it was copied takes it itself', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  await attach(world, volume, await machine(world));
  const { snapshots } = world.outside;
  snapshots.create = () => Promise.reject(rejected('the server is busy'));
  const asked = await world.create('snapshot', { volumeId: volume.id });
  await world.quiet();
  t.match((await world.get('snapshot', asked.id)).parts, { taken: { state: 'intent' } });
  await world.act('volume', volume.id, 'detach');
  const taken = await world.reaches('snapshot', asked.id, 'active');
  t.match(taken.status, { consistency: 'offline' });
  t.equal(world.outside.snapshots.objects.size, 0);
});

t.test(
  'where the hypervisor copies no single disk it is taken once the volume is detached',
  async (t) => {
    const world = await startCloud(t);
    const volume = await disk(world);
    await attach(world, volume, await machine(world));
    const { snapshots } = world.outside;
    const refusal = new DriverFailure('rejected', 'NoDiskSnapshots', 'the pool is too old', {
      remedy: 'Update it.',
    });
    snapshots.create = () => Promise.reject(refusal);
    const asked = await world.create('snapshot', { volumeId: volume.id });
    await world.pass(60_000);
    t.match(await world.state('snapshot', asked.id), {
      state: 'creating',
      transitioningMessage:
        'volume 1 is in virtualmachine 1: it is taken once the volume is detached; a snapshot of the virtualmachine takes all its disks at once, as it runs',
    });
    const why = await world.cloud.resources.explain(world.admin, world.type('snapshot'), asked.id);
    t.match(why.verdict, /it is taken once the volume is detached/);
    t.match(await world.get('snapshot', asked.id), { outcome: 'wait', attempts: 0 });
    t.equal(world.outside.volumeSnapshots.objects.size, 0);
    t.match(await world.state('volume', volume.id), { state: 'active' });
    const began = world.clock.now();
    await world.act('volume', volume.id, 'detach');
    await world.reaches('snapshot', asked.id, 'active');
    t.equal(world.clock.now(), began, 'nobody waits for time');
  },
);
