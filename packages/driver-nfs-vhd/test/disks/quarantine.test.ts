import { copyFile, readdir, writeFile } from 'node:fs/promises';
import type { Accepted, StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, GIB, keyOf, shareNames, uuid } from '../support/fixtures.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const IMAGE = {
  name: 'debian',
  sizeBytes: GIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const DATA = { name: 'data', sizeBytes: GIB };
const BACK = { field: 'quarantined', desired: false, actual: true };

function driverOf(folder: string, files: FileSystem = nodeFileSystem): StorageDriver {
  return createNfsVhdDriver({ folder }, { files });
}

/** Sets a disk aside until the driver says it is. */
async function setAside(
  { quarantine }: Pick<StorageDriver['volumes'], 'quarantine'>,
  n: number,
): Promise<Accepted | undefined> {
  return quarantine?.(keyOf(n), call());
}

test('a volume in quarantine is out of sight, listed, and comes back unharmed', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = driverOf(folder);
  await volumes.create(keyOf(1), DATA, call());
  const before = await volumes.observe(keyOf(1), DATA, call());
  t.same(await setAside(volumes, 1), { external: uuid(1), settled: true });
  t.same(await setAside(volumes, 1), { external: uuid(1), settled: true }, 'again');
  t.same(await shareNames(folder), ['.gdcloud/quarantine', `.gdcloud/quarantine/${uuid(1)}.vhd`]);
  t.same((await volumes.list(undefined, call())).objects, [
    { external: uuid(1), uuid: uuid(1), epoch: 1 },
  ]);
  t.match(await volumes.observe(keyOf(1), undefined, call()), { presence: 'present', changes: [] });

  t.match(await volumes.observe(keyOf(1), DATA, call()), { presence: 'present', changes: [BACK] });
  await volumes.update(keyOf(1), DATA, BACK, call());
  await volumes.update(keyOf(1), DATA, BACK, call());
  t.same(await volumes.observe(keyOf(1), DATA, call()), before);
});

test('what is in quarantine can be removed', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images } = driverOf(folder);
  await images.create(keyOf(1), IMAGE, call());
  await images.quarantine?.(keyOf(1), call());
  t.match(await images.list(undefined, call()), { objects: [{ uuid: uuid(1) }] });
  await images.delete(keyOf(1), call());
  t.same(await images.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await readdir(`${folder}/.gdcloud/quarantine`), []);
  t.same(await images.quarantine?.(keyOf(1), call()), { external: uuid(1), settled: true });
});

test('an image that others read from stays where it is', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = driverOf(folder);
  await images.create(keyOf(1), IMAGE, call());
  await volumes.create(keyOf(2), { ...DATA, origin: { image: uuid(1) } }, call());
  await t.rejects(setAside(images, 1), {
    outcome: 'rejected',
    code: 'ImageInUse',
  });
  t.match(await images.observe(keyOf(1), IMAGE, call()), { presence: 'present', changes: [] });
});

test('a file of another disk is not ours: neither listed nor moved', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = driverOf(folder);
  await volumes.create(keyOf(1), DATA, call());
  await copyFile(`${folder}/${uuid(1)}.vhd`, `${folder}/${uuid(2)}.vhd`);
  t.match((await volumes.list(undefined, call())).objects, [{ uuid: uuid(1) }]);
  await t.rejects(setAside(volumes, 2), { outcome: 'rejected', code: 'NameTaken' });
  t.same(await shareNames(folder), [`${uuid(1)}.vhd`, `${uuid(2)}.vhd`]);
});

test('another file in quarantine under the same name is not replaced', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = driverOf(folder);
  await volumes.create(keyOf(1), DATA, call());
  await setAside(volumes, 1);
  await writeFile(`${folder}/.gdcloud/quarantine/${uuid(2)}.vhd`, 'precious');
  await volumes.create(keyOf(2), DATA, call());
  await t.rejects(setAside(volumes, 2), { outcome: 'rejected', code: 'QuarantineOccupied' });
  t.match(await volumes.observe(keyOf(2), DATA, call()), { presence: 'present', changes: [] });
});

test('moved to and fro, a process that stops anywhere never loses the file', async (t) => {
  for (const way of ['there', 'back'] as const) {
    let crashes = 0;
    for (let calls = 0; ; calls += 1) {
      const folder = `${t.testdir()}/${way}-${calls}`;
      const { volumes } = driverOf(folder);
      await volumes.create(keyOf(1), DATA, call());
      if (way === 'back') await setAside(volumes, 1);
      const move = (moving: StorageDriver['volumes']) =>
        way === 'there' ? setAside(moving, 1) : moving.update(keyOf(1), DATA, BACK, call());
      const stopping = stoppingAfter(nodeFileSystem, calls);
      await move(driverOf(folder, stopping.files).volumes).catch(() => undefined);
      t.match(await volumes.observe(keyOf(1), undefined, call()), { presence: 'present' });
      if (!stopping.stopped()) break;
      crashes += 1;
      await move(volumes);
      const names = (await shareNames(folder)).filter((name) => name.endsWith('.vhd'));
      t.same(names, [`${way === 'there' ? '.gdcloud/quarantine/' : ''}${uuid(1)}.vhd`]);
    }
    t.ok(crashes >= 5, `${way}: ${crashes} places`);
  }
});
