import { systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { test } from 'tap';
import { call, keyOf, MIB } from '../support/fixtures.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const FOLDER = '/srv/share';
const VOLUME = { name: 'v', sizeBytes: 2 * MIB };

test('a volume that was told to be there is there after a loss of power', async (t) => {
  const disk = new MemoryDisk({ clock: systemClock });
  disk.makeFolder('/srv');
  for (const folder of ['/', '/srv']) disk.syncFolder(folder);
  const files = new MemoryFileSystem(disk);
  await createNfsVhdDriver({ folder: FOLDER }, { files }).volumes.create(keyOf(9), VOLUME, call());

  let isDead = false;
  const dying = wrappedFileSystem(files, async (called, path, work) => {
    if (isDead) throw new Error('the process has stopped');
    const result = await work();
    isDead = called === 'link' && path.startsWith(FOLDER);
    return result;
  });
  const first = createNfsVhdDriver({ folder: FOLDER }, { files: dying });
  await t.rejects(first.volumes.create(keyOf(1), VOLUME, call()), 'it dies before its sync');

  const { volumes } = createNfsVhdDriver({ folder: FOLDER }, { files });
  const seen = { presence: 'present', changes: [{ field: 'published' }] };
  t.match(await volumes.observe(keyOf(1), VOLUME, call()), seen);
  disk.powerLoss();
  t.match(await volumes.observe(keyOf(1), VOLUME, call()), { presence: 'present' });
});
