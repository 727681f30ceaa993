import { readFile, writeFile } from 'node:fs/promises';
import type { Driver, StorageDriver, VolumeDesired, VolumeSnapshotDesired } from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { readVhdHead } from '@gdcloud/driver-nfs-vhd/vhd';
import { type Test, test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { call, keyOf, MIB, shareNames, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { readable } from '../support/memory-file.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const SIZE = 8 * MIB;
const FREE = { name: 'data', sizeBytes: SIZE, use: 'free' } as const;
const BEFORE = Buffer.alloc(4096, 'before');
const AFTER = Buffer.alloc(4096, 'after');

interface World {
  readonly folder: string;
  readonly driver: StorageDriver;
  readonly snapshots: NonNullable<StorageDriver['snapshots']>;
  readonly guest: Guest;
}

function newWorld(t: Test, files: FileSystem = nodeFileSystem): World {
  const folder = `${t.testdir()}/share`;
  const driver = createNfsVhdDriver({ folder }, { files });
  const { snapshots } = driver;
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  return { folder, driver, snapshots, guest: new Guest(files, folder) };
}

const of = (volume: number): VolumeSnapshotDesired => ({ name: 's', volume: uuid(volume) });
const taking = (...numbers: readonly number[]): VolumeDesired => ({
  ...FREE,
  snapshots: numbers.map(uuid),
});

/** A volume 1 with something in it before its snapshot 11, and something else after. */
async function withSnapshot(t: Test): Promise<World> {
  const world = newWorld(t);
  const { volumes } = world.driver;
  await converge(volumes, keyOf(1), FREE);
  await world.guest.write(1, BEFORE, MIB);
  await converge(volumes, keyOf(1), taking(11));
  await world.guest.write(1, AFTER, MIB);
  return world;
}

async function changesOf<Desired>(
  driver: Driver<Desired, unknown>,
  n: number,
  desired: Desired,
): Promise<readonly string[]> {
  const seen = await driver.observe(keyOf(n), desired, call());
  return seen.presence === 'present' ? seen.changes.map(({ field }) => field) : [seen.presence];
}

test('a snapshot is what the volume held, and the volume goes on', async (t) => {
  const { driver, snapshots, guest, folder } = await withSnapshot(t);
  t.ok((await guest.read(11, MIB, 4096)).equals(BEFORE));
  t.ok((await guest.read(1, MIB, 4096)).equals(AFTER));
  const seen = await snapshots.observe(keyOf(11), of(1), call());
  t.match(seen, { presence: 'present', external: uuid(11), changes: [] });
  t.match(seen, { actual: { virtualBytes: SIZE, takenAt: Number } });
  t.match(await driver.volumes.observe(keyOf(1), taking(11), call()), {
    actual: { virtualBytes: SIZE, parent: uuid(11) },
    changes: [],
  });
  const { footer } = await readVhdHead(readable(await readFile(`${folder}/${uuid(11)}.vhd`)));
  t.match(footer, { uuid: uuid(11), visibility: 'hidden' });
  await guest.check(1);
  await guest.check(11);
  t.same(await shareNames(folder), [
    '.gdcloud/retired',
    '.gdcloud/snapshot',
    `.gdcloud/snapshot/${uuid(11)}`,
    '.gdcloud/trash',
    '.gdcloud/volume',
    `.gdcloud/volume/${uuid(1)}`,
    `.gdcloud/volume/${uuid(1)}/2`,
    `${uuid(1)}.vhd`,
    `${uuid(11)}.vhd`,
  ]);
});

test('a snapshot never takes a name that another file has', async (t) => {
  const { driver, guest } = newWorld(t);
  const { volumes } = driver;
  for (const n of [1, 2]) await converge(volumes, keyOf(n), FREE);
  await guest.write(2, BEFORE, MIB);
  for (const n of [1, 2]) {
    const taken = converge(volumes, keyOf(1), taking(n));
    await t.rejects(taken, { outcome: 'rejected', code: 'NameTaken' });
  }
  t.ok((await guest.read(2, MIB, 4096)).equals(BEFORE));
  t.equal(await guest.depth(1), 1);
});

test('snapshots are taken in the order asked for, each once', async (t) => {
  const { driver, guest } = newWorld(t);
  const { volumes } = driver;
  await converge(volumes, keyOf(1), FREE);
  t.same(await changesOf(volumes, 1, taking(11, 12)), [
    'use',
    `snapshots.${uuid(11)}`,
    `snapshots.${uuid(12)}`,
  ]);
  await converge(volumes, keyOf(1), taking(11, 12));
  const change = { field: `snapshots.${uuid(11)}`, desired: true, actual: false };
  await volumes.update(keyOf(1), taking(11, 12), change, call());
  t.equal(await guest.depth(1), 3);
  t.equal(await guest.depth(12), 2);
  t.same(await changesOf(volumes, 1, taking(12, 11)), []);
});

test('nothing is changed while a server may have the volume', async (t) => {
  const { driver, folder } = newWorld(t);
  const { volumes } = driver;
  await converge(volumes, keyOf(1), FREE);
  const before = await shareNames(folder);
  const wanted: VolumeDesired = { ...taking(11), sizeBytes: 2 * SIZE };
  for (const use of ['attached', undefined] as const) {
    t.same(await changesOf(volumes, 1, { ...wanted, use }), []);
    const change = { field: `snapshots.${uuid(11)}`, desired: true, actual: false };
    await t.rejects(volumes.update(keyOf(1), { ...wanted, use }, change, call()), {
      outcome: 'rejected',
      code: 'VolumeInUse',
    });
  }
  t.same(await shareNames(folder), before);
  await converge(volumes, keyOf(1), taking(11));
  t.same(await changesOf(volumes, 1, { ...FREE, use: 'attached' }), ['use']);
  await converge(volumes, keyOf(1), { ...FREE, use: 'attached' });
  t.same(await changesOf(volumes, 1, FREE), [], 'nor is it said again before it has to be');
});

test('an older holder is refused once a newer one has decided anything', async (t) => {
  const { driver, folder } = newWorld(t);
  const { volumes } = driver;
  await converge(volumes, keyOf(1), FREE, fenced('5'));
  await converge(volumes, keyOf(1), taking(11), fenced('5'));
  await converge(volumes, keyOf(1), { ...FREE, use: 'attached' }, fenced('6'));
  const before = await shareNames(folder);
  const refused = { outcome: 'rejected', code: 'Fenced' };
  const change = { field: `snapshots.${uuid(12)}`, desired: true, actual: false };
  await t.rejects(volumes.update(keyOf(1), taking(12), change, fenced('5')), refused);
  await t.rejects(volumes.delete(keyOf(1), fenced('5')), refused);
  const setAside = async (): Promise<unknown> => volumes.quarantine?.(keyOf(1), fenced('5'));
  await t.rejects(setAside(), refused);
  t.same(await shareNames(folder), before);
});

test('a snapshot that its volume has not taken can not be made', async (t) => {
  const { driver, snapshots } = newWorld(t);
  const refused = { outcome: 'rejected', code: 'NotTaken' };
  await t.rejects(snapshots.create(keyOf(11), of(1), call()), refused);
  await converge(driver.volumes, keyOf(1), FREE);
  t.same(await snapshots.observe(keyOf(11), of(1), call()), { presence: 'absent' });
  await t.rejects(snapshots.create(keyOf(11), of(1), call()), refused);
  await converge(driver.volumes, keyOf(1), taking(11));
  t.same(await snapshots.create(keyOf(11), of(1), call()), { external: uuid(11), settled: true });
});

test('a snapshot that nothing reads from goes, file and records', async (t) => {
  const { driver, snapshots, guest, folder } = newWorld(t);
  await converge(driver.volumes, keyOf(1), FREE);
  await converge(driver.volumes, keyOf(1), taking(11));
  const restored = { ...FREE, restore: { snapshot: uuid(11), count: 1 } };
  await converge(driver.volumes, keyOf(1), restored);
  await dissolve(driver.volumes, keyOf(1));
  t.equal((await guest.hash(11)).length, 64);
  await dissolve(snapshots, keyOf(11));
  const folders = ['retired', 'snapshot', 'trash', 'volume'].map((name) => `.gdcloud/${name}`);
  t.same(await shareNames(folder), folders);
});

test('a snapshot that others read from is absent at once, and stays for them', async (t) => {
  const { driver, snapshots, guest, folder } = await withSnapshot(t);
  const hash = await guest.hash(1);
  await dissolve(snapshots, keyOf(11));
  t.same(await snapshots.observe(keyOf(11), of(1), call()), { presence: 'absent' });
  t.same((await snapshots.list(undefined, call())).objects, []);
  t.same((await driver.images.list(undefined, call())).objects, [], 'nor is it an image now');
  t.ok((await shareNames(folder)).includes(`.gdcloud/retired/${uuid(11)}`));
  t.equal(await guest.hash(1), hash);
  await snapshots.delete(keyOf(11), call());
  t.equal(await guest.hash(1), hash, 'again');
  t.same(await changesOf(driver.volumes, 1, taking(11)), [], 'and it is not taken anew');
});

test('snapshots, images and volumes are told apart', async (t) => {
  const { driver, snapshots, folder } = await withSnapshot(t);
  const source = { kind: 'generated', osType: 'linux' } as const;
  await converge(driver.images, keyOf(2), { name: 'debian', sizeBytes: SIZE, source });
  await writeFile(`${folder}/.gdcloud/snapshot/.nfs000000000000000100000002`, 'left by NFS');
  const listed = async (kind: Pick<Driver<never, never>, 'list'>): Promise<readonly string[]> =>
    (await kind.list(undefined, call())).objects.map((object) => object.uuid);
  t.same(await listed(driver.images), [uuid(2)]);
  t.same(await listed(driver.volumes), [uuid(1)]);
  t.same(await listed(snapshots), [uuid(11)]);
  t.same(await snapshots.quarantine?.(keyOf(11), call()), { settled: true });
  t.same(await listed(snapshots), [uuid(11)], 'aside as it is');
});

test('going back to a snapshot is done once a count, and can be undone from the trash', async (t) => {
  const { driver, guest, folder } = await withSnapshot(t);
  const { volumes } = driver;
  const back = (count: number): VolumeDesired => ({
    ...FREE,
    restore: { snapshot: uuid(11), count },
  });
  const seen = await converge(volumes, keyOf(1), back(1));
  t.match(seen, { actual: { restores: 1, parent: uuid(11) } });
  t.ok((await guest.read(1, MIB, 4096)).equals(BEFORE));
  await guest.write(1, AFTER, 3 * MIB);
  t.same(await changesOf(volumes, 1, back(1)), []);
  t.ok((await guest.read(1, 3 * MIB, 4096)).equals(AFTER), 'what was written since stays');
  await converge(volumes, keyOf(1), back(3));
  t.ok((await guest.read(1, 3 * MIB, 4096)).equals(Buffer.alloc(4096)));
  const trash = (await shareNames(folder)).filter((name) => name.startsWith('.gdcloud/trash/'));
  t.equal(trash.length, 2);
  await guest.check(1);
});

test('a volume goes back to its own snapshots only, and to none that is gone', async (t) => {
  const { driver, snapshots } = await withSnapshot(t);
  const { volumes } = driver;
  await converge(volumes, keyOf(2), { ...FREE, snapshots: [uuid(12)] });
  const refused = (snapshot: number): Promise<unknown> =>
    converge(volumes, keyOf(1), { ...FREE, restore: { snapshot: uuid(snapshot), count: 1 } });
  await t.rejects(refused(12), { outcome: 'invalid', code: 'SnapshotOfAnother' });
  await t.rejects(refused(13), { outcome: 'rejected', code: 'OriginMissing' });
  await dissolve(snapshots, keyOf(11));
  await t.rejects(refused(11), { outcome: 'rejected', code: 'OriginRetired' });
});

test('a volume from a snapshot has what it held, and may be larger', async (t) => {
  const { driver, snapshots, guest } = await withSnapshot(t);
  const copy: VolumeDesired = {
    name: 'copy',
    sizeBytes: 2 * SIZE,
    origin: { snapshot: uuid(11) },
  };
  const foreseen = await driver.volumes.foresee?.(copy, call());
  t.match(foreseen, { changes: [], actual: { virtualBytes: 2 * SIZE, parent: uuid(11) } });
  await converge(driver.volumes, keyOf(2), copy);
  t.ok((await guest.read(2, MIB, 4096)).equals(BEFORE));
  t.ok((await guest.read(2, SIZE)).equals(Buffer.alloc(SIZE)));
  await guest.write(2, AFTER, MIB);
  t.ok((await guest.read(11, MIB, 4096)).equals(BEFORE));
  const small = { ...copy, sizeBytes: SIZE / 2 };
  await t.rejects(driver.volumes.create(keyOf(3), small, call()), { code: 'SmallerThanOrigin' });
  const asImage = { ...copy, origin: { image: uuid(11) } };
  await t.rejects(driver.volumes.create(keyOf(3), asImage, call()), { code: 'OriginNotAnImage' });
  await dissolve(snapshots, keyOf(11));
  await t.rejects(driver.volumes.create(keyOf(3), copy, call()), {
    outcome: 'rejected',
    code: 'OriginRetired',
  });
  const gone = { ...copy, origin: { snapshot: uuid(12) } };
  await t.rejects(driver.volumes.create(keyOf(3), gone, call()), {
    outcome: 'rejected',
    code: 'OriginMissing',
  });
});

test('a chain gets no longer than XenServer reads', async (t) => {
  const { driver, guest } = newWorld(t);
  const { volumes } = driver;
  await converge(volumes, keyOf(1), FREE);
  for (let n = 11; n < 40; n += 1) await converge(volumes, keyOf(1), taking(n));
  t.equal(await guest.depth(1), 30);
  const tooLong = { outcome: 'rejected', code: 'ChainTooLong' };
  await t.rejects(converge(volumes, keyOf(1), taking(40)), tooLong);
  const copy = { name: 'copy', sizeBytes: SIZE, origin: { snapshot: uuid(39) } };
  await converge(volumes, keyOf(2), copy);
  await guest.write(1, AFTER, 0);
  await t.rejects(converge(volumes, keyOf(1), { ...FREE, sizeBytes: 2 * SIZE }), tooLong);
});

test('what a dead server left open is closed by the snapshot', async (t) => {
  const { driver, guest, folder } = newWorld(t);
  await converge(driver.volumes, keyOf(1), FREE);
  await guest.write(1, BEFORE, MIB);
  const path = `${folder}/${uuid(1)}.vhd`;
  const bytes = await readFile(path);
  // XenServer overwrites the last footer for as long as a server has the disk.
  await writeFile(path, bytes.fill(0xc7, bytes.length - 512));
  await converge(driver.volumes, keyOf(1), taking(11));
  t.ok((await guest.read(1, MIB, 4096)).equals(BEFORE));
  await guest.check(11);
});

/** Snapshot 11 of a volume that is gone: nothing reads from it. */
async function withLoneSnapshot(t: Test): Promise<World> {
  const world = await withSnapshot(t);
  await dissolve(world.driver.volumes, keyOf(1));
  return world;
}

const COPY: VolumeDesired = { name: 'copy', sizeBytes: SIZE, origin: { snapshot: uuid(11) } };

test('a copy that is not there yet when its snapshot goes is not made', async (t) => {
  const { folder, snapshots } = await withLoneSnapshot(t);
  const { files, reached, resume } = pausingAt('make', nodeFileSystem);
  const { volumes } = createNfsVhdDriver({ folder }, { files });
  const copy = volumes.create(keyOf(2), COPY, call());
  await reached;
  await dissolve(snapshots, keyOf(11));
  resume();
  await t.rejects(copy, { outcome: 'rejected', code: 'OriginMissing' });
  t.same(
    (await shareNames(folder)).filter((name) => name.includes(uuid(2))),
    [],
  );
});

test('a snapshot that goes while a copy of it is there, and not published yet, stays for it', async (t) => {
  const { folder, snapshots, guest } = await withLoneSnapshot(t);
  const { files, reached, resume } = pausingAt('link', nodeFileSystem);
  const { volumes } = createNfsVhdDriver({ folder }, { files });
  const copy = volumes.create(keyOf(2), COPY, call());
  await reached;
  await dissolve(snapshots, keyOf(11));
  resume();
  await copy;
  t.ok((await guest.read(2, MIB, 4096)).equals(BEFORE));
  t.ok((await shareNames(folder)).includes(`.gdcloud/retired/${uuid(11)}`));
});

/** A process that stops before its first call of this name. */
function pausingAt(
  at: string,
  on: FileSystem,
): { readonly files: FileSystem; readonly reached: Promise<void>; readonly resume: () => void } {
  let reach: () => void = () => {};
  let resume: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const files = wrappedFileSystem(on, async (name, _path, work) => {
    if (name === at) {
      reach();
      await resumed;
    }
    return work();
  });
  return { files, reached, resume: () => resume() };
}
