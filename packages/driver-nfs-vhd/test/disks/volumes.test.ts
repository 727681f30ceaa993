import { chmod, copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { asExternalId, asUuid } from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { readVhdHead } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { call, GIB, keyOf, MIB, shareNames, uuid } from '../support/fixtures.js';
import { readable } from '../support/memory-file.js';
import { skipWithout, tool } from '../support/tools.js';

const IMAGE = {
  name: 'debian',
  sizeBytes: 2 * GIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;

test('an empty volume is made, observed, listed and deleted', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const desired = { name: 'data', sizeBytes: 40 * GIB };
  t.same(await volumes.observe(keyOf(1), desired, call()), { presence: 'absent' });
  t.same(await volumes.create(keyOf(1), desired, call()), { external: uuid(1), settled: true });

  const seen = await volumes.observe(keyOf(1), desired, call());
  t.match(seen, {
    presence: 'present',
    external: uuid(1),
    changes: [],
    actual: { virtualBytes: 40 * GIB },
  });
  t.ok(seen.presence === 'present' && seen.actual.physicalBytes < MIB, 'it is thin');
  t.same((await volumes.list(undefined, call())).objects, [
    { external: uuid(1), uuid: uuid(1), epoch: 1 },
  ]);
  t.equal((await stat(`${folder}/${uuid(1)}.vhd`)).mode & 0o777, 0o600);

  t.same(await volumes.delete(keyOf(1), call()), { settled: true });
  t.same(await volumes.delete(keyOf(1), call()), { settled: true }, 'again');
  t.same(await volumes.observe(keyOf(1), undefined, call()), { presence: 'absent' });
  t.same(await shareNames(folder), []);
});

test('a volume is a thin copy of an image and may be bigger', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  await images.create(keyOf(1), IMAGE, call());
  const desired = { name: 'root', sizeBytes: 40 * GIB, origin: { image: uuid(1) } };
  await volumes.create(keyOf(2), desired, call());

  t.match(await volumes.observe(keyOf(2), desired, call()), {
    presence: 'present',
    actual: { virtualBytes: 40 * GIB, parent: uuid(1) },
    changes: [],
  });
  const { footer, header } = await readVhdHead(
    readable(await readFile(`${folder}/${uuid(2)}.vhd`)),
  );
  t.equal(footer.uuid, uuid(2));
  t.equal(header.parent?.fileName, `${uuid(1)}.vhd`);
});

test('what a new disk will be is foreseen, and what can not be is said, without a file', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  t.match(await images.foresee?.(IMAGE, call()), {
    changes: [],
    actual: { virtualBytes: 2 * GIB },
  });
  const desired = { name: 'root', sizeBytes: 40 * GIB, origin: { image: uuid(1) } };
  const refused = async (sizeBytes: number): Promise<unknown> =>
    volumes.foresee?.({ ...desired, sizeBytes }, call());
  await t.rejects(refused(40 * GIB), { name: 'DriverFailure' }, 'its image is not there');
  await images.create(keyOf(1), IMAGE, call());
  const names = await shareNames(folder);
  const foreseen = await volumes.foresee?.(desired, call());
  await t.rejects(refused(GIB), { outcome: 'invalid', code: 'SmallerThanOrigin' });
  t.same(await shareNames(folder), names);
  await volumes.create(keyOf(2), desired, call());
  const seen = await volumes.observe(keyOf(2), desired, call());
  t.same(seen.presence === 'present' && seen.changes, foreseen?.changes);
  t.match(seen, { actual: { virtualBytes: 40 * GIB, parent: foreseen?.actual.parent ?? 'none' } });
});

test("an image is hidden, read-only and never anybody else's volume", async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  await images.create(keyOf(1), IMAGE, call());
  await volumes.create(keyOf(2), { name: 'v', sizeBytes: 2 * MIB }, call());
  t.equal((await stat(`${folder}/${uuid(1)}.vhd`)).mode & 0o777, 0o444);
  const { footer } = await readVhdHead(readable(await readFile(`${folder}/${uuid(1)}.vhd`)));
  t.equal(footer.visibility, 'hidden');
  t.same(
    (await images.list(undefined, call())).objects.map((o) => o.uuid),
    [uuid(1)],
  );
  t.same(
    (await volumes.list(undefined, call())).objects.map((o) => o.uuid),
    [uuid(2)],
  );
});

test('an image says what it is in its boot sector', {
  skip: await skipWithout('qemu-img'),
}, async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images } = createNfsVhdDriver({ folder });
  const sizes = { sizeBytes: 8 * MIB, name: 'w' };
  await images.create(
    keyOf(1),
    { ...sizes, source: { kind: 'generated', osType: 'windows' } },
    call(),
  );
  const raw = `${folder}/raw`;
  await tool('qemu-img', 'convert', '-f', 'vpc', '-O', 'raw', `${folder}/${uuid(1)}.vhd`, raw);
  const sector = (await readFile(raw)).subarray(0, 512);
  t.match(sector.toString('latin1'), 'stand-in for a windows image');
  t.same([...sector.subarray(510)], [0x55, 0xaa]);
  t.equal(sector[450], 7, 'one partition, of the type of Windows');
  t.equal(sector.readUInt32LE(454) + sector.readUInt32LE(458), (8 * MIB) / 512, 'up to the end');
});

