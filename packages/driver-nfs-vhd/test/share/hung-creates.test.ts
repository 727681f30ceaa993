import { type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { call, GIB, keyOf, uuid } from '../support/fixtures.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const DATA = { name: 'data', sizeBytes: GIB };
const MARKER = '/srv/share/.gdcloud/share';
const WITNESS = '/srv/.share.gdcloud-share';

test('a create that hangs on a new share holds up no other, and harms none when it goes on', async (t) => {
  let places = 0;
  for (let point = 0; ; point += 1) {
    const disk = new MemoryDisk({ clock: systemClock });
    const { driver, hung, release } = hangingAt(disk, point);
    const controller = new AbortController();
    const first = driver.volumes.create(keyOf(1), DATA, call('first', controller.signal));
    const ended = await Promise.race([first.then(() => 'made' as const), hung]);
    if (ended === 'made') break;
    places += 1;
    // Also while the other still waits: nobody has to wait with it.
    await driver.volumes.create(keyOf(2), DATA, call('second'));
    controller.abort();
    await t.rejects(first, { outcome: 'ambiguous', code: 'Aborted' });
    await driver.volumes.create(keyOf(1), DATA, call('again'));
    const marker = textOf(disk, MARKER);

    release();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    t.equal(textOf(disk, MARKER), marker, `the share is the same, place ${point}`);
    t.equal(textOf(disk, WITNESS), marker, `and known to be, place ${point}`);
    for (const n of [1, 2]) {
      const seen = await driver.volumes.observe(keyOf(n), DATA, call());
      t.match(seen, { presence: 'present', external: uuid(n), changes: [] }, `place ${point}`);
    }
    disk.powerLoss();
    t.same((await driver.volumes.list(undefined, call())).objects.length, 2, `place ${point}`);
  }
  t.ok(places > 30, `${places} places`);
});

/** A driver whose call number `point` of the file system, from 0, waits for `release`. */
function hangingAt(
  disk: MemoryDisk,
  point: number,
): {
  readonly driver: StorageDriver;
  readonly hung: Promise<'hung'>;
  readonly release: () => void;
} {
  let calls = 0;
  let reach: (reached: 'hung') => void = () => {};
  let release: () => void = () => {};
  const hung = new Promise<'hung'>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const files = wrappedFileSystem(new MemoryFileSystem(disk), async (_call, _path, work) => {
    const nth = calls;
    calls += 1;
    if (nth === point) {
      reach('hung');
      await released;
    }
    return work();
  });
  const driver = createNfsVhdDriver({ folder: '/srv/share' }, { files });
  return { driver, hung, release: () => release() };
}

function textOf(disk: MemoryDisk, path: string): string {
  const file = disk.open(path);
  const bytes = Buffer.alloc(512);
  const length = file.readAt(bytes, 0);
  file.close();
  return bytes.toString('utf8', 0, length);
}
