import { basename, dirname } from 'node:path';
import { type DriverCall, DriverFailure, type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { type Test, test } from 'tap';
import { converge } from '../support/converge.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { wrappedFileSystem } from '../support/wrapped-file-system.js';

const FOLDER = '/srv/share';
/** Where what was in the planted thing's place has gone to. */
const OUTSIDE = '/outside';

const VOLUME = { name: 'v', sizeBytes: 4 * MIB, use: 'free' } as const;
const IMAGE = {
  name: 'i',
  sizeBytes: 4 * MIB,
  source: { kind: 'generated', osType: 'linux' },
} as const;
const SNAPSHOT = { name: 's', volume: uuid(1) };

/** What somebody puts there instead; `elsewhere` is where all was moved to that was there. */
const PLANTS: Readonly<
  Record<string, (disk: MemoryDisk, path: string, elsewhere: string) => unknown>
> = {
  'a link to where it was moved': (disk, path, elsewhere) => disk.makeSymbolicLink(elsewhere, path),
  'a link upwards': (disk, path) => disk.makeSymbolicLink('../..', path),
  'a link to nothing': (disk, path, elsewhere) => disk.makeSymbolicLink(`${elsewhere}.made`, path),
  'a link to itself': (disk, path) => disk.makeSymbolicLink(path, path),
  'a pipe': (disk, path) => disk.makeSpecial('pipe', path),
  'a socket': (disk, path) => disk.makeSpecial('socket', path),
  'an empty file': (disk, path) => disk.make(path, 0o600).close(),
  'a folder': (disk, path) => disk.makeFolder(path),
};

const OPERATIONS: Readonly<
  Record<string, (driver: StorageDriver, call: DriverCall) => Promise<unknown>>
> = {
  observe: ({ volumes }, call) => volumes.observe(keyOf(1), VOLUME, call),
  'observe one to go': ({ volumes }, call) => volumes.observe(keyOf(3), undefined, call),
  'observe a snapshot': async ({ snapshots }, call) =>
    snapshots?.observe(keyOf(11), SNAPSHOT, call),
  'observe an image': ({ images }, call) => images.observe(keyOf(2), IMAGE, call),
  'list volumes': ({ volumes }, call) => volumes.list(undefined, call),
  'list images': ({ images }, call) => images.list(undefined, call),
  'list snapshots': async ({ snapshots }, call) => snapshots?.list(undefined, call),
  'tell the share': (driver, call) => driver.pools(call),
  read: async ({ content }, call) => {
    const disk = await content?.read({ kind: 'volume', key: keyOf(1) }, 'raw', call);
    await disk?.close();
  },
  'keep up': (driver, call) => keepUp(driver, call),
  create: ({ volumes }, call) => volumes.create(keyOf(20), VOLUME, call),
  clone: ({ volumes }, call) =>
    volumes.create(keyOf(21), { ...VOLUME, origin: { image: uuid(2) } }, call),
  'copy a snapshot': ({ volumes }, call) =>
    volumes.create(keyOf(22), { ...VOLUME, origin: { snapshot: uuid(11) } }, call),
  'take a snapshot': ({ volumes }, call) =>
    converge(volumes, keyOf(1), { ...VOLUME, snapshots: [uuid(11), uuid(23)] }, call),
  'go back': ({ volumes }, call) =>
    converge(volumes, keyOf(1), { ...VOLUME, restore: { snapshot: uuid(11), count: 2 } }, call),
  grow: ({ volumes }, call) => converge(volumes, keyOf(1), { ...VOLUME, sizeBytes: 8 * MIB }, call),
  quarantine: async ({ volumes }, call) => volumes.quarantine?.(keyOf(3), call),
  release: ({ volumes }, call) =>
    volumes.update(keyOf(4), VOLUME, { field: 'quarantined', desired: false, actual: true }, call),
  'delete a snapshot': async ({ snapshots }, call) => snapshots?.delete(keyOf(11), call),
  delete: ({ volumes }, call) => volumes.delete(keyOf(1), call),
  'delete an image': ({ images }, call) => images.delete(keyOf(2), call),
};

const READY = new Map([1, 2, 3, 4, 11].map((n) => [uuid(n), 'closed'] as const));

async function keepUp(driver: StorageDriver, call: DriverCall): Promise<void> {
  const [share] = await driver.pools(call);
  if (share === undefined) throw new Error('the driver has no share');
  let cursor: string | undefined;
  do {
    const request = { pool: share.external, disks: READY, cursor };
    cursor = (await driver.upkeep?.(request, call))?.cursor;
  } while (cursor !== undefined);
}

/** A share on which everything lies that can: all folders of ours, and in each of them something. */
async function madeShare(): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ clock: systemClock });
  for (const folder of [OUTSIDE, dirname(FOLDER)]) disk.makeFolder(folder);
  const driver = createNfsVhdDriver({ folder: FOLDER }, { files: new MemoryFileSystem(disk) });
  const { images, volumes, snapshots } = driver;
  await images.create(keyOf(2), IMAGE, call());
  await converge(volumes, keyOf(1), { ...VOLUME, origin: { image: uuid(2) } });
  await converge(volumes, keyOf(1), { ...VOLUME, snapshots: [uuid(11), uuid(12)] });
  await converge(volumes, keyOf(1), { ...VOLUME, restore: { snapshot: uuid(11), count: 1 } });
  await converge(volumes, keyOf(3), { ...VOLUME, origin: { snapshot: uuid(12) } });
  await converge(volumes, keyOf(4), VOLUME);
  await volumes.quarantine?.(keyOf(4), call());
  await snapshots?.delete(keyOf(12), call());
  await keepUp(driver, call());
  disk.make(`${FOLDER}/.gdcloud/tmp/${uuid(5)}.volume.${'0'.repeat(16)}.1`, 0o600).close();
  return disk;
}