test('an image that a volume reads from is not deleted', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  await images.create(keyOf(1), IMAGE, call());
  await volumes.create(
    keyOf(2),
    { name: 'r', sizeBytes: 2 * GIB, origin: { image: uuid(1) } },
    call(),
  );
  await t.rejects(images.delete(keyOf(1), call()), { outcome: 'rejected', code: 'ImageInUse' });

  await writeFile(`${folder}/${uuid(3)}.vhd`, 'no VHD at all');
  await volumes.delete(keyOf(2), call());
  await t.rejects(
    images.delete(keyOf(1), call()),
    { code: 'ParentUnknown' },
    'nor while that is not known',
  );
  await rm(`${folder}/${uuid(3)}.vhd`);
  await images.delete(keyOf(1), call());
  t.same(await images.observe(keyOf(1), IMAGE, call()), { presence: 'absent' });
});

test('a volume that can never be is invalid', async (t) => {
  const { images, volumes } = createNfsVhdDriver({ folder: `${t.testdir()}/share` });
  await images.create(keyOf(1), IMAGE, call());
  const make = (sizeBytes: number, image?: number): Promise<unknown> => {
    const desired = {
      name: 'v',
      sizeBytes,
      origin: image === undefined ? undefined : { image: uuid(image) },
    };
    return volumes.create(keyOf(2), desired, call());
  };
  await t.rejects(make(2 * MIB + 1), { outcome: 'invalid', code: 'InvalidSize' });
  await t.rejects(make(2041 * GIB), { outcome: 'invalid', code: 'InvalidSize' });
  await t.rejects(make(GIB, 1), { outcome: 'invalid', code: 'SmallerThanOrigin' });
  await t.rejects(make(GIB, 7), { outcome: 'rejected', code: 'OriginMissing' });
  await volumes.create(keyOf(3), { name: 'v', sizeBytes: GIB }, call());
  await t.rejects(make(GIB, 3), { outcome: 'rejected', code: 'OriginNotAnImage' });
});

test('a volume in use keeps its size, and none ever shrinks', async (t) => {
  const { volumes } = createNfsVhdDriver({ folder: `${t.testdir()}/share` });
  await volumes.create(keyOf(1), { name: 'v', sizeBytes: GIB }, call());
  const seen = await volumes.observe(keyOf(1), { name: 'v', sizeBytes: 2 * GIB }, call());
  t.match(seen, { changes: [] });
  const desired = { name: 'v', sizeBytes: GIB / 2, use: 'free' } as const;
  const change = { field: 'sizeBytes', desired: GIB / 2, actual: GIB };
  t.match(await volumes.observe(keyOf(1), desired, call()), { changes: [change] });
  await t.rejects(volumes.update(keyOf(1), desired, change, call()), {
    outcome: 'invalid',
    code: 'ShrinkNotSupported',
  });
});

test('a damaged file is told and left alone', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const desired = { name: 'v', sizeBytes: GIB };
  await volumes.create(keyOf(2), desired, call());
  const path = `${folder}/${uuid(1)}.vhd`;
  await writeFile(path, 'precious');
  const refused = { outcome: 'rejected', code: 'CorruptDisk' };
  await t.rejects(volumes.observe(keyOf(1), desired, call()), refused);
  await t.rejects(volumes.create(keyOf(1), desired, call()), refused);
  t.equal((await readFile(path)).toString(), 'precious');
  t.same(
    (await volumes.list(undefined, call())).objects.length,
    2,
    'it does not hide the others from a sweep',
  );
});

test('a name that another disk has is refused', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const desired = { name: 'v', sizeBytes: GIB };
  await volumes.create(keyOf(1), desired, call());
  const other = await readFile(`${folder}/${uuid(1)}.vhd`);
  await writeFile(`${folder}/${uuid(2)}.vhd`, other);
  await t.rejects(volumes.create(keyOf(2), desired, call()), {
    outcome: 'rejected',
    code: 'NameTaken',
  });
  t.ok((await readFile(`${folder}/${uuid(2)}.vhd`)).equals(other));
});

