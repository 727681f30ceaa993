import { asExternalId, type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import t, { type Test, test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { keyOf, MIB, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { HurriedClock } from '../support/hurried-clock.js';
import { keepUpUntilQuiet } from '../support/keep-up-rounds.js';
import { manualRandom } from '../support/manual-random.js';
import { pausingAt, stoppingAfter } from '../support/wrapped-file-system.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const FOLDER = '/srv/share';
const FREE = { name: 'v', sizeBytes: 4 * MIB, use: 'free' } as const;
const ATTACHED = { ...FREE, use: 'attached' } as const;
const SOURCE = { kind: 'generated', osType: 'linux' } as const;

function driverOn(files: FileSystem, bytesPerSecond = 2 ** 40): StorageDriver {
  const upkeep = { bytesPerSecond, scrubEveryMs: Number.POSITIVE_INFINITY };
  return createNfsVhdDriver({ folder: FOLDER, upkeep }, { files, clock: new HurriedClock() });
}

/** Volume 1 of an image, of which a snapshot was taken and removed, and of which upkeep has seen that. */
async function beginning(megabytes = 4): Promise<MemoryDisk> {
  const free = { ...FREE, sizeBytes: megabytes * MIB };
  const disk = new MemoryDisk({ clock: systemClock });
  const files = new MemoryFileSystem(disk);
  const driver = driverOn(files);
  const by = fenced('1');
  const guest = new Guest(files, FOLDER);
  await converge(driver.images, keyOf(2), { name: 'i', sizeBytes: 4 * MIB, source: SOURCE }, by);
  const origin = { image: uuid(2) };
  await converge(driver.volumes, keyOf(1), { ...free, origin }, by);
  for (let at = 2 * MIB; at < free.sizeBytes; at += 2 * MIB)
    await guest.write(1, Buffer.alloc(1024, 'before'), at);
  await converge(driver.volumes, keyOf(1), { ...free, snapshots: [uuid(10)] }, by);
  await guest.write(1, Buffer.alloc(1024, 'after'), 2 * MIB + 512);
  if (driver.snapshots !== undefined) await dissolve(driver.snapshots, keyOf(10), by);
  await driver.upkeep?.(
    {
      pool: asExternalId(FOLDER),
      disks: new Map([
        [uuid(1), 'closed'],
        [uuid(2), 'closed'],
      ]),
    },
    by,
  );
  return disk;
}

async function content(disk: MemoryDisk): Promise<string> {
  const sectors = await new Guest(new MemoryFileSystem(disk), FOLDER).sectors(1);
  return JSON.stringify(
    [...sectors].map(([at, bytes]) => [at, Buffer.from(bytes).toString('hex')]),
  );
}

async function parentOf(disk: MemoryDisk): Promise<string | undefined> {
  const driver = driverOn(new MemoryFileSystem(disk));
  const seen = await driver.volumes.observe(keyOf(1), ATTACHED, fenced('9'));
  return seen.presence === 'present' ? seen.actual.parent : undefined;
}

test('a volume that alone reads from a removed snapshot is joined with it by its own pass', async (t) => {
  const disk = await beginning();
  const driver = driverOn(new MemoryFileSystem(disk));
  const before = await content(disk);
  t.equal(await parentOf(disk), uuid(10));
  t.match(await driver.volumes.observe(keyOf(1), ATTACHED, fenced('1')), {
    changes: [{ field: 'use' }],
  });
  const seen = await driver.volumes.observe(keyOf(1), FREE, fenced('1'));
  t.match(seen, { changes: [{ field: 'chain', desired: 'short', actual: 'joinable' }] });
  await converge(driver.volumes, keyOf(1), FREE, fenced('1'));
  t.equal(await parentOf(disk), uuid(2));
  t.equal(await content(disk), before);
  await keepUp(t, disk, before);
});

test('it is joined in slices, and tells how far it is', async (t) => {
  const disk = await beginning(32);
  const before = await content(disk);
  const free = { ...FREE, sizeBytes: 32 * MIB };
  const driver = driverOn(new MemoryFileSystem(disk), 2 ** 20);
  const change = { field: 'chain', desired: 'short', actual: 'joinable' };
  const slice = () => driver.volumes.update(keyOf(1), free, change, fenced('1'));
  t.match(await slice(), { settled: false, progress: { percent: 26, afterMs: 0 } });
  t.match(await driver.volumes.observe(keyOf(1), free, fenced('1')), { changes: [change] });
  t.match(await slice(), { settled: false, progress: { percent: 53 } });
  t.match(await slice(), { settled: false, progress: { percent: 80 } });
  t.match(await slice(), { settled: true });
  t.match(await driver.volumes.observe(keyOf(1), free, fenced('1')), { changes: [] });
  t.equal(await parentOf(disk), uuid(2));
  t.equal(await content(disk), before);
});

test('a server that got it meanwhile keeps all it has written', async (t) => {
  const disk = await beginning();
  for (let calls = 0; ; calls += 1) {
    const world = disk.copy();
    const paused = pausingAt(new MemoryFileSystem(world), calls);
    const joining = converge(driverOn(paused.files).volumes, keyOf(1), FREE, fenced('1')).catch(
      () => undefined,
    );
    await Promise.race([paused.reached, joining]);
    const next = driverOn(new MemoryFileSystem(world));
    await converge(next.volumes, keyOf(1), ATTACHED, fenced('2'));
    await new Guest(new MemoryFileSystem(world), FOLDER).write(1, Buffer.alloc(512, 'server'), 512);
    const written = await content(world);
    paused.goOn();
    await joining;
    if ((await content(world)) !== written) t.fail(`paused at ${calls}: what was written is lost`);
    if (!paused.wasReached()) {
      t.ok(calls > 40, `${calls} places`);
      break;
    }
  }
});

for (const end of [
  'the process dies',
  'the power goes',
  'the power goes, some writes survive',
] as const) {
  test(`${end} in it: the next one finishes it, and nothing is left`, async (t) => {
    const first = await beginning();
    const before = await content(first);
    for (let calls = 0; ; calls += 1) {
      const disk = first.copy();
      const stopped = stoppingAfter(new MemoryFileSystem(disk), calls);
      await converge(driverOn(stopped.files).volumes, keyOf(1), FREE, fenced('1')).catch(
        () => undefined,
      );
      if (end === 'the power goes') disk.powerLoss();
      if (end === 'the power goes, some writes survive') disk.powerLoss(manualRandom(calls + 1));
      if ((await content(disk)) !== before) t.fail(`another content after ${calls}`);
      await converge(driverOn(new MemoryFileSystem(disk)).volumes, keyOf(1), FREE, fenced('2'));
      if ((await parentOf(disk)) !== uuid(2)) t.fail(`not joined after ${calls}`);
      if ((await content(disk)) !== before) t.fail(`another content at last, after ${calls}`);
      if (calls % 25 === 0) await keepUp(t, disk, before);
      if (!stopped.stopped()) {
        t.ok(calls > 40, `${calls} places`);
        return;
      }
    }
  });
}

/** Upkeep leaves nothing of the removed snapshot, and nothing half done. */
async function keepUp(t: Test, disk: MemoryDisk, before: string): Promise<void> {
  const clock = new HurriedClock();
  const files = new MemoryFileSystem(disk);
  const upkeep = { scrubEveryMs: Number.POSITIVE_INFINITY };
  const driver = createNfsVhdDriver({ folder: FOLDER, upkeep }, { files, clock });
  await keepUpUntilQuiet(driver, { folder: FOLDER, recorded: [uuid(1), uuid(2)] }, () => {
    clock.time += 25 * 60 * 60_000;
  });
  const names = disk.names(FOLDER).filter((name) => name.endsWith('.vhd'));
  t.same(names.toSorted(), [`${uuid(1)}.vhd`, `${uuid(2)}.vhd`]);
  for (const own of ['tmp', 'trash', 'retired', 'join'])
    t.same(disk.names(`${FOLDER}/.gdcloud/${own}`), [], own);
  t.equal(await content(disk), before);
}
