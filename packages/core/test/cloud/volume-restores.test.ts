import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { invalid, rejected } from '../support/failures.js';
import { attach, disk, held, machine, snapshot, stalledBy, write } from '../support/volumes.js';

t.test('a volume is made from a snapshot and no longer needs it', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const taken = await snapshot(world, volume);
  write(world, volume, 'drawings');
  const copy = await world.create('volume', { snapshotId: taken.id, name: 'copy' });
  t.match(copy.spec, { sizeGb: 5, snapshotId: taken.id });
  await world.reaches('volume', copy.id, 'active');
  t.equal(held(world, copy), 'letters');
  const larger = await world.create('volume', { snapshotId: taken.id, sizeGb: 8 });
  await world.reaches('volume', larger.id, 'active');
  t.equal(world.outside.volumes.objects.get(larger.uuid)?.actual.virtualBytes, 8 * 2 ** 30);
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  await world.act('volume', copy.id, 'reconcile');
  await world.pass(5 * 60_000);
  t.match(await world.state('volume', copy.id), { state: 'active' });
});

t.test('what was asked of a snapshot before its removal is done before', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const taken = await snapshot(world, volume);
  write(world, volume, 'drawings');
  const copy = await world.create('volume', { snapshotId: taken.id });
  await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
  await world.remove('snapshot', taken.id);
  await world.reaches('snapshot', taken.id, 'removed');
  await world.reaches('volume', copy.id, 'active');
  await world.reaches('volume', volume.id, 'active');
  t.equal(held(world, copy), 'letters');
  t.equal(held(world, volume), 'letters');
});

t.test('what can not be made from a snapshot is refused, and the field is named', async (t) => {
  const world = await startCloud(t);
  const taken = await snapshot(world, await disk(world));
  const ofServer = await world.create('snapshot', { virtualmachineId: (await machine(world)).id });
  const alice = await world.account('alice');
  for (const [body, refusal] of [
    [
      { snapshotId: taken.id, sizeGb: 4 },
      { code: 'AdmissionRefused', fieldName: 'sizeGb', message: /ask for 5 or more/ },
    ],
    [
      { snapshotId: taken.id, imageId: '1' },
      { code: 'AdmissionRefused', fieldName: 'imageId' },
    ],
    [
      { snapshotId: ofServer.id, sizeGb: 9 },
      { code: 'AdmissionRefused', fieldName: 'snapshotId', message: /of a server/ },
    ],
    [{ snapshotId: '99' }, { code: 'InvalidReference', fieldName: 'snapshotId' }],
    [{}, { code: 'MissingRequired', fieldName: 'sizeGb' }],
  ] as const) {
    await t.rejects(world.create('volume', body), refusal);
  }
  await t.rejects(world.create('volume', { snapshotId: taken.id }, alice), {
    code: 'InvalidReference',
    fieldName: 'snapshotId',
  });
});

t.test(
  'a volume is restored to a snapshot of its own, once for each time it is asked',
  async (t) => {
    const world = await startCloud(t);
    const volume = await disk(world);
    write(world, volume, 'letters');
    const taken = await snapshot(world, volume);
    write(world, volume, 'drawings');
    const asked = await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
    t.match(asked.spec, { restores: 1, restoredFromId: taken.id });
    t.match(await world.state('volume', volume.id), { state: 'restoring', transitioning: 'yes' });
    const { status } = await world.reaches('volume', volume.id, 'active');
    t.match(status, { restoresDone: 1 });
    t.equal(held(world, volume), 'letters');
    write(world, volume, 'music');
    await world.act('volume', volume.id, 'reconcile');
    await world.pass(5 * 60_000);
    t.equal(held(world, volume), 'music', 'it is not restored again by itself');
    await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
    await world.reaches('volume', volume.id, 'active');
    t.equal(held(world, volume), 'letters');
  },
);

t.test('what a volume can not be restored to is refused, and the field is named', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  const taken = await snapshot(world, volume);
  const other = await disk(world);
  await t.rejects(world.actWith('volume', other.id, 'restore', { snapshotId: taken.id }), {
    code: 'AdmissionRefused',
    fieldName: 'snapshotId',
    message: /make a volume from it instead/,
  });
  await t.rejects(world.actWith('volume', volume.id, 'restore', { snapshotId: '99' }), {
    code: 'InvalidReference',
    fieldName: 'snapshotId',
  });
  await attach(world, volume, await machine(world));
  await t.rejects(world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id }), {
    code: 'ActionNotAvailable',
  });
});