test("a symbolic link at a disk's name is neither followed nor removed", async (t) => {
  const folder = `${t.testdir({ secret: 'secret' })}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const desired = { name: 'v', sizeBytes: GIB };
  await volumes.create(keyOf(1), desired, call());
  await symlink('../secret', `${folder}/${uuid(2)}.vhd`);
  const refused = { outcome: 'rejected', code: 'SymbolicLink' };
  await t.rejects(volumes.observe(keyOf(2), desired, call()), refused);
  await t.rejects(volumes.create(keyOf(2), desired, call()), refused);
  await t.rejects(volumes.delete(keyOf(2), call()), refused);
  t.equal((await readFile(`${folder}/../secret`)).toString(), 'secret');

  await mkdir(`${folder}/${uuid(3)}.vhd`);
  await t.rejects(volumes.delete(keyOf(3), call()), { outcome: 'rejected', code: 'NotADisk' });
});

test('our own folder must be a folder', async (t) => {
  const folder = `${t.testdir({ elsewhere: {} })}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  await volumes.create(keyOf(1), { name: 'v', sizeBytes: GIB }, call());
  await rm(`${folder}/.gdcloud/tmp`, { recursive: true });
  await symlink('../../elsewhere', `${folder}/.gdcloud/tmp`);
  const create = volumes.create(keyOf(2), { name: 'v', sizeBytes: GIB }, call());
  await t.rejects(create, { outcome: 'rejected', code: 'NotAFolder' });
});

test('a uuid that is none never becomes a path', async (t) => {
  const { volumes } = createNfsVhdDriver({ folder: `${t.testdir()}/share` });
  for (const text of ['../../etc/passwd', `${uuid(1)}/..`, uuid(10).toUpperCase(), '']) {
    // The type says uuid; only a mistake elsewhere brings another text here.
    const key = { uuid: text as ReturnType<typeof uuid>, epoch: 1 };
    await t.rejects(volumes.create(key, { name: 'v', sizeBytes: GIB }, call()), {
      code: 'InvalidUuid',
    });
    await t.rejects(volumes.observe(key, undefined, call()), { code: 'InvalidUuid' });
  }
});

test('pages follow each other without gap or repetition', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { images, volumes } = createNfsVhdDriver({ folder });
  for (let n = 1; n <= 101; n += 1) await images.create(keyOf(n), IMAGE, call());
  await volumes.create(keyOf(500), { name: 'v', sizeBytes: GIB }, call());
  await writeFile(`${folder}/other.vhd`, 'not ours');
  await writeFile(`${folder}/.gdcloud/tmp/${uuid(600)}.volume.0123456789abcdef.00`, 'half');

  const first = await images.list(undefined, call());
  t.equal(first.objects.length, 100);
  const second = await images.list(first.cursor, call());
  t.same(
    second.objects.map((o) => o.uuid),
    [uuid(101)],
  );
  t.equal(second.cursor, undefined);

  const volumesFirst = await volumes.list(undefined, call());
  t.equal(volumesFirst.objects.length, 0, 'a page of images only is empty for volumes');
  const rest = await volumes.list(volumesFirst.cursor, call());
  t.same(
    rest.objects.map((o) => o.uuid),
    [uuid(500), uuid(600)],
    'half-written ones included',
  );
  t.match(await volumes.observe(keyOf(600), undefined, call()), {
    presence: 'present',
    actual: { virtualBytes: 0 },
  });
  await volumes.delete(keyOf(600), call());
  t.same(await volumes.observe(keyOf(600), undefined, call()), { presence: 'absent' });
});

test('an aborted call changes nothing', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const create = volumes.create(
    keyOf(1),
    { name: 'v', sizeBytes: GIB },
    call('x', AbortSignal.abort()),
  );
  await t.rejects(create, { name: 'DriverFailure', outcome: 'unavailable', code: 'Aborted' });
  await t.rejects(stat(folder), { code: 'ENOENT' });
});

test('a folder nobody may write is a share that is not available', async (t) => {
  const parent = t.testdir({ share: {} });
  await chmod(`${parent}/share`, 0o555);
  const driver = createNfsVhdDriver({ folder: `${parent}/share` });
  const asNobody = process.getuid?.() === 0;
  // Root may write everywhere, so here it is somebody else for a while.
  if (asNobody) process.seteuid?.(65_534);
  try {
    const create = driver.volumes.create(keyOf(1), { name: 'v', sizeBytes: GIB }, call());
    await t.rejects(create, { outcome: 'unavailable', code: 'ShareDenied' });
    // The system's access check asks for the real user, which stays root.
    if (!asNobody) t.match(await driver.pools(call()), [{ live: false }]);
  } finally {
    if (asNobody) process.seteuid?.(0);
  }
});

test('a disk that XenServer made is a volume by its name once it is asked for, and nobody’s before', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const desired = { name: 'adopted', sizeBytes: 2 * GIB };
  await volumes.create(keyOf(1), desired, call());
  // XenServer gives the file another uuid inside than its name.
  const foreign = asUuid('5d4a8c1e-9f1b-4c53-8f0e-1b2c3d4e5f60');
  await copyFile(`${folder}/${uuid(1)}.vhd`, `${folder}/${foreign}.vhd`);
  await volumes.delete(keyOf(1), call());
  t.same((await volumes.list(undefined, call())).objects, [], 'no sweep takes it for ours');

  const key = { uuid: foreign, epoch: 1 };
  t.match(await volumes.observe(key, desired, call()), {
    presence: 'present',
    external: foreign,
    actual: { virtualBytes: 2 * GIB },
    changes: [],
  });
  await volumes.delete({ ...key, external: asExternalId(foreign) }, call());
  t.same(await shareNames(folder), []);
});
