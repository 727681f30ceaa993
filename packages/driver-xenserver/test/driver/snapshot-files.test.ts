import { readdir } from 'node:fs/promises';
import type { VolumeDesired } from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import t from 'tap';
import { call, converge, keyOf, present, remove, serverOn, startCloud } from '../cloud.js';

const GIB = 2 ** 30;
const IMAGE = keyOf('0190a000-0000-7000-8000-0000000000a1');
const VOLUME = keyOf('0190a000-0000-7000-8000-0000000000e0');
const SERVER = keyOf('0190a000-0000-7000-8000-0000000000c1');

t.test('volumes stay what they are when the pool puts snapshots under them', async (t) => {
  const cloud = await startCloud(t);
  const { disks, servers, snapshots } = cloud.driver;
  if (snapshots === undefined) throw new Error('the driver takes no snapshots');
  const { images, volumes } = createNfsVhdDriver({ folder: cloud.storage });
  const files = async () =>
    (await readdir(cloud.storage)).filter((name) => name.endsWith('.vhd')).length;
  const source = { kind: 'generated', osType: 'linux' } as const;
  await converge(images, IMAGE, { name: 'linux', sizeBytes: GIB, source });
  const desired: VolumeDesired = {
    name: 'root',
    sizeBytes: 2 * GIB,
    origin: { image: IMAGE.uuid },
  };
  await converge(volumes, VOLUME, desired);
  await converge(disks, VOLUME, { name: 'root', sizeBytes: 2 * GIB });
  const server = serverOn(cloud.host, { disks: [{ device: 0, volume: VOLUME.uuid }] });
  await converge(servers, SERVER, server);
  t.equal(await files(), 2);

  const taken = [1, 2].map((nth) => keyOf(`0190a000-0000-7000-8000-0000000000d${nth}`));
  for (const key of taken) {
    await converge(snapshots, key, { server: SERVER });
    const seen = present(await volumes.observe(VOLUME, desired, call()));
    t.same(seen.changes, []);
    t.equal(seen.actual.virtualBytes, 2 * GIB);
    t.same(await converge(disks, VOLUME, { name: 'root', sizeBytes: 2 * GIB }), []);
    t.same(await converge(servers, SERVER, server), []);
    // Nothing that the storage manager has made is taken for ours, and swept one day.
    const ours = (await volumes.list(undefined, call())).objects.map(({ uuid }) => uuid);
    t.ok(ours.every((uuid) => uuid === VOLUME.uuid));
    t.same(
      (await images.list(undefined, call())).objects.map(({ uuid }) => uuid),
      [IMAGE.uuid],
    );
  }
  t.ok((await files()) >= 4, 'each has a file of its own');

  for (const key of taken) await remove(snapshots, key);
  await remove(servers, SERVER);
  await remove(volumes, VOLUME);
  await remove(disks, VOLUME);
  t.equal((await volumes.observe(VOLUME, undefined, call())).presence, 'absent');
});
