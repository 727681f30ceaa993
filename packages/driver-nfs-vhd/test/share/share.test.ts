import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { asExternalId } from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, GIB, keyOf, uuid } from '../support/fixtures.js';

const DESIRED = { name: 'v', sizeBytes: GIB };
const MISSING = { outcome: 'unavailable', code: 'ShareMissing' };

test('the first use of a folder makes it a share', async (t) => {
  const folder = `${t.testdir()}/a/b/share`;
  const driver = createNfsVhdDriver({ folder, name: 'main' });
  const { volumes } = driver;
  t.match(
    await driver.pools(call()),
    [{ name: 'main', external: folder, live: true }],
    'there will be room',
  );
  t.match(await volumes.observe(keyOf(1), DESIRED, call()), { presence: 'absent' });
  await t.rejects(readdir(folder), { code: 'ENOENT' }, 'looking changed nothing');
  await volumes.create(keyOf(1), DESIRED, call());
  const [pool] = await driver.pools(call());
  t.ok(pool?.live && pool.totalBytes > pool.usedBytes && pool.usedBytes > 0);
});

test('a share that has gone is never taken for an empty one', async (t) => {
  const parent = t.testdir();
  const folder = `${parent}/share`;
  const driver = createNfsVhdDriver({ folder });
  const { images, volumes } = driver;
  await volumes.create(keyOf(1), DESIRED, call());
  await rename(folder, `${parent}/elsewhere`);

  for (const state of ['no folder', 'an empty mount point']) {
    if (state !== 'no folder') await mkdir(folder);
    await t.rejects(volumes.observe(keyOf(1), DESIRED, call()), MISSING, state);
    await t.rejects(
      volumes.observe(keyOf(2), DESIRED, call()),
      MISSING,
      `${state}, another volume`,
    );
    await t.rejects(volumes.create(keyOf(2), DESIRED, call()), MISSING, state);
    await t.rejects(volumes.delete(keyOf(1), call()), MISSING, state);
    await t.rejects(images.list(undefined, call()), MISSING, state);
    t.match(await driver.pools(call()), [{ live: false, problem: /not mounted/ }], state);
  }
  await rm(folder, { recursive: true });
  await rename(`${parent}/elsewhere`, folder);
  t.match(
    await volumes.observe(keyOf(1), DESIRED, call()),
    { presence: 'present' },
    'work resumes by itself',
  );
});

test('a machine that has never seen the share still believes what was recorded', async (t) => {
  const { volumes } = createNfsVhdDriver({ folder: `${t.testdir({ share: {} })}/share` });
  const recorded = { ...keyOf(1), external: asExternalId(uuid(1)) };
  await t.rejects(volumes.observe(recorded, DESIRED, call()), MISSING);
  await t.rejects(volumes.delete(recorded, call()), MISSING);
});

test('another share at the same place is refused', async (t) => {
  const parent = t.testdir();
  const folder = `${parent}/share`;
  const driver = createNfsVhdDriver({ folder });
  const { volumes } = driver;
  await volumes.create(keyOf(1), DESIRED, call());
  await writeFile(`${folder}/.gdcloud/share`, JSON.stringify({ gdcloudShare: uuid(99) }));
  await t.rejects(volumes.observe(keyOf(1), DESIRED, call()), {
    outcome: 'unavailable',
    code: 'ShareChanged',
  });
  t.match(await driver.pools(call()), [{ live: false }]);
});

test('a folder with foreign files, or a damaged marker, is no first use', async (t) => {
  const folder = t.testdir({ 'photos.zip': 'x' });
  await t.rejects(
    createNfsVhdDriver({ folder }).volumes.create(keyOf(1), DESIRED, call()),
    MISSING,
  );

  const damaged = t.testdir({ '.gdcloud': { share: '{"gdcloudShare":' } });
  await t.rejects(
    createNfsVhdDriver({ folder: damaged }).volumes.create(keyOf(1), DESIRED, call()),
    MISSING,
  );
});

test('a host may forbid that a share is made of its own accord', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder, firstUse: 'refuse' });
  await t.rejects(volumes.observe(keyOf(1), DESIRED, call()), MISSING);
  await t.rejects(volumes.create(keyOf(1), DESIRED, call()), MISSING);
  await mkdir(`${folder}/.gdcloud`, { recursive: true });
  await writeFile(`${folder}/.gdcloud/share`, JSON.stringify({ gdcloudShare: uuid(99) }));
  await volumes.create(keyOf(1), DESIRED, call());
  t.match(await volumes.observe(keyOf(1), DESIRED, call()), { presence: 'present' });
});

test('creates that meet on a new share all succeed at once', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes } = createNfsVhdDriver({ folder });
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  await Promise.all(numbers.map((n) => volumes.create(keyOf(n), DESIRED, call())));
  t.same(
    (await readdir(folder)).filter((name) => name.endsWith('.vhd')).toSorted(),
    numbers.map((n) => `${uuid(n)}.vhd`),
  );
});
