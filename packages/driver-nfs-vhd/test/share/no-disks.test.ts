import { execFileSync } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';

const VOLUME = { name: 'v', sizeBytes: 4 * MIB };

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
