import { asExternalId, type StorageDriver, systemClock } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import t, { test } from 'tap';
import { converge } from '../support/converge.js';
import { call, keyOf, MIB, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { clockAhead, keepUpOnce } from '../support/keep-up-rounds.js';

// A busy machine takes its time.
t.setTimeout(120_000);

const HOUR = 60 * 60_000;
const ONE = { folder: '/srv/one', name: 'one' };
const TWO = { folder: '/srv/two', name: 'two' };
const SIZE = 4 * MIB;

interface World {
  readonly files: MemoryFileSystem;
  readonly driver: StorageDriver;
  /** Lets as much time pass as lies between two scrubs. */
  later(): void;
}

/** An image on one share, with checksums, and its copy on another. */
async function world(): Promise<World> {
  const files = new MemoryFileSystem(new MemoryDisk({ clock: systemClock }));
  let ahead = 0;
  const driver = createNfsVhdDriver(
    { shares: [ONE, TWO], upkeep: { scrubEveryMs: HOUR } },
    { files, clock: clockAhead(() => ahead) },
  );
  const [one, two] = driver.shares ?? [];
  if (one === undefined || two === undefined) throw new Error('there are no two shares');
  const image = { name: 'i', sizeBytes: SIZE };
  const source = { kind: 'generated', osType: 'linux' } as const;
  await converge(one.images, keyOf(1), { ...image, source });
  const copied = { kind: 'copy', image: uuid(1), share: asExternalId(ONE.folder) } as const;
  await converge(two.images, keyOf(2), { ...image, source: copied });
  await keepUpOnce(driver, { ...ONE, recorded: [uuid(1)] });
  const later = (): void => {
    ahead += 2 * HOUR;
  };
  later();
  return { files, driver, later };
}

/** Bits of the image flip where its first block is. */
function damage({ files: { disk } }: World): void {
  const path = `${ONE.folder}/${uuid(1)}.vhd`;
  const file = disk.open(path, 'write');
  const { sizeBytes } = file.status();
  file.writeAt(Buffer.alloc(64, 0xa5), sizeBytes - 2 * MIB - 512 + 128);
  file.sync();
  file.close();
}

test('what is damaged on one share is mended with a copy on another', async (t) => {
  const all = await world();
  const { files, driver } = all;
  const guest = new Guest(files, ONE.folder);
  const before = await guest.read(1);
  damage(all);
  t.notOk((await guest.read(1)).equals(before), 'it is damaged');
  const done = await keepUpOnce(driver, { ...ONE, recorded: [uuid(1)] });
  t.ok((await guest.read(1)).equals(before), done.join());
});

test('a share that is away keeps no other from being scrubbed: the damage is told', async (t) => {
  const all = await world();
  const { files, driver } = all;
  damage(all);
  const two = new Map([[uuid(1), 'closed' as const]]);
  files.disk.rename(TWO.folder, '/srv/gone');
  const problems: string[] = [];
  let cursor: string | undefined;
  do {
    const pool = asExternalId(ONE.folder);
    const report = await driver.upkeep?.({ pool, disks: two, cursor }, call());
    problems.push(...(report?.problems ?? []));
    cursor = report?.cursor;
  } while (cursor !== undefined);
  t.match(problems.join(), new RegExp(uuid(1)));
  files.disk.rename('/srv/gone', TWO.folder);
  all.later();
  await keepUpOnce(driver, { ...ONE, recorded: [uuid(1)] });
  const [own, copy] = [new Guest(files, ONE.folder), new Guest(files, TWO.folder)];
  t.ok((await own.read(1)).equals(await copy.read(2)));
});
