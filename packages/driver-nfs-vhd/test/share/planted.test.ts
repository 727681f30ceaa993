import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DriverCall, DriverFailure, type StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';

const VOLUME = { name: 'v', sizeBytes: 4 * MIB };
const IMAGE = {
  name: 'i',
  sizeBytes: 4 * MIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;

/** Names that the driver opens or makes; below the share. */
const NAMES = [
  '.gdcloud',
  '.gdcloud/share',
  '.gdcloud/tmp',
  '.gdcloud/quarantine',
  '.gdcloud/volume',
  '.gdcloud/snapshot',
  '.gdcloud/retired',
  '.gdcloud/trash',
  `.gdcloud/quarantine/${uuid(1)}.vhd`,
  `${uuid(1)}.vhd`,
  `${uuid(2)}.vhd`,
];

/** What somebody puts there instead. */
const PLANTS: Readonly<Record<string, (path: string, outside: string) => Promise<unknown>>> = {
  'a link to a folder elsewhere': (path, outside) => symlink(outside, path),
  'a link upwards': (path) => symlink('../..', path),
  'a link to a file elsewhere': (path, outside) => symlink(join(outside, 'secret'), path),
  'a link to nothing': (path, outside) => symlink(join(outside, 'made'), path),
  'a link to itself': (path) => symlink(path, path),
  'a pipe': async (path) => execFileSync('mkfifo', [path]),
  'an empty file': (path) => writeFile(path, ''),
  'a folder': (path) => mkdir(path),
};

const OPERATIONS: Readonly<
  Record<string, (driver: StorageDriver, call: DriverCall) => Promise<unknown>>
> = {
  observe: ({ volumes }, call) => volumes.observe(keyOf(1), VOLUME, call),
  'observe one to go': ({ volumes }, call) => volumes.observe(keyOf(1), undefined, call),
  create: ({ volumes }, call) => volumes.create(keyOf(1), VOLUME, call),
  clone: ({ volumes }, call) =>
    volumes.create(keyOf(3), { ...VOLUME, origin: { image: uuid(2) } }, call),
  quarantine: async ({ volumes }, call) => volumes.quarantine?.(keyOf(1), call),
  release: ({ volumes }, call) =>
    volumes.update(keyOf(1), VOLUME, { field: 'quarantined', desired: false, actual: true }, call),
  list: ({ volumes }, call) => volumes.list(undefined, call),
  delete: ({ volumes }, call) => volumes.delete(keyOf(1), call),
  'delete an image': ({ images }, call) => images.delete(keyOf(2), call),
};

for (const [what, plant] of Object.entries(PLANTS)) {
  test(`${what} at any of our names leads nowhere and hangs nothing`, async (t) => {
    for (const name of NAMES) {
      const place = t.testdir({
        outside: { secret: 'secret', [`${uuid(1)}.vhd`]: 'a file of the same name' },
      });
      const outside = join(place, 'outside');
      const folder = join(place, 'share');
      const driver = createNfsVhdDriver({ folder });
      await driver.images.create(keyOf(2), IMAGE, call());
      await driver.volumes.create(keyOf(1), VOLUME, call());
      await mkdir(join(folder, '.gdcloud/quarantine'), { recursive: true });
      await rm(join(folder, name), { recursive: true, force: true });
      await plant(join(folder, name), outside);
      const before = await contentsOf(outside);
      for (const [operation, work] of Object.entries(OPERATIONS)) {
        const where = `${operation}, ${name}`;
        const signal = AbortSignal.timeout(5_000);
        const ended = await work(driver, call(operation, signal)).catch((thrown) => thrown);
        if (ended instanceof Error) t.type(ended, DriverFailure, where);
        t.notOk(signal.aborted, `${where} ends in time`);
        t.same(await contentsOf(outside), before, `${where} leaves alone what lies elsewhere`);
      }
      await rm(place, { recursive: true });
    }
  });
}

test('an empty file and two terabytes of nothing are no disks, and that is found at once', async (t) => {
  const folder = `${t.testdir()}/share`;
  const { volumes, images } = createNfsVhdDriver({ folder });
  await volumes.create(keyOf(9), VOLUME, call());
  await writeFile(`${folder}/${uuid(1)}.vhd`, '');
  execFileSync('truncate', ['-s', '2T', `${folder}/${uuid(2)}.vhd`]);
  t.equal((await stat(`${folder}/${uuid(2)}.vhd`)).size, 2 * 1024 ** 4);
  const corrupt = { outcome: 'rejected', code: 'CorruptDisk' };
  const [start, memory] = [performance.now(), process.memoryUsage().rss];
  for (const n of [1, 2]) {
    await t.rejects(volumes.observe(keyOf(n), VOLUME, call()), corrupt);
    await t.rejects(images.observe(keyOf(n), undefined, call()), corrupt);
    const clone = { ...VOLUME, origin: { image: uuid(n) } };
    await t.rejects(volumes.create(keyOf(20 + n), clone, call()), corrupt);
  }
  t.equal((await volumes.list(undefined, call())).objects.length, 3, 'they are listed');
  t.ok(performance.now() - start < 5_000);
  t.ok(process.memoryUsage().rss - memory < 64 * MIB);
});

async function contentsOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  return Promise.all(
    names.map(async (name) => `${name}: ${await readFile(join(folder, name), 'latin1')}`),
  );
}
