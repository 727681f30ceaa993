import { createHash } from 'node:crypto';
import {
  type ArrivalDesired,
  asExternalId,
  type StorageDriver,
  type StorageShare,
  systemClock,
  type VolumeDesired,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import t, { test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { type Around, stoppingAfter, wrappedFileSystem } from '../support/wrapped-file-system.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const SIZE = 4 * MIB;
const ONE = '/srv/one';
const TWO = '/srv/two';
const VOLUME: VolumeDesired = { name: 'v', sizeBytes: SIZE };
const ARRIVAL: ArrivalDesired = { name: 'v', volume: uuid(1), share: asExternalId(ONE), move: 1 };

const LEAVING: VolumeDesired = { ...VOLUME, use: 'attached', leaving: 1 };

interface Shares {
  readonly one: StorageShare;
  readonly two: StorageShare;
}

function sharesOf(files: FileSystem): Shares {
  const shares = [
    { folder: ONE, name: 'one' },
    { folder: TWO, name: 'two' },
  ];
  const [one, two] = createNfsVhdDriver({ shares }, { files }).shares ?? [];
  if (one === undefined || two === undefined) throw new Error('there are no two shares');
  return { one, two };
}

/** A volume with something in its file, and in a removed snapshot and an image below it. */
async function newFiles(): Promise<MemoryFileSystem> {
  const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
  const { one, two } = sharesOf(files);
  const source = { kind: 'generated', osType: 'linux' } as const;
  await converge(one.images, keyOf(2), { name: 'i', sizeBytes: SIZE, source });
  const volume = { ...VOLUME, origin: { image: uuid(2) }, use: 'free' } as const;
  await converge(one.volumes, keyOf(1), volume);
  const guest = new Guest(files, ONE);
  await guest.write(1, Buffer.alloc(1024, 'below'), 2 * MIB);
  await converge(one.volumes, keyOf(1), { ...volume, snapshots: [uuid(3)] });
  if (one.snapshots !== undefined) await dissolve(one.snapshots, keyOf(3));
  await guest.write(1, Buffer.alloc(1024, 'above'), 2 * MIB + 512);
  // Brings the other share into use.
  await converge(two.volumes, keyOf(9), VOLUME);
  await dissolve(two.volumes, keyOf(9));
  return files;
}

/** What the row of a volume says of its move. */
interface Row {
  at: 'one' | 'two' | 'left' | 'settled';
}

/** Goes on with a move as the volume's passes do; a process that dies leaves the row as it was. */
async function move(files: FileSystem, row: Row, fence = '1'): Promise<void> {
  const { one, two } = sharesOf(files);
  const by = fenced(fence);
  const arrivals = arrivalsOf(two);
  if (row.at === 'one') {
    await converge(one.volumes, keyOf(1), LEAVING, by);
    await converge(arrivals, keyOf(1), ARRIVAL, by);
    row.at = 'two';
  }
  if (row.at === 'two') {
    await dissolve(one.volumes, keyOf(1), by);
    row.at = 'left';
  }
  if (row.at === 'left') {
    const origin = { volume: uuid(1), move: 1 };
    await converge(two.volumes, keyOf(1), { ...VOLUME, origin }, by);
    await dissolve(arrivals, keyOf(1), by);
    row.at = 'settled';
  }
}

function arrivalsOf({ arrivals }: StorageShare): NonNullable<StorageShare['arrivals']> {
  if (arrivals === undefined) throw new Error('nothing arrives there');
  return arrivals;
}

/** All that the volume holds on a share: where, and what. */
async function held(files: FileSystem, folder: string): Promise<string> {
  const sectors = await new Guest(files, folder).sectors(1);
  const hash = createHash('sha256');
  for (const [position, bytes] of sectors) hash.update(`${position} `).update(bytes);
  return `${sectors.size} sectors ${hash.digest('hex')}`;
}

async function filesOfDisk(files: FileSystem, n: number): Promise<{ readonly length: number }> {
  const status = await files.status(`${TWO}/${uuid(n)}.vhd`);
  return { length: status?.sizeBytes ?? 0 };
}

function namesIn(files: MemoryFileSystem, folder: string): readonly string[] {
  return files.disk.status(folder) === undefined ? [] : files.disk.names(folder);
}

function leftovers(files: MemoryFileSystem): readonly string[] {
  return [ONE, TWO].flatMap((share) =>
    ['tmp', 'arrived'].flatMap((folder) => namesIn(files, `${share}/.gdcloud/${folder}`)),
  );
}

/** No two shares show the same disk to a hypervisor. */
function shows(files: MemoryFileSystem): readonly string[] {
  return [ONE, TWO].filter((share) => namesIn(files, share).includes(`${uuid(1)}.vhd`));
}

test('a volume moves with all that it reads from, and stands by itself then', async (t) => {
  const files = await newFiles();
  const before = await held(files, ONE);
  await move(files, { at: 'one' });
  t.same(shows(files), [TWO]);
  t.equal(await held(files, TWO), before);
  const { two } = sharesOf(files);
  const seen = await two.volumes.observe(keyOf(1), { ...VOLUME, use: 'free' }, call());
  t.match(seen, { presence: 'present', changes: [] });
  t.notOk(seen.presence === 'present' && seen.actual.parent);
  t.same(leftovers(files), []);
  await converge(two.volumes, keyOf(1), { ...VOLUME, sizeBytes: 2 * SIZE, use: 'free' });
});

for (const end of ['the process dies', 'the power goes'] as const) {
  test(`${end} at any call of a move: the next process ends it, and nothing is lost`, async (t) => {
    const began = await newFiles();
    const before = await held(began, ONE);
    let places = 0;
    for (; ; places += 1) {
      const files = new MemoryFileSystem(began.disk.copy());
      const row: Row = { at: 'one' };
      const stopped = stoppingAfter(files, places);
      await move(stopped.files, row).catch(() => undefined);
      if (end === 'the power goes') files.disk.powerLoss();
      if (shows(files).length > 1 || (row.at === 'one' && !shows(files).includes(ONE)))
        t.fail(`after ${places}: it is shown on ${shows(files).join(' and ')}`);
      await move(files, row, '2');
      files.disk.powerLoss();
      const where = `after ${places}`;
      if ((await held(files, TWO)) !== before) t.fail(`${where}: it holds other things`);
      if (shows(files).join() !== TWO || leftovers(files).length > 0)
        t.fail(`${where}: ${shows(files).join()} ${leftovers(files).join()}`);
      if (!stopped.stopped()) break;
    }
    t.ok(places > 150, `${places} places`);
  });
}

test('a process that was paused at any call of a move changes nothing once another has ended it', async (t) => {
  const began = await newFiles();
  for (let pause = 0; ; pause += 1) {
    const files = new MemoryFileSystem(began.disk.copy());
    let calls = 0;
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let isAsleep = (): void => undefined;
    const pausing = new Promise<'paused'>((resolve) => {
      isAsleep = () => resolve('paused');
    });
    const around: Around = async (_call, _path, work) => {
      calls += 1;
      if (calls === pause + 1) {
        isAsleep();
        await asleep;
      }
      return work();
    };
    const row: Row = { at: 'one' };
    const zombie = move(wrappedFileSystem(files, around), row).then(
      () => 'ended' as const,
      () => 'failed' as const,
    );
    const first = await Promise.race([pausing, zombie]);
    if (first !== 'paused') break;
    await move(files, { ...row }, '2');
    const guest = new Guest(files, TWO);
    await guest.write(1, Buffer.alloc(512, 'later'), MIB);
    const after = await held(files, TWO);
    wake();
    await zombie;
    if (shows(files).join() !== TWO || (await held(files, TWO)) !== after)
      t.fail(`paused before call ${pause + 1}: ${shows(files).join()}`);
  }
  t.pass('at every call');
});

test('an arrival of a move that was given up is never taken for a later one', async (t) => {
  const files = await newFiles();
  const { one, two } = sharesOf(files);
  const arrivals = arrivalsOf(two);
  await converge(one.volumes, keyOf(1), LEAVING);
  await converge(arrivals, keyOf(1), ARRIVAL);
  const late = files.disk.copy();
  await dissolve(arrivals, keyOf(1));
  t.same(leftovers(files), []);
  t.same(shows(files), [ONE]);

  // A process that was paused publishes it after all, and the volume was written to meanwhile.
  const again = new MemoryFileSystem(late);
  await new Guest(again, ONE).write(1, Buffer.alloc(512, 'meanwhile'), MIB);
  const now = await held(again, ONE);
  const later = sharesOf(again);
  const second = { ...ARRIVAL, move: 2 };
  t.same(await later.two.arrivals?.observe(keyOf(1), second, call()), { presence: 'absent' });
  await converge(later.one.volumes, keyOf(1), { ...LEAVING, leaving: 2 });
  await converge(arrivalsOf(later.two), keyOf(1), second);
  t.same(namesIn(again, `${TWO}/.gdcloud/arrived`), [`${uuid(1)}.2`]);
  // Who meant to remove the first one removes nothing of the second.
  const known = { ...keyOf(1), external: asExternalId(`${uuid(1)}.1`) };
  await arrivalsOf(later.two).delete(known, call());
  t.same(namesIn(again, `${TWO}/.gdcloud/arrived`), [`${uuid(1)}.2`]);
  await dissolve(later.one.volumes, keyOf(1));
  const origin = { volume: uuid(1), move: 2 };
  await converge(later.two.volumes, keyOf(1), { ...VOLUME, origin });
  t.equal(await held(again, TWO), now);
  t.match(await one.volumes.observe(keyOf(1), VOLUME, call()), { presence: 'present' });
});

test('nothing arrives of a volume that does not leave, or by another move', async (t) => {
  const files = await newFiles();
  const { one, two } = sharesOf(files);
  const refusal = { outcome: 'rejected', code: 'NotLeaving' };
  await t.rejects(arrivalsOf(two).create(keyOf(1), ARRIVAL, call()), refusal);
  await converge(one.volumes, keyOf(1), { ...LEAVING, leaving: 2 });
  await t.rejects(arrivalsOf(two).create(keyOf(1), ARRIVAL, call()), refusal);
  t.same(leftovers(files), []);
  await converge(one.volumes, keyOf(1), VOLUME);
  const second = { ...ARRIVAL, move: 2 };
  await t.rejects(arrivalsOf(two).create(keyOf(1), second, call()), refusal);
});

test('a volume is made of nothing but what has arrived', async (t) => {
  const files = await newFiles();
  const { two } = sharesOf(files);
  const origin = { volume: uuid(1), move: 1 };
  await t.rejects(two.volumes.create(keyOf(1), { ...VOLUME, origin }, call()), {
    outcome: 'rejected',
    code: 'OriginMissing',
  });
  await t.rejects(two.volumes.create(keyOf(2), { ...VOLUME, origin }, call()), {
    code: 'OriginMissing',
  });
});

test('a share that can not be read from keeps a move waiting, and is not the fault of the other', async (t) => {
  const files = await newFiles();
  await converge(sharesOf(files).one.volumes, keyOf(1), LEAVING);
  files.disk.rename(ONE, '/srv/gone');
  const arrivals = arrivalsOf(sharesOf(files).two);
  await t.rejects(arrivals.create(keyOf(1), ARRIVAL, call()), {
    outcome: 'rejected',
    code: 'SourceAway',
  });
  files.disk.rename('/srv/gone', ONE);
  t.match(await arrivals.create(keyOf(1), ARRIVAL, call()), { settled: true });
});

test('what a move takes is told before it', async (t) => {
  const files = await newFiles();
  const { one, two } = sharesOf(files);
  const arrivals = arrivalsOf(two);
  const foreseen = await arrivals.foresee?.(ARRIVAL, call());
  await converge(one.volumes, keyOf(1), LEAVING);
  const seen = await converge(arrivals, keyOf(1), ARRIVAL);
  if (seen.presence !== 'present' || foreseen === undefined) throw new Error('nothing was told');
  t.equal(foreseen.actual.virtualBytes, seen.actual.virtualBytes);
  // What is left out of blocks that are not full is not known before.
  const { physicalBytes } = seen.actual;
  t.ok(foreseen.actual.physicalBytes >= physicalBytes, `${physicalBytes} bytes`);
  t.ok(foreseen.actual.physicalBytes <= 2 * (2 * MIB + 4096) + 16_384);
  const thin = await two.volumes.foresee?.(VOLUME, call());
  t.match(thin?.actual, { virtualBytes: SIZE });
  await converge(two.volumes, keyOf(5), VOLUME);
  const { length } = await filesOfDisk(files, 5);
  t.ok((thin?.actual.physicalBytes ?? 0) >= length && length > 0);
});

test('a driver of one share moves nothing', (t) => {
  const driver: StorageDriver = createNfsVhdDriver({ folder: ONE });
  t.equal(driver.arrivals, undefined);
  t.end();
});
