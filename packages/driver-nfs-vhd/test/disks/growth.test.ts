import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import type { StorageDriver, VolumeDesired } from '@gdcloud/core';
import { createNfsVhdDriver, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { changeFooters, openVhdFile } from '@gdcloud/driver-nfs-vhd/vhd';
import { type Test, test } from 'tap';
import { converge } from '../support/converge.js';
import { call, keyOf, MIB, shareNames, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { skipWithout, tool } from '../support/tools.js';

const SIZE = 8 * MIB;
const FREE = { name: 'data', sizeBytes: SIZE, use: 'free' } as const;
const DATA = Buffer.alloc(4096, 'data');

function newWorld(t: Test): {
  readonly folder: string;
  readonly volumes: StorageDriver['volumes'];
  readonly guest: Guest;
} {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  return { folder, volumes, guest: new Guest(nodeFileSystem, folder) };
}

test('an empty volume grows without a base', async (t) => {
  const { folder, volumes, guest } = newWorld(t);
  await converge(volumes, keyOf(1), FREE);
  const seen = await converge(volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE });
  t.match(seen, { actual: { virtualBytes: 2 * SIZE } });
  t.equal(await guest.depth(1), 1);
  t.ok((await guest.read(1)).equals(Buffer.alloc(2 * SIZE)));
  await guest.check(1);
  const disks = (await shareNames(folder)).filter((name) => name.endsWith('.vhd'));
  t.same(disks, [`${uuid(1)}.vhd`]);
});

test('a volume grows by a larger file in its place, and keeps what it held', async (t) => {
  const { folder, volumes, guest } = newWorld(t);
  await converge(volumes, keyOf(1), FREE);
  await guest.write(1, DATA, SIZE - 4096);
  const before = await guest.read(1);
  await converge(volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE });
  t.ok((await guest.read(1, 0, SIZE)).equals(before));
  t.ok((await guest.read(1, SIZE)).equals(Buffer.alloc(SIZE)), 'the new room is zeros');
  await guest.write(1, DATA, SIZE - 1024);
  await guest.write(1, DATA, 2 * SIZE - 4096);
  t.ok((await guest.read(1, 2 * SIZE - 4096, 4096)).equals(DATA));
  await guest.check(1);
  const names = await shareNames(folder);
  t.equal(names.filter((name) => name.startsWith('.gdcloud/retired/')).length, 1);
});

test('the former file is neither an image nor a snapshot of anybody', async (t) => {
  const folder = `${t.testdir()}/share`;
  const driver = createNfsVhdDriver({ folder });
  const guest = new Guest(nodeFileSystem, folder);
  await converge(driver.volumes, keyOf(1), FREE);
  await guest.write(1, DATA, 0);
  await converge(driver.volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE });
  t.same((await driver.images.list(undefined, call())).objects, []);
  t.same((await driver.snapshots?.list(undefined, call()))?.objects, []);
});

test('a clone without data of its own grows above its image', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  const guest = new Guest(nodeFileSystem, folder);
  const source = { kind: 'generated', osType: 'linux' } as const;
  await converge(images, keyOf(2), { name: 'debian', sizeBytes: SIZE, source });
  const root: VolumeDesired = { ...FREE, origin: { image: uuid(2) } };
  await converge(volumes, keyOf(1), root);
  const sector = await guest.read(1, 0, 512);
  await converge(volumes, keyOf(1), { ...root, sizeBytes: 3 * SIZE });
  t.equal(await guest.depth(1), 2);
  t.ok((await guest.read(1, 0, 512)).equals(sector));
});

test('qemu-img reads a volume that has grown while it was empty', {
  skip: await skipWithout('qemu-img'),
}, async (t) => {
  const { folder, volumes, guest } = newWorld(t);
  await converge(volumes, keyOf(1), FREE);
  await converge(volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE });
  await guest.write(1, DATA, 2 * SIZE - 4096);
  const path = `${folder}/${uuid(1)}.vhd`;
  await tool('qemu-img', 'convert', '-f', 'vpc', '-O', 'raw', path, `${folder}/raw`);
  t.ok((await readFile(`${folder}/raw`)).equals(await guest.read(1)));
});

test('7-Zip reads a volume through its snapshots as we do', {
  skip: await skipWithout('7zz'),
}, async (t) => {
  const { folder, volumes, guest } = newWorld(t);
  await converge(volumes, keyOf(1), FREE);
  await guest.write(1, DATA, MIB);
  await converge(volumes, keyOf(1), { ...FREE, snapshots: [uuid(11)] });
  await guest.write(1, DATA, 5 * MIB + 512);
  await converge(volumes, keyOf(1), { ...FREE, snapshots: [uuid(12)] });
  await guest.write(1, DATA, 3 * MIB);
  const copies = await visibleCopies(folder);
  for (const n of [1, 12, 11]) {
    const bytes = await tool('7zz', 'x', '-so', `${copies}/${uuid(n)}.vhd`);
    t.ok(bytes.equals(await guest.read(n)), uuid(n));
  }
});

/** 7-Zip refuses hidden files. */
async function visibleCopies(folder: string): Promise<string> {
  const copies = `${folder}/copies`;
  await mkdir(copies);
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.vhd'))) {
    await copyFile(`${folder}/${name}`, `${copies}/${name}`);
    const file = await openVhdFile(`${copies}/${name}`, 'write');
    await changeFooters(file, { visibility: 'visible' });
    await file.close();
  }
  return copies;
}
