import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DiskContent,
  type StorageContent,
  type StorageDriver,
  systemClock,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { openVhdFile, openVhdForWriting } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { createWhole, diskBytes, guestBytes, holds, sha256 } from '../support/contents.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { namesBesideSums } from '../support/names-below.js';
import { skipWithout, tool } from '../support/tools.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const CONTENT = diskBytes(MIB + 77);
const UPLOAD = {
  name: 'uploaded',
  sizeBytes: 4 * MIB,
  source: { kind: 'upload', format: 'raw' },
} as const;

async function* chunksOf(bytes: Buffer, step = 300_000): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.byteLength; at += step) yield bytes.subarray(at, at + step);
}

async function* breakingAfter(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
  throw new Error('the client went away');
}

async function read(disk: DiskContent, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of disk.stream(start, end, new AbortController().signal))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

function driverOf(files: FileSystem): StorageDriver {
  return createNfsVhdDriver({ folder: '/srv/share' }, { files });
}

function contentOf({ content }: StorageDriver): StorageContent {
  if (content === undefined) throw new Error('the driver hands out no content');
  return content;
}

async function bring(driver: StorageDriver, bytes = CONTENT): Promise<void> {
  const received = await contentOf(driver).received(keyOf(1), call());
  const from = received.receivedBytes;
  if (from === bytes.byteLength) return;
  const part = { from, ...(from === 0 ? { totalBytes: bytes.byteLength } : {}) };
  await contentOf(driver).receive(keyOf(1), part, chunksOf(bytes.subarray(from)), call());
}

test('a chain is taken out flat, and any range of it is that of the whole', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'gdcloud-content-'));
  const folder = join(home, 'share');
  t.teardown(() => rm(home, { recursive: true }));
  const driver = createNfsVhdDriver({ folder });
  const image = diskBytes(9 * MIB);
  await bring(driver, image);
  await createWhole(driver, 1, { ...UPLOAD, sizeBytes: 16 * MIB });
  const volume = { name: 'v', sizeBytes: 32 * MIB, origin: { image: uuid(1) } };
  await driver.volumes.create(keyOf(2), volume, call());
  const model = Buffer.alloc(32 * MIB);
  image.copy(model);
  const file = await openVhdFile(join(folder, `${uuid(2)}.vhd`), 'write');
  const writer = await openVhdForWriting(file);
  for (const [at, length] of [
    [0, 512],
    [3 * MIB - 512, 2048],
    [20 * MIB + 4096, 70 * 1024],
    [32 * MIB - 512, 512],
  ] as const) {
    const bytes = diskBytes(length, at);
    bytes.copy(model, at);
    await writer.write(bytes, at);
  }
  await writer.flush();
  await file.close();

  const disk = { kind: 'volume', key: keyOf(2) } as const;
  for (const format of ['raw', 'vhd'] as const) {
    const content = await contentOf(driver).read(disk, format, call());
    t.match(content.version, /^[A-Za-z0-9._-]{1,64}$/);
    const whole = await read(content, 0, content.sizeBytes);
    t.equal(whole.byteLength, content.sizeBytes, `${format}: as long as was said`);
    if (format === 'raw') t.ok(whole.equals(model), 'what its guest sees');
    for (let at = 0; at < whole.byteLength; at += 1_234_567) {
      const part = await read(content, at, Math.min(at + 700_001, whole.byteLength));
      t.ok(part.equals(whole.subarray(at, at + 700_001)), `${format} from ${at}`);
    }
    await content.close();
    if (format === 'raw' || (await skipWithout('qemu-img'))) continue;
    await writeFile(join(home, 'taken.vhd'), whole);
    await writeFile(join(home, 'model.raw'), model);
    await tool(
      'qemu-img',
      'compare',
      '-f',
      'raw',
      '-F',
      'vpc',
      join(home, 'model.raw'),
      join(home, 'taken.vhd'),
    );
    t.ok(whole.byteLength < 24 * MIB, 'blocks of nothing are left out');
  }
});

test('a disk that is not there has no content', async (t) => {
  const driver = driverOf(new MemoryFileSystem(new MemoryDisk({ clock: systemClock })));
  await bring(driver);
  for (const kind of ['image', 'volume', 'snapshot'] as const)
    await t.rejects(contentOf(driver).read({ kind, key: keyOf(7) }, 'raw', call()), {
      outcome: 'rejected',
      code: 'ContentMissing',
    });
});

