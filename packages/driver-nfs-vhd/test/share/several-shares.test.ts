import { type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { call, GIB, keyOf, uuid } from '../support/fixtures.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const SHARES = [
  { folder: '/srv/one', name: 'one' },
  { folder: '/srv/two', name: 'two', weight: 3 },
];
const VOLUME = { name: 'v', sizeBytes: GIB };

function newFiles(): MemoryFileSystem {
  return new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
}

function driverOf(files: FileSystem): StorageDriver {
  return createNfsVhdDriver({ shares: SHARES }, { files });
}

test('each share has drivers of its own, which look nowhere else', async (t) => {
  const files = newFiles();
  const { shares = [] } = driverOf(files);
  t.match(shares, [
    { external: '/srv/one', volumes: { name: 'one.volumes', backend: 'one' } },
    { external: '/srv/two', volumes: { name: 'two.volumes', backend: 'two' } },
  ]);
  const [one, two] = shares;
  await two?.volumes.create(keyOf(1), VOLUME, call());
  t.same(await one?.volumes.observe(keyOf(1), VOLUME, call()), { presence: 'absent' });
  t.match(await two?.volumes.observe(keyOf(1), VOLUME, call()), { presence: 'present' });
  t.ok(await files.status(`/srv/two/${uuid(1)}.vhd`));
});

test('a disk of which nobody knows the share is found on the one that has it', async (t) => {
  const files = newFiles();
  const { shares = [], volumes } = driverOf(files);
  await shares[1]?.volumes.create(keyOf(1), VOLUME, call());
  t.match(await volumes.observe(keyOf(1), VOLUME, call()), {
    presence: 'present',
    external: uuid(1),
    actual: { share: '/srv/two' },
    changes: [],
  });
  t.same(await volumes.observe(keyOf(2), VOLUME, call()), { presence: 'absent' });
  await t.rejects(volumes.create(keyOf(2), VOLUME, call()), { code: 'ShareUnnamed' });
  await volumes.delete(keyOf(1), call());
  t.same(await shares[1]?.volumes.observe(keyOf(1), VOLUME, call()), { presence: 'absent' });
  t.match(await volumes.delete(keyOf(1), call()), { settled: true });
});

test('what is on no share that can be seen is unknown while one is away', async (t) => {
  const files = newFiles();
  const { shares = [], volumes } = driverOf(files);
  await shares[0]?.volumes.create(keyOf(1), VOLUME, call());
  await shares[1]?.volumes.create(keyOf(2), VOLUME, call());
  files.disk.rename('/srv/two', '/srv/away');
  t.match(await volumes.observe(keyOf(1), VOLUME, call()), { presence: 'present' });
  t.match(await volumes.observe(keyOf(2), VOLUME, call()), { presence: 'unknown' });
  await t.rejects(volumes.delete(keyOf(2), call()), { code: 'ShareMissing' });
});

test('the disks of all shares are listed, page by page', async (t) => {
  const files = newFiles();
  const { shares = [], volumes } = driverOf(files);
  for (const [index, share] of shares.entries())
    for (let made = 0; made < 120; made += 1)
      await share.volumes.create(keyOf(index * 1000 + made), VOLUME, call());
  const found = new Set<string>();
  let pages = 0;
  for (let cursor: string | undefined; ; pages += 1) {
    const page = await volumes.list(cursor, call());
    for (const object of page.objects) found.add(object.uuid);
    ({ cursor } = page);
    if (cursor === undefined) break;
  }
  t.equal(found.size, 240);
  t.ok(pages > 2);
});

test('each share is reported, also while another one hangs', async (t) => {
  const files = newFiles();
  const late = new Set<() => void>();
  const clock = {
    ...systemClock,
    schedule: (_ms: number, fn: () => void) => {
      late.add(fn);
      return () => late.delete(fn);
    },
  };
  const hanging = wrappedFileSystem(files, (_call, path, work) =>
    path.startsWith('/srv/one') ? new Promise(() => undefined) : work(),
  );
  const driver = createNfsVhdDriver({ shares: SHARES }, { files: hanging, clock });
  const asked = driver.pools(call());
  while (late.size > 1) await new Promise(setImmediate);
  for (const fn of late) fn();
  t.match(await asked, [
    { external: '/srv/one', name: 'one', live: false, problem: /has not answered/ },
    { external: '/srv/two', name: 'two', live: true, weight: 3 },
  ]);
});

test('shares that can not be told apart, and weights that are none, are refused', async (t) => {
  const refused = (shares: Parameters<typeof createNfsVhdDriver>[0]['shares']): void => {
    if (shares !== undefined) t.throws(() => createNfsVhdDriver({ shares }), TypeError);
  };
  const one = { folder: '/srv/one', name: 'one' };
  refused([]);
  refused([one, { folder: '/srv/two', name: 'one' }]);
  refused([one, { folder: '/srv/one/', name: 'two' }]);
  refused([{ folder: '/srv/one', name: 'nfs-vhd' }]);
  for (const weight of [0, -1, 1.5, Number.NaN]) refused([{ ...one, weight }]);
});
