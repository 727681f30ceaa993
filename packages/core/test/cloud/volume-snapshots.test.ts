import { conditionOf, type JsonObject, type Resource, STORAGE } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { rejected } from '../support/failures.js';

async function disk(world: TestCloud, more: JsonObject = {}): Promise<Resource> {
  const { id } = await world.create('volume', { sizeGb: 5, ...more });
  return world.reaches('volume', id, 'active');
}

async function machine(world: TestCloud): Promise<Resource> {
  const { id } = await world.create('virtualmachine', server(await readyNetwork(world)));
  return world.reaches('virtualmachine', id, 'running');
}

async function snapshot(world: TestCloud, { id }: Resource): Promise<Resource> {
  const asked = await world.create('snapshot', { volumeId: id });
  return world.reaches('snapshot', asked.id, 'active');
}

function held({ outside }: TestCloud, { uuid }: Resource): string | undefined {
  return (outside.volumes.objects.get(uuid) ?? outside.volumeSnapshots.objects.get(uuid))?.actual
    .content;
}

/** A guest, or somebody at the share, writes to a volume. */
function write({ outside }: TestCloud, { uuid }: Resource, content: string): void {
  const kept = outside.volumes.objects.get(uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, content };
}

async function attach(world: TestCloud, volume: Resource, into: Resource): Promise<void> {
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: into.id });
  await world.reaches('volume', volume.id, 'active');
}

function stalledBy({ conditions }: Resource): string | undefined {
  const stalled = conditionOf(conditions, 'Stalled');
  return stalled?.status === 'True' ? stalled.reason : undefined;
}

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
  await world.pass(60 * 60_000);
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

t.test('of a volume that is in a server it is taken once that lets go of it', async (t) => {
  const world = await startCloud(t);
  const volume = await disk(world);
  await attach(world, volume, await machine(world));
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
  await world.act('volume', volume.id, 'detach');
  await world.reaches('snapshot', asked.id, 'active');
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
  await world.pass(60 * 60_000);
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
    await world.pass(60 * 60_000);
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
  'a restore whose snapshot vanished and was given up leaves the volume as it is',
  async (t) => {
    const world = await startCloud(t);
    const volume = await disk(world);
    const taken = await snapshot(world, volume);
    write(world, volume, 'drawings');
    world.outside.volumeSnapshots.objects.delete(taken.uuid);
    await world.actWith('volume', volume.id, 'restore', { snapshotId: taken.id });
    await world.pass(40 * 60_000);
    t.equal(stalledBy(await world.get('volume', volume.id)), 'OriginMissing');
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