test('an upload that breaks off keeps what came', async (t) => {
  const driver = driverOf(new MemoryFileSystem(new MemoryDisk({ clock: systemClock })));
  const content = contentOf(driver);
  const part = { from: 0, totalBytes: CONTENT.byteLength };
  await t.rejects(
    content.receive(keyOf(1), part, breakingAfter(CONTENT.subarray(0, 500_000)), call()),
  );
  t.match(await content.received(keyOf(1), call()), {
    receivedBytes: 500_000,
    totalBytes: CONTENT.byteLength,
    id: /^[0-9a-f]{16}$/,
  });
  const waiting = await driver.images.create(keyOf(1), UPLOAD, call());
  t.match(waiting, { settled: false, progress: { percent: Number, message: /500000 of/ } });
  await bring(driver);
  await createWhole(driver, 1, UPLOAD);
  t.ok(holds(await guestBytes(driver, 1), CONTENT));
});

test('what does not fit is refused, and changes nothing', async (t) => {
  const driver = driverOf(new MemoryFileSystem(new MemoryDisk({ clock: systemClock })));
  const content = contentOf(driver);
  const total = { totalBytes: CONTENT.byteLength };
  const receive = (part: { from: number; totalBytes?: number; sha256?: string }, bytes = CONTENT) =>
    content.receive(keyOf(1), part, chunksOf(bytes), call());
  await t.rejects(receive({ from: 0 }), { code: 'LengthMissing' });
  await t.rejects(receive({ from: 10, ...total }), { code: 'OffsetDiffers' });
  await t.rejects(receive({ from: 0, totalBytes: 2 ** 50 }), { code: 'ContentTooLarge' });
  await t.rejects(receive({ from: 0, totalBytes: 1000 }), { code: 'ContentTooLarge' });
  await receive({ from: 0, ...total }, CONTENT.subarray(0, 1000));
  await t.rejects(receive({ from: 999 }), { code: 'OffsetDiffers' });
  await t.rejects(receive({ from: 1000, totalBytes: 5 }), { code: 'OffsetDiffers' });
  await t.rejects(receive({ from: 0, ...total, sha256: '00'.repeat(32) }), {
    code: 'ChecksumMismatch',
  });
  t.same(await content.received(keyOf(1), call()), { receivedBytes: 0 });
  await receive({ from: 0, ...total, sha256: sha256(CONTENT) });
  await t.rejects(receive({ from: 0, ...total }), { code: 'ContentComplete' });
  await createWhole(driver, 1, UPLOAD);
  await t.rejects(receive({ from: 0, ...total }), { code: 'ContentComplete' });
});

test('what was brought and is no disk goes, so that another can be brought', async (t) => {
  const driver = driverOf(new MemoryFileSystem(new MemoryDisk({ clock: systemClock })));
  const desired = { ...UPLOAD, source: { kind: 'upload', format: 'qcow2' } } as const;
  await bring(driver);
  await t.rejects(createWhole(driver, 1, desired), { outcome: 'invalid', code: 'ContentDamaged' });
  t.same(await contentOf(driver).received(keyOf(1), call()), { receivedBytes: 0 });
  await t.rejects(
    driver.images.create(keyOf(1), desired, call()),
    { outcome: 'invalid', code: 'ContentDamaged' },
    'and it is told why until then',
  );
  await bring(driver);
  await createWhole(driver, 1, UPLOAD);
  t.ok(holds(await guestBytes(driver, 1), CONTENT));
});

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} at any point of an upload: what is said to be there is, and it ends as an image`, async (t) => {
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
      const stopped = stoppingAfter(files, calls);
      const first = driverOf(stopped.files);
      await bring(first)
        .then(() => createWhole(first, 1, UPLOAD))
        .catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      const driver = driverOf(files);
      const converge = async (): Promise<void> => {
        const seen = await driver.images.observe(keyOf(1), UPLOAD, call());
        if (seen.presence === 'absent') {
          await bring(driver);
          await createWhole(driver, 1, UPLOAD);
        } else if (seen.presence === 'present' && seen.changes[0] !== undefined)
          await driver.images.update(keyOf(1), UPLOAD, seen.changes[0], call());
      };
      await converge();
      files.disk.powerLoss();
      await converge();
      t.ok(holds(await guestBytes(driver, 1), CONTENT), `after ${calls}`);
      t.same(namesBesideSums(files.disk), [`/srv/share/${uuid(1)}.vhd`], `after ${calls}`);
      if (!stopped.stopped()) break;
    }
  });
}

test('content that was told to be there is there after a loss of power', async (t) => {
  for (let calls = 0; ; calls += 1) {
    const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
    const stopped = stoppingAfter(files, calls);
    await bring(driverOf(stopped.files)).catch(() => undefined);
    const content = contentOf(driverOf(files));
    const { receivedBytes: told } = await content.received(keyOf(1), call());
    files.disk.powerLoss();
    const { receivedBytes } = await content.received(keyOf(1), call());
    if (receivedBytes < told) {
      t.fail(`after ${calls} calls: of ${told} bytes ${receivedBytes} are there`);
      return;
    }
    if (!stopped.stopped()) {
      t.ok(calls > 10 && told === CONTENT.byteLength, `${calls} places`);
      return;
    }
  }
});
