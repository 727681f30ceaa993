import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@gdcloud/core';
import { createNfsVhdDriver, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { readSums, sharePaths, verifyDisk } from '@gdcloud/driver-nfs-vhd/checksums';
import { checkVhd, openVhd, openVhdFile } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { contentServer } from '../support/content-server.js';
import { createWhole, fromUrl, guestBytes, sha256 } from '../support/contents.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { buildLinuxImage } from '../support/linux-image.js';
import { skipWithout, tool } from '../support/tools.js';

const missing =
  (await skipWithout('mke2fs')) ||
  (await skipWithout('busybox')) ||
  (await skipWithout('qemu-img')) ||
  (await skipWithout('7zz'));
const SIZE = 64 * MIB;

test('a Linux disk is imported as whatever it comes, and other tools read it back', {
  skip: missing,
}, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'gdcloud-linux-'));
  const folder = join(home, 'share');
  t.teardown(() => rm(home, { recursive: true }));
  const raw = join(home, 'linux.raw');
  await buildLinuxImage(raw);
  const disk = await readFile(raw);
  const server = await contentServer(disk);
  t.teardown(() => server.close());
  const driver = createNfsVhdDriver({ folder, imports: { allowNetworks: ['127.0.0.1'] } });

  const formats: readonly (readonly string[])[] = [
    [],
    ['-c', '-O', 'qcow2'],
    ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
    ['-O', 'vpc', '-o', 'force_size=on'],
  ];
  for (const [index, options] of formats.entries()) {
    const number = index + 1;
    const converted = join(home, `linux.${number}`);
    if (options.length > 0)
      await tool('qemu-img', 'convert', '-f', 'raw', ...options, raw, converted);
    server.content = options.length > 0 ? await readFile(converted) : disk;
    server.etag = `"${number}"`;
    const checksum = sha256(server.content);
    const desired = fromUrl(server.url, { sha256: checksum, sizeBytes: SIZE });
    await createWhole(driver, number, desired);
    const name = options.join(' ') || 'raw';
    t.match(
      await driver.images.observe(keyOf(number), desired, call()),
      { presence: 'present', changes: [], actual: { virtualBytes: SIZE, sha256: checksum } },
      name,
    );
    // Read by qemu as it lies on the share, hidden or not.
    const onShare = join(folder, `${uuid(number)}.vhd`);
    await tool('qemu-img', 'compare', '-f', 'raw', '-F', 'vpc', raw, onShare);
    const taken = join(home, 'taken.vhd');
    await writeFile(taken, await guestBytes(driver, number, 'vhd'));
    await tool('qemu-img', 'compare', '-f', 'raw', '-F', 'vpc', raw, taken);
    const unpacked = await tool('7zz', 'x', '-so', '-tvhd', taken);
    t.ok(unpacked.equals(disk), `${name}: 7-Zip unpacks the same bytes`);
  }
});

test('what the image’s file says is sound', { skip: missing }, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'gdcloud-linux-'));
  t.teardown(() => rm(home, { recursive: true }));
  const raw = join(home, 'linux.raw');
  await buildLinuxImage(raw);
  const bytes = await readFile(raw);
  const driver = createNfsVhdDriver({ folder: join(home, 'share') });
  const desired = {
    name: 'linux',
    sizeBytes: SIZE,
    source: { kind: 'upload', format: 'auto' },
  } as const;
  const chunks = (async function* () {
    await Promise.resolve();
    for (let at = 0; at < bytes.byteLength; at += 999_999) yield bytes.subarray(at, at + 999_999);
  })();
  const part = { from: 0, totalBytes: bytes.byteLength, sha256: sha256(bytes) };
  t.match(await driver.content?.receive(keyOf(1), part, chunks, call()), {
    receivedBytes: bytes.byteLength,
    totalBytes: bytes.byteLength,
  });
  await createWhole(driver, 1, desired);
  const file = await openVhdFile(join(home, 'share', `${uuid(1)}.vhd`), 'read');
  const stored = await readSums(
    {
      paths: sharePaths(join(home, 'share')),
      files: nodeFileSystem,
      clock: systemClock,
      random: systemRandom,
    },
    uuid(1),
  );
  if (stored.kind !== 'sums') throw new Error(`its checksums are ${stored.kind}`);
  t.match(await verifyDisk(await openVhd(file), stored.sums), { structure: 'intact', damaged: [] });
  const report = await checkVhd(file, { nowMs: Date.now(), depth: 'data' });
  await file.close();
  t.match(report, { verdict: 'sound', type: 'dynamic' });
  t.same(report.findings, [], 'nor is there anything that other tools complain about');
});
