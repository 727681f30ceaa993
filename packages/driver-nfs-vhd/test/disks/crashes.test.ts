import { type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { checkVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { call, GIB, keyOf, uuid } from '../support/fixtures.js';
import { namesBelow } from '../support/names-below.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const IMAGE = {
  name: 'debian',
  sizeBytes: GIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const ROOT = { name: 'root', sizeBytes: 40 * GIB, origin: { image: uuid(1) } };

/**
 * How a process ends: alone, or with the machine and all that was not synced. Once the next one has answered, the power
 * goes in either case, and what it has acknowledged stays.
 */
const ENDS = ['the process dies', 'the power goes'] as const;

function newFiles(): MemoryFileSystem {
  return new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
}

function driverOf(files: FileSystem): StorageDriver {
  return createNfsVhdDriver({ folder: '/srv/share' }, { files });
}

for (const end of ENDS) {
  const atEveryCall = async (
    before: (driver: StorageDriver) => Promise<unknown>,
    work: (driver: StorageDriver) => Promise<unknown>,
    after: (files: MemoryFileSystem, driver: StorageDriver, where: string) => Promise<void>,
  ): Promise<number> => {
    for (let calls = 0; ; calls += 1) {
      const files = newFiles();
      await before(driverOf(files));
      const stopped = stoppingAfter(files, calls);
      await work(driverOf(stopped.files)).catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      await after(files, driverOf(files), `after ${calls}`);
      if (!stopped.stopped()) return calls;
    }
  };

  test(`${end} in a clone: never half there, and the next try makes it`, async (t) => {
    const places = await atEveryCall(
      (driver) => driver.images.create(keyOf(1), IMAGE, call('image')),
      (driver) => driver.volumes.create(keyOf(2), ROOT, call('clone')),
      async (files, driver, where) => {
        const seen = await driver.volumes.observe(keyOf(2), ROOT, call());
        t.match(seen.presence, /^(absent|present)$/, where);
        await driver.volumes.create(keyOf(2), ROOT, call('clone'));
        files.disk.powerLoss();
        t.same(
          namesBelow(files.disk),
          [`/srv/share/${uuid(1)}.vhd`, `/srv/share/${uuid(2)}.vhd`],
          where,
        );
        const file = await files.open(`/srv/share/${uuid(2)}.vhd`);
        const { sizeBytes } = await file.status();
        const readable = {
          sizeBytes,
          readAt: (target: Uint8Array, at: number) => file.readAt(target, at),
        };
        const report = await checkVhd(readable, { nowMs: Date.now(), depth: 'structure' });
        t.same(report.findings, [], where);
      },
    );
    t.ok(places > 15, `${places} places`);
  });

  test(`${end} in a first use: the next try finishes it`, async (t) => {
    const places = await atEveryCall(
      () => Promise.resolve(),
      (driver) => driver.images.create(keyOf(1), IMAGE, call('image')),
      async (files, driver, where) => {
        await driver.images.create(keyOf(1), IMAGE, call('image'));
        files.disk.powerLoss();
        t.same(namesBelow(files.disk), [`/srv/share/${uuid(1)}.vhd`], where);
      },
    );
    t.ok(places > 20, `${places} places`);
  });

  test(`${end} in a deletion: the next try finishes it`, async (t) => {
    await atEveryCall(
      (driver) => driver.volumes.create(keyOf(2), { name: 'v', sizeBytes: GIB }, call()),
      (driver) => driver.volumes.delete(keyOf(2), call()),
      async (files, driver, where) => {
        await driver.volumes.delete(keyOf(2), call());
        files.disk.powerLoss();
        t.same(namesBelow(files.disk), [], where);
      },
    );
  });
}

test('what was acknowledged survives the power', async (t) => {
  const files = newFiles();
  const { images, volumes } = driverOf(files);
  await images.create(keyOf(1), IMAGE, call('image'));
  files.disk.powerLoss();
  t.match(await images.observe(keyOf(1), IMAGE, call()), { presence: 'present', changes: [] });
  await volumes.create(keyOf(2), ROOT, call('clone'));
  files.disk.powerLoss();
  t.match(await volumes.observe(keyOf(2), ROOT, call()), { presence: 'present', changes: [] });
  await volumes.delete(keyOf(2), call());
  files.disk.powerLoss();
  t.same(await volumes.observe(keyOf(2), ROOT, call()), { presence: 'absent' });
});
