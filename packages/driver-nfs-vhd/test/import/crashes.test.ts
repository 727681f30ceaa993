import { type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import {
  BrokenOff,
  createNfsVhdDriver,
  type FileSystem,
  type OpenRemote,
} from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { createWhole, diskBytes, fromUrl, guestBytes, holds, sha256 } from '../support/contents.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { namesBesideSums } from '../support/names-below.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const CONTENT = diskBytes(MIB + 1000);
const DESIRED = fromUrl('http://example.com/disk', { sha256: sha256(CONTENT), sizeBytes: 4 * MIB });

/** A server that breaks each connection after 300 KiB. */
const openRemote: OpenRemote = ({ from }) =>
  Promise.resolve({
    from,
    totalBytes: CONTENT.byteLength,
    validator: '"one"',
    chunks: (async function* () {
      await Promise.resolve();
      for (let at = from; at < Math.min(from + 300 * 1024, CONTENT.byteLength); at += 100 * 1024)
        yield CONTENT.subarray(at, at + 100 * 1024);
      if (from + 300 * 1024 < CONTENT.byteLength) throw new BrokenOff('cut');
    })(),
  });

function driverOf(files: FileSystem): StorageDriver {
  return createNfsVhdDriver({ folder: '/srv/share' }, { files, openRemote });
}

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} at any point of an import: the next process makes the image and nothing else stays`, async (t) => {
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
      const stopped = stoppingAfter(files, calls);
      await createWhole(driverOf(stopped.files), 1, DESIRED).catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      const driver = driverOf(files);
      const where = `after ${calls}`;
      await converge(driver);
      files.disk.powerLoss();
      t.ok(holds(await guestBytes(driver, 1), CONTENT), `${where}: it stays`);
      // The name that is removed last may come back with the power: the next look removes it.
      await converge(driver);
      t.match(
        await driver.images.observe(keyOf(1), DESIRED, call()),
        { presence: 'present', changes: [], actual: { sha256: sha256(CONTENT) } },
        where,
      );
      t.same(namesBesideSums(files.disk), [`/srv/share/${uuid(1)}.vhd`], where);
      t.ok(holds(await guestBytes(driver, 1), CONTENT), where);
      if (!stopped.stopped()) {
        t.ok(calls > 30, `${calls} places`);
        break;
      }
    }
  });

  test(`${end} in the deletion of what is half imported: the next try finishes it`, async (t) => {
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
      await createWhole(driverOf(stoppingAfter(files, 45).files), 1, DESIRED).catch(
        () => undefined,
      );
      const stopped = stoppingAfter(files, calls);
      await driverOf(stopped.files)
        .images.delete(keyOf(1), call())
        .catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      await driverOf(files).images.delete(keyOf(1), call());
      files.disk.powerLoss();
      t.same(namesBesideSums(files.disk), [], `after ${calls}`);
      if (!stopped.stopped()) break;
    }
  });
}

test('two processes that import at once make one image', async (t) => {
  const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
  const attempts = await Promise.allSettled(
    [1, 2, 3].map(() => createWhole(driverOf(files), 1, DESIRED)),
  );
  const driver = driverOf(files);
  if (attempts.every(({ status }) => status === 'rejected')) await createWhole(driver, 1, DESIRED);
  t.ok(holds(await guestBytes(driver, 1), CONTENT));
  const seen = await driver.images.observe(keyOf(1), DESIRED, call());
  t.match(seen, { presence: 'present', actual: { sha256: sha256(CONTENT) } });
  if (seen.presence === 'present' && seen.changes[0] !== undefined)
    await driver.images.update(keyOf(1), DESIRED, seen.changes[0], call());
  await driver.images.delete(keyOf(1), call());
  t.same(namesBesideSums(files.disk), []);
});

/** As the kernel does: what is there is finished, what is absent is made. */
async function converge(driver: StorageDriver): Promise<void> {
  const seen = await driver.images.observe(keyOf(1), DESIRED, call());
  if (seen.presence === 'absent') await createWhole(driver, 1, DESIRED);
  else if (seen.presence === 'present' && seen.changes[0] !== undefined)
    await driver.images.update(keyOf(1), DESIRED, seen.changes[0], call());
}
