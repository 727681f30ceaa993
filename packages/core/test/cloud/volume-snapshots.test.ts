import { STORAGE } from '@gdcloud/core';
import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { rejected } from '../support/failures.js';
import { disk, held, machine, snapshot, stalledBy, write } from '../support/volumes.js';

t.test('a snapshot of a volume holds what the volume held, and keeps it', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const asked = await world.create('snapshot', { volumeId: volume.id, name: 'before' });
  t.match(await world.state('snapshot', asked.id), { state: 'creating', transitioning: 'yes' });
  const taken = await world.reaches('snapshot', asked.id, 'active');
  t.match(taken.status, {
    sizeGb: 5,
    physicalMb: 1,
    consistency: 'offline',
    takenAt: 1_700_000_000_000,
  });
  write(world, volume, 'drawings');
  await world.pass(5 * 60_000);
  t.equal(held(world, taken), 'letters');
  t.equal(world.outside.volumeSnapshots.counts.create, 1, 'it is taken once');
  t.same((await world.get('volume', volume.id)).status['snapshotsToTake'], []);
});

t.test('it takes no time beyond the work: nobody waits for a routine look', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  await world.pass(10 * 60_000);
  const began = world.clock.now();
  const taken = await snapshot(world, volume);
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  const doomed = await world.create('snapshot', { volumeId: volume.id });
  await world.remove('snapshot', doomed.id);
  await world.reaches('snapshot', doomed.id, 'removed');
  t.equal(world.clock.now(), began);
  t.equal(world.outside.volumeSnapshots.objects.size, 0);
});

t.test('the action of a volume asks for a snapshot in the account of the volume', async (t) => {
  const world = await startCloud(t, { limits: { snapshots: 1 } });
  const alice = await world.account('alice');
  const { id } = await world.create('volume', { sizeGb: 1 }, alice);
  await world.reaches('volume', id, 'active');
  const answer = await world.actWith('volume', id, 'snapshot', { name: 'nightly' });
  t.equal(answer.id, id, 'the answer is the volume');
  const all = await world.store.all(world.type('snapshot'), 10);
  t.match(all, [{ name: 'nightly', account: alice.account, spec: { volumeId: id } }]);
  await t.rejects(world.act('volume', id, 'snapshot', alice), { code: 'LimitExceeded' });
});

t.test('a snapshot is of one server or of one volume', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  await t.rejects(world.create('snapshot', { volumeId: volume.id, virtualmachineId: vm.id }), {
    code: 'AdmissionRefused',
    fieldName: 'volumeId',
  });
  await t.rejects(world.create('snapshot', {}), {
    code: 'AdmissionRefused',
    fieldName: 'virtualmachineId',
  });
  const [root] = [...world.outside.volumes.objects.keys()];
  const [rootDisk] = (await world.store.all(world.type('volume'), 10)).filter(
    ({ uuid }) => uuid === root,
  );
  await t.rejects(world.create('snapshot', { volumeId: rootDisk?.id ?? '' }), {
    code: 'AdmissionRefused',
    fieldName: 'volumeId',
    message: /ask for a snapshot of that, with virtualmachineId/,
  });
});

t.test('one that was asked for first is taken before a server gets the volume', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  const { volumes } = world.outside;
  const update = volumes.update.bind(volumes);
  volumes.update = () => Promise.reject(rejected('the share is full'));
  const asked = await world.create('snapshot', { volumeId: volume.id });
  await world.quiet();
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: vm.id });
  await world.pass(30_000);
  t.match((await world.get('volume', volume.id)).status, { snapshotsToTake: [asked.id] });
  t.notOk((await world.get('volume', volume.id)).status['attachedToId'], 'it is nobody’s yet');
  volumes.update = update;
  await world.reaches('snapshot', asked.id, 'active');
  await world.reaches('volume', volume.id, 'active');
  t.match((await world.get('volume', volume.id)).status, { attachedToId: vm.id });
});

t.test('all asked for at once happens in the order asked, and nobody waits for time', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const began = world.clock.now();
  const volume = await world.create('volume', { sizeGb: 1 });
  const first = await world.create('snapshot', { volumeId: volume.id });
  await world.actWith('volume', volume.id, 'resize', { sizeGb: 2 });
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: vm.id });
  await world.reaches('volume', volume.id, 'active');
  t.match((await world.get('volume', volume.id)).status, { attachedToId: vm.id });
  await world.reaches('snapshot', first.id, 'active');
  t.equal(world.outside.volumes.objects.get(volume.uuid)?.actual.virtualBytes, 2 * 2 ** 30);
  t.equal(world.clock.now(), began);
});

t.test('a volume stays as long as there are snapshots of it', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  const taken = await snapshot(world, volume);
  await t.rejects(world.remove('volume', volume.id), {
    code: 'InUse',
    message: `volume ${volume.id} is still in use by 1 snapshot`,
  });
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  await world.remove('volume', volume.id);
  await world.reaches('volume', volume.id, 'removed');
  t.equal(world.outside.volumeSnapshots.objects.size, 0);
});

t.test('one that is removed while its volume takes it goes afterwards', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  const { volumes } = world.outside;
  const update = volumes.update.bind(volumes);
  let go: () => void = () => undefined;
  let taking = false;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  volumes.update = async (key, desired, change, call) => {
    if (change.field.startsWith('snapshots.')) {
      taking = true;
      await gate;
    }
    return update(key, desired, change, call);
  };
  const asked = await world.create('snapshot', { volumeId: volume.id });
  await world.quiet(() => taking);
  await world.remove('snapshot', asked.id);
  t.match(await world.state('snapshot', asked.id), { state: 'removing' });
  go();
  await world.reaches('snapshot', asked.id, 'removed');
  await world.reaches('volume', volume.id, 'active');
  t.equal(world.outside.volumeSnapshots.counts.create, 1, 'it was taken');
  t.equal(world.outside.volumeSnapshots.objects.size, 0, 'and is gone');
});

t.test('one that vanished is not taken anew, unless somebody asks for that', async (t) => {
  const world = await startCloud(t);
  const taken = await snapshot(world, await disk(world));
  world.outside.volumeSnapshots.objects.delete(taken.uuid);
  await world.act('snapshot', taken.id, 'reconcile');
  await world.until(
    async () => stalledBy(await world.get('snapshot', taken.id)) === 'ExternalMissing',
  );
  await world.act('snapshot', taken.id, 'recreate');
  await world.reaches('snapshot', taken.id, 'active');
  t.equal(world.outside.volumeSnapshots.counts.create, 2);
});

t.test('where the storage driver takes none, one says so and can be given up', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const { snapshots: _, ...storage } = container.resolve(STORAGE);
        container.register(STORAGE, { useValue: storage });
      },
    ],
  });
  const volume = await disk(world);
  const { id } = await world.create('snapshot', { volumeId: volume.id });
  await world.until(async () => stalledBy(await world.get('snapshot', id)) === 'NoSnapshots');
  await world.remove('snapshot', id);
  await world.reaches('snapshot', id, 'removed');
});
