import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';

/** A volume with a file of which the hypervisor was never told, as it is away. */
async function untold(world: TestCloud) {
  world.outside.disks.down = down('the pool is away');
  const volume = await world.create('volume', { sizeGb: 5 });
  await world.until(() => world.outside.volumes.objects.has(volume.uuid));
  await world.quiet();
  return volume;
}

t.test('what a hypervisor came across by itself goes with its volume', async (t) => {
  const world = await startCloud(t);
  const { disks, volumes } = world.outside;
  const volume = await untold(world);
  // It looks at the share for the sake of another disk.
  disks.plant({ uuid: volume.uuid, epoch: 1 }, { name: 'found', sizeBytes: 5 * 2 ** 30 });
  disks.down = undefined;
  await world.remove('volume', volume.id);
  await world.reaches('volume', volume.id, 'removed');
  t.notOk(volumes.objects.has(volume.uuid));
  t.notOk(disks.objects.has(volume.uuid), 'nothing is left for a sweep to find');
});

t.test('a volume that nobody came across is gone when its file is', async (t) => {
  const world = await startCloud(t);
  const volume = await untold(world);
  await world.remove('volume', volume.id);
  await world.until(() => !world.outside.volumes.objects.has(volume.uuid));
  world.outside.disks.down = undefined;
  await world.reaches('volume', volume.id, 'removed');
  t.equal(world.outside.disks.counts.delete, 0);
  t.notOk((await world.events('volume', volume.id)).includes('disk.absent'));
});

t.test('what it came across of a config drive goes with the server', async (t) => {
  const world = await startCloud(t);
  const { disks, configDrives } = world.outside;
  const network = await readyNetwork(world);
  const { id, uuid } = await world.create(
    'virtualmachine',
    server(network, { userData: '#cloud-config\n' }),
  );
  // Of its root disk the hypervisor is told.
  const observe = disks.observe.bind(disks);
  disks.observe = (key, desired, call) =>
    key.uuid === uuid && desired !== undefined
      ? Promise.resolve({ presence: 'unknown', failure: down('the pool is away') })
      : observe(key, desired, call);
  await world.until(() => configDrives.objects.has(uuid));
  disks.plant({ uuid, epoch: 1 }, { name: 'found', sizeBytes: 2 ** 20 });
  await world.remove('virtualmachine', id);
  await world.reaches('virtualmachine', id, 'removed');
  t.equal(configDrives.objects.size, 0);
  t.equal(disks.objects.size, 0);
});