t.test('snapshots and restores happen in the order in which they were asked for', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  const taken = await snapshot(world, volume);
  await attach(world, volume, await machine(world));
  const waiting = await world.create('snapshot', { volumeId: volume.id });
  await world.act('volume', volume.id, 'detach');
  await t.rejects(world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id }), {
    message: `snapshot ${waiting.id} of it is still to be taken: ask again once it is, or delete it`,
  });
  await world.reaches('snapshot', waiting.id, 'active');
  await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
  await t.rejects(world.create('snapshot', { volumeId: volume.id }), {
    fieldName: 'volumeId',
    message: /is being restored: ask again once it is/,
  });
});

t.test('a restore that waits for a server to let go of the volume says so', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  write(world, volume, 'letters');
  const taken = await snapshot(world, volume);
  await attach(world, volume, vm);
  write(world, volume, 'drawings');
  const { servers } = world.outside;
  const update = servers.update.bind(servers);
  servers.update = () => Promise.reject(rejected('the guest does not let go'));
  await world.act('volume', volume.id, 'detach');
  await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
  await world.pass(30_000);
  t.equal(held(world, volume), 'drawings', 'what a server has open is left alone');
  t.match(await world.state('volume', volume.id), {
    state: 'detaching',
    transitioningMessage: `waiting for virtualmachine ${vm.id} to let go of it`,
  });
  servers.update = update;
  await world.reaches('volume', volume.id, 'active');
  t.equal(held(world, volume), 'letters');
});

t.test(
  'a restore that can never work is given up with its snapshot, and leaves the volume as it is',
  async (t) => {
    const world = await startCloud(t);
    const volume = await disk(world);
    const taken = await snapshot(world, volume);
    write(world, volume, 'drawings');
    world.outside.volumes.update = () => Promise.reject(invalid('it is damaged'));
    await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
    await world.until(async () => stalledBy(await world.get('volume', volume.id)) === 'TooLarge');
    await world.remove('snapshot', taken.id);
    await world.reaches('snapshot', taken.id, 'removed');
    await world.act('volume', volume.id, 'reconcile');
    await world.reaches('volume', volume.id, 'active');
    t.equal(held(world, volume), 'drawings');
    t.ok((await world.events('volume', volume.id)).includes('restore'));
  },
);

t.test(
  'a volume grows, the hypervisor sees it, and the account pays for the difference',
  async (t) => {
    const world = await startCloud(t, { limits: { volumeGb: 10 } });
    const alice = await world.account('alice');
    const { id, uuid } = await world.create('volume', { sizeGb: 4 }, alice);
    await world.reaches('volume', id, 'active');
    const resize = (sizeGb: number) =>
      world.cloud.resources.act(alice, world.type('volume'), id, 'resize', { sizeGb });
    await resize(8);
    t.match(await world.state('volume', id), { state: 'updating' });
    await world.reaches('volume', id, 'active');
    t.equal(world.outside.volumes.objects.get(uuid)?.actual.virtualBytes, 8 * 2 ** 30);
    t.equal(world.outside.disks.objects.get(uuid)?.actual.sizeBytes, 8 * 2 ** 30);
    await t.rejects(resize(11), { code: 'LimitExceeded', fieldName: 'sizeGb' });
    await t.rejects(resize(7), { fieldName: 'sizeGb', message: /a volume never shrinks/ });
    await resize(8);
    await resize(10);
    await world.reaches('volume', id, 'active');
    await world.remove('volume', id, alice);
    await world.reaches('volume', id, 'removed');
    await world.create('volume', { sizeGb: 10 }, alice);
  },
);

t.test('a volume in a server grows once it is detached, and says so', async (t) => {
  const world = await startCloud(t);
  const vm = await machine(world);
  const volume = await disk(world);
  await attach(world, volume, vm);
  await world.actWith('volume', volume.id, 'resize', { sizeGb: 9 });
  await world.pass(20 * 60_000);
  const message = `it grows to 9 GiB once it is detached from virtualmachine ${vm.id}`;
  t.match(await world.state('volume', volume.id), {
    state: 'updating',
    transitioningMessage: message,
  });
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), volume.id);
  t.match(why.verdict, new RegExp(message));
  t.match(await world.state('virtualmachine', vm.id), { state: 'running' });
  t.equal(world.outside.volumes.objects.get(volume.uuid)?.actual.virtualBytes, 5 * 2 ** 30);
  await world.act('volume', volume.id, 'detach');
  await world.reaches('volume', volume.id, 'active');
  t.equal(world.outside.disks.objects.get(volume.uuid)?.actual.sizeBytes, 9 * 2 ** 30);
});