function pathsIn(disk: MemoryDisk, folder: string): readonly string[] {
  return disk.names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return disk.status(path)?.kind === 'folder' ? [path, ...pathsIn(disk, path)] : [path];
  });
}

for (const [what, plant] of Object.entries(PLANTS)) {
  test(`${what} at any name on a share leads nowhere and hangs nothing`, async (t) => {
    const made = await madeShare();
    const paths = pathsIn(made, FOLDER);
    t.ok(paths.length > 25, `${paths.length} names`);
    for (const path of paths) {
      const disk = made.copy();
      const elsewhere = `${OUTSIDE}/${basename(path)}`;
      disk.rename(path, elsewhere);
      plant(disk, path, elsewhere);
      await verify(t, disk, path);
    }
  });
}

/** Asks for everything of a share on which something was planted. */
async function verify(t: Test, disk: MemoryDisk, planted: string): Promise<void> {
  const wrong: string[] = [];
  const files = wrappedFileSystem(new MemoryFileSystem(disk), async (called, path, work) => {
    const folder = ON_FOLDERS.has(called) ? path : dirname(path);
    if (goesThroughLink(disk, folder)) wrong.push(`${called} ${path} goes through a link`);
    return work();
  });
  const driver = createNfsVhdDriver({ folder: FOLDER }, { files });
  const before = statesIn(disk, OUTSIDE);
  for (const [operation, work] of Object.entries(OPERATIONS)) {
    const ended = await work(driver, call(operation)).catch((thrown) => thrown);
    if (statesIn(disk, OUTSIDE) !== before) wrong.push(`${operation} changes what is elsewhere`);
    if (!(ended instanceof Error)) continue;
    if (!(ended instanceof DriverFailure)) wrong.push(`${operation}: ${ended.message}`);
    else if (!isClear(ended, planted))
      wrong.push(`${operation}: ${ended.outcome} ${ended.code} ${ended.message}`);
  }
  t.same(wrong, [], planted);
}

const ON_FOLDERS: ReadonlySet<string> = new Set(['names', 'entries', 'syncFolder', 'space']);

function goesThroughLink(disk: MemoryDisk, folder: string): boolean {
  for (let place = folder; place.length > FOLDER.length; place = dirname(place)) {
    if (disk.status(place)?.kind === 'symbolicLink') return true;
  }
  return false;
}

// Whoever is to look what was put there has to be told where.
function isClear({ code, message }: DriverFailure, path: string): boolean {
  if (code === 'ShareFailing' || code === 'ShareDenied') return false;
  return !ABOUT_A_NAME.has(code) || message.includes(path);
}

const ABOUT_A_NAME: ReadonlySet<string> = new Set(['SymbolicLink', 'NotADisk', 'NotAFolder']);

function statesIn(disk: MemoryDisk, folder: string): string {
  return JSON.stringify(pathsIn(disk, folder).map((path) => [path, disk.status(path)]));
}
