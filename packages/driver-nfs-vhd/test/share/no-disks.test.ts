import { execFileSync } from 'node:child_process';
import { open, stat, writeFile } from 'node:fs/promises';
import { asExternalId } from '@gdcloud/core';
import { createNfsVhdDriver, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { hugePieces } from '../support/huge-vhd.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

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

test('any number of files that ask for the largest table are looked at without it', async (t) => {
  const folder = `${t.testdir()}/share`;
  const files = wrappedFileSystem(nodeFileSystem, async (called, path, work) => {
    if (called === 'readAt') reads.set(path, (reads.get(path) ?? 0) + 1);
    return work();
  });
  const reads = new Map<string, number>();
  const driver = createNfsVhdDriver({ folder }, { files });
  await driver.volumes.create(keyOf(1), VOLUME, call());
  // Zeros take no room, so they cost nobody anything; and what is at the start is not believed.
  const pieces = hugePieces({ entry: 'hole', blockBytes: 2 ** 19, firstFooter: 'missing' });
  for (let n = 2; n < 50; n += 1) {
    const file = await open(`${folder}/${uuid(n)}.vhd`, 'w');
    for (const { bytes, position } of pieces) await file.write(bytes, 0, bytes.length, position);
    await file.close();
  }
  const disks = new Map([[uuid(1), 'closed' as const]]);
  const memory = process.memoryUsage().rss;
  await driver.upkeep?.({ pool: asExternalId(folder), disks }, call());
  await driver.volumes.list(undefined, call());
  t.ok(process.memoryUsage().rss - memory < 64 * MIB);
  // Its start, which is damaged, once for each look; both footers and the header.
  t.equal(reads.get(`${folder}/${uuid(7)}.vhd`), 5);
});
