import {
  type ContentPart,
  type StorageContent,
  type StorageDriver,
  systemClock,
  type VolumeActual,
  type VolumeDesired,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { newDifferencingVhd, newDynamicVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import t, { type Test, test } from 'tap';
import { diskBytes, holds, sha256 } from '../support/contents.js';
import { converge } from '../support/converge.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { stoppingAfter } from '../support/wrapped-file-system.js';

const SIZE = 2 * MIB;
const FREE = { name: 'v', sizeBytes: SIZE, use: 'free' } as const;
const OLD = diskBytes(100_000, 7);
const CONTENT = diskBytes(150_700);
const RAW = { sizeBytes: SIZE, format: 'raw' } as const;

// A busy machine takes its time.
t.setTimeout(120_000);

function driverOf(files: FileSystem): StorageDriver {
  return createNfsVhdDriver({ folder: '/srv/share' }, { files });
}

function memory(): MemoryFileSystem {
  return new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
}

function contentOf({ content }: StorageDriver): StorageContent {
  if (content === undefined) throw new Error('the driver hands out no content');
  return content;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.byteLength; at += 300_000) yield bytes.subarray(at, at + 300_000);
}

/** Brings what is missing of a content, and tells its name. */
async function bring(
  driver: StorageDriver,
  bytes: Uint8Array,
  said: Partial<ContentPart> = {},
): Promise<string> {
  const { receivedBytes: from } = await contentOf(driver).received(keyOf(1), call());
  const first = from === 0 ? { totalBytes: bytes.byteLength } : {};
  const part = { volume: RAW, ...said, from, ...first };
  const { id } = await contentOf(driver).receive(
    keyOf(1),
    part,
    chunksOf(bytes.subarray(from)),
    call(),
  );
  return id ?? 'none';
}

/** Asks for what was brought, until it is settled, and tells what the volume is then. */
async function give(
  driver: StorageDriver,
  upload: string,
  count: number,
  desired: VolumeDesired = FREE,
): Promise<VolumeActual> {
  const wanted = { ...desired, content: { upload, count } };
  const seen = await converge(driver.volumes, keyOf(1), wanted);
  if (seen.presence !== 'present') throw new Error('the volume is gone');
  return seen.actual;
}

async function held(driver: StorageDriver, number = 1, format: 'raw' | 'vhd' = 'raw') {
  const kind = number === 1 ? 'volume' : 'snapshot';
  const disk = await contentOf(driver).read({ kind, key: keyOf(number) }, format, call());
  const chunks: Uint8Array[] = [];
  for await (const chunk of disk.stream(0, disk.sizeBytes, call().signal)) chunks.push(chunk);
  await disk.close();
  return Buffer.concat(chunks);
}

/** A share with a volume that holds {@link OLD}. */
async function withVolume(): Promise<MemoryFileSystem> {
  const files = memory();
  const driver = driverOf(files);
  await converge(driver.volumes, keyOf(1), FREE);
  await give(driver, await bring(driver, OLD), 1);
  return files;
}

function temporaries(files: MemoryFileSystem): readonly string[] {
  return files.disk.names('/srv/share/.gdcloud/tmp');
}

async function refused(t: Test, bytes: Uint8Array, said: Partial<ContentPart>): Promise<string> {
  const files = await withVolume();
  const driver = driverOf(files);
  const actual = await give(driver, await bring(driver, bytes, said), 2);
  t.equal(actual.contents, 2, 'that is settled');
  t.ok(holds(await held(driver), OLD), 'it holds what it held');
  t.same(temporaries(files), [], 'nothing of it stays');
  t.same(await contentOf(driver).received(keyOf(1), call()), { receivedBytes: 0 });
  const again = await give(driver, await bring(driver, CONTENT), 3);
  t.equal(again.refused, undefined);
  t.ok(holds(await held(driver), CONTENT), 'other content can be brought');
  return actual.refused ?? '';
}

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} at any point while content comes and is given: it is the old or the new, and the next one goes on`, async (t) => {
    const beginning = await withVolume();
    for (let calls = 0; ; calls += 1) {
      const files = new MemoryFileSystem(beginning.disk.copy());
      const stopped = stoppingAfter(files, calls);
      const first = driverOf(stopped.files);
      await bring(first, CONTENT, { sha256: sha256(CONTENT) })
        .then((upload) => give(first, upload, 2))
        .catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      const driver = driverOf(files);
      const seen = await driver.volumes.observe(keyOf(1), FREE, call());
      const isGiven = seen.presence === 'present' && seen.actual.contents === 2;
      const where = `after ${calls}`;
      const now = await held(driver);
      const whole = holds(now, OLD) || holds(now, CONTENT);
      if (!isGiven) await give(driver, await bring(driver, CONTENT), 2);
      await converge(driver.volumes, keyOf(1), FREE);
      files.disk.powerLoss();
      await converge(driver.volumes, keyOf(1), FREE);
      const rest = temporaries(files);
      if (!whole || !holds(await held(driver), CONTENT) || rest.length > 0) {
        t.ok(whole, `${where}: one of them, whole`);
        t.ok(holds(await held(driver), CONTENT), `${where}: what was brought`);
        t.same(rest, [], `${where}: nothing stays`);
        return;
      }
      if (!stopped.stopped()) {
        t.ok(calls > 40, `${calls} places`);
        break;
      }
    }
  });
}

test('a VHD is given as the disk that it holds, also to a larger volume', async (t) => {
  const files = await withVolume();
  const driver = driverOf(files);
  const vhd = await held(driver, 1, 'vhd');
  await give(driver, await bring(driver, CONTENT), 2);
  const larger = { ...FREE, sizeBytes: 2 * SIZE };
  const volume = { sizeBytes: larger.sizeBytes, format: 'vhd' } as const;
  const actual = await give(driver, await bring(driver, vhd, { volume }), 3, larger);
  t.match(actual, { virtualBytes: 2 * SIZE, contents: 3, refused: undefined });
  t.ok(holds(await held(driver), OLD));
});

test('snapshots stay what they were, and what is being brought outlives them', async (t) => {
  const files = await withVolume();
  const driver = driverOf(files);
  const half = { from: 0, totalBytes: CONTENT.byteLength, volume: RAW };
  const { id } = await contentOf(driver).receive(
    keyOf(1),
    half,
    chunksOf(CONTENT.subarray(0, 5_000)),
    call(),
  );
  const taking = { ...FREE, snapshots: [uuid(10)] };
  await converge(driver.volumes, keyOf(1), taking);
  t.equal(await bring(driver, CONTENT), id, 'it is gone on with');
  await give(driver, id ?? '', 2, taking);
  t.ok(holds(await held(driver), CONTENT));
  t.ok(holds(await held(driver, 10), OLD));
});

test('what differs from its checksum, or is no disk that fits, is refused', async (t) => {
  const volume = { sizeBytes: SIZE, format: 'vhd' } as const;
  t.match(await refused(t, CONTENT.subarray(0, 0), {}), /^ContentEmpty/);
  t.match(await refused(t, CONTENT, { volume }), /^ContentDamaged|^FormatUnknown/);
  const parent = { uuid: uuid(9), fileName: 'secret.vhd', modifiedMs: 0 };
  const description = { uuid: uuid(8), virtualBytes: SIZE, createdMs: 0 } as const;
  const [thin] = newDifferencingVhd({ ...description, visibility: 'visible' }, parent).pieces;
  t.match(await refused(t, thin?.bytes ?? CONTENT, { volume }), /^ContentIncomplete/);
  const [large] = newDynamicVhd({
    ...description,
    virtualBytes: 2 * SIZE,
    visibility: 'visible',
  }).pieces;
  t.match(await refused(t, large?.bytes ?? CONTENT, { volume }), /^ContentTooLarge/);
  const files = await withVolume();
  const driver = driverOf(files);
  const part = { from: 0, totalBytes: CONTENT.byteLength, sha256: sha256(OLD), volume: RAW };
  await contentOf(driver).receive(keyOf(1), part, chunksOf(CONTENT.subarray(0, 9)), call());
  const actual = await give(driver, await bring(driver, CONTENT), 2);
  t.match(actual.refused, /^ChecksumMismatch/);
  t.ok(holds(await held(driver), OLD));
  const tooLong = { from: 0, totalBytes: SIZE + 1, volume: RAW };
  await t.rejects(contentOf(driver).receive(keyOf(1), tooLong, chunksOf(OLD), call()), {
    outcome: 'invalid',
    code: 'ContentTooLarge',
  });
});

test('content that another has replaced meanwhile is not given', async (t) => {
  const files = await withVolume();
  const driver = driverOf(files);
  const asked = await bring(driver, CONTENT);
  const other = { from: 0, totalBytes: 10, volume: RAW };
  const began = await contentOf(driver).receive(
    keyOf(1),
    other,
    chunksOf(OLD.subarray(0, 5)),
    call(),
  );
  t.match((await give(driver, asked, 2)).refused, /^ContentMissing/);
  t.ok(holds(await held(driver), OLD));
  t.same(
    await contentOf(driver).received(keyOf(1), call()),
    { receivedBytes: 5, totalBytes: 10, id: began.id },
    'the other one goes on',
  );
});

test('a volume that a server has is left alone, and its removal takes along what was brought', async (t) => {
  const files = await withVolume();
  const driver = driverOf(files);
  const upload = await bring(driver, CONTENT);
  const attached = { ...FREE, use: 'attached' } as const;
  await give(driver, upload, 2, attached);
  t.ok(holds(await held(driver), OLD));
  await driver.volumes.delete(keyOf(1), call());
  t.same(temporaries(files), []);
});
