import { type StorageDriver, systemClock, type VolumeDesired } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { converge } from '../support/converge.js';
import { call, GIB, keyOf, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { counting } from '../support/wrapped-file-system.js';

const SIZE = 40 * GIB;
const FREE = { name: 'v', sizeBytes: SIZE, use: 'free' } as const;

/** Volume 1 with something in it and snapshot 11; volume 2, empty; each with a decision before. */
async function newWorld(): Promise<{
  readonly driver: StorageDriver;
  readonly syncs: () => number;
}> {
  const { files, calls } = counting(new MemoryFileSystem(new MemoryDisk({ clock: systemClock })));
  const driver = createNfsVhdDriver({ folder: '/srv/share' }, { files });
  await converge(driver.volumes, keyOf(1), FREE);
  await new Guest(files, '/srv/share').write(1, Buffer.alloc(4096, 'data'), 0);
  await converge(driver.volumes, keyOf(1), { ...FREE, snapshots: [uuid(11)] });
  await new Guest(files, '/srv/share').write(1, Buffer.alloc(4096, 'data'), 0);
  const syncs = (): number => (calls.get('sync') ?? 0) + (calls.get('syncFolder') ?? 0);
  return { driver, syncs };
}

const COSTS: readonly (readonly [what: string, n: number, desired: VolumeDesired, most: number])[] =
  [
    ['an empty volume', 2, FREE, 2],
    ['a volume from a snapshot', 2, { ...FREE, origin: { snapshot: uuid(11) } }, 2],
    ['a snapshot', 1, { ...FREE, snapshots: [uuid(12)] }, 9],
    ['going back', 1, { ...FREE, restore: { snapshot: uuid(11), count: 1 } }, 7],
    ['growth', 1, { ...FREE, sizeBytes: 2 * SIZE }, 9],
    ['handing it over', 1, { ...FREE, use: 'attached' }, 2],
  ];

for (const [what, n, desired, most] of COSTS) {
  test(`${what} of 40 GiB takes ${most} syncs, whatever it holds`, async (t) => {
    const { driver, syncs } = await newWorld();
    const before = syncs();
    await converge(driver.volumes, keyOf(n), desired);
    t.equal(syncs() - before, most);
  });
}

test('a look takes no sync', async (t) => {
  const { driver, syncs } = await newWorld();
  const before = syncs();
  await driver.volumes.observe(keyOf(1), FREE, call());
  await driver.snapshots?.observe(keyOf(11), { name: 's', volume: uuid(1) }, call());
  t.equal(syncs() - before, 0);
});

test('the removal of a snapshot that others read from takes three syncs', async (t) => {
  const { driver, syncs } = await newWorld();
  const before = syncs();
  await driver.snapshots?.delete(keyOf(11), call());
  t.equal(syncs() - before, 3);
});
