import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceUuid, StorageDriver } from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { type DiskContent, GROWN_BYTES, OPERATIONS } from './operations.js';
import { type RealMounts, VERSIONS, type Version } from './real-mounts.js';
import type { GuestProcess } from './rig/guest.js';
import { remoteDriver } from './rig/remote-driver.js';
import { remoteFiles } from './rig/remote-files.js';
import { contentOf, leftovers } from './share-content.js';

/** A share for a version, empty and of its own. */
export interface SharedByTwo {
  readonly version: Version;
  readonly name: string;
  readonly rig: RealMounts;
}

export function folderOf({ rig, version, name }: SharedByTwo, client: 'a' | 'b'): string {
  return `${rig.inGuest(version, client)}/${name}`;
}

/** Each of two clients gives a file of its own the name that both want. Who wins, and both see it the same. */
export async function raceToOneName(
  t: Test,
  share: SharedByTwo,
  clients: Readonly<Record<'a' | 'b', FileSystem>>,
): Promise<void> {
  const wins = { a: 0, b: 0 };
  for (let round = 0; round < 10; round += 1) {
    const publish = async (client: 'a' | 'b'): Promise<void> => {
      const folder = folderOf(share, client);
      const file = await clients[client].make(`${folder}/own-${client}-${round}`, 0o600);
      await file.writeAt(Buffer.from(client), 0);
      await file.sync();
      await file.close();
      await clients[client].link(`${folder}/own-${client}-${round}`, `${folder}/won-${round}`);
    };
    const endings = await Promise.allSettled([publish('a'), publish('b')]);
    const winners = (['a', 'b'] as const).filter((_, n) => endings[n]?.status === 'fulfilled');
    const [loser] = endings.filter((ending) => ending.status === 'rejected');
    t.equal(winners.length, 1, `one of two wins round ${round}`);
    t.match(loser, { reason: { code: 'EEXIST' } });
    for (const client of ['a', 'b'] as const) {
      const file = await clients[client].open(`${folderOf(share, client)}/won-${round}`);
      const target = Buffer.alloc(1);
      await file.readAt(target, 0);
      t.equal(target.toString(), winners[0], `${client} sees who has won`);
      t.equal((await file.status()).names, 2);
      await file.close();
    }
    const [winner] = winners;
    if (winner !== undefined) wins[winner] += 1;
  }
  t.comment(`${share.version}: ${JSON.stringify(wins)}`);
}

/** Every operation, on disks of its own from number `first` on, all at once. */
export class Storm {
  readonly #numbers: readonly number[];
  readonly #images: QuietContent;

  constructor(first: number, expected: QuietContent) {
    this.#numbers = OPERATIONS.map((_, index) => first + 10 * index);
    this.#images = expected;
  }

  async prepare(driver: StorageDriver): Promise<void> {
    for (const [index, operation] of OPERATIONS.entries())
      await untilDone(async () => operation.before?.(driver, this.#number(index)));
  }

  /** Starts all of it; what becomes of each. */
  run(driver: StorageDriver): Promise<readonly PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(
      OPERATIONS.map((operation, index) => operation.work(driver, this.#number(index))),
    );
  }

  /** Does all of it again with another client until it succeeds, and looks at the share from the server's side. */
  async converges(t: Test, driver: StorageDriver, folder: string, what: string): Promise<void> {
    const endings = await Promise.allSettled(
      OPERATIONS.map((operation, index) =>
        untilDone(() => operation.work(driver, this.#number(index))),
      ),
    );
    for (const [index, ending] of endings.entries())
      t.match(ending, { status: 'fulfilled' }, `${what}: ${OPERATIONS[index]?.name} is done`);
    for (const [index, operation] of OPERATIONS.entries()) {
      const wanted = operation.after(this.#number(index));
      const parents = (disk: ResourceUuid): readonly ResourceUuid[] =>
        [...wanted.keys()].filter((uuid) => uuid !== disk && wanted.get(uuid) !== 'gone');
      for (const [disk, content] of wanted) {
        const hash = await contentOf(folder, disk, parents(disk));
        const expected = content === 'gone' ? 'gone' : this.#images[content];
        t.equal(hash, expected, `${what}: ${operation.name}, as 7-Zip reads it on the server`);
      }
    }
    t.same(leftovers(folder), [], `${what}: nothing is left half made`);
  }

  #number(index: number): number {
    return this.#numbers[index] ?? 0;
  }
}

/**
 * As the kernel does: what may pass is tried again. v4.1 fails a call or two with EIO after a restart of the server, or when
 * a busy guest renews its lease too late.
 */
export async function untilDone<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      const mayPass =
        thrown instanceof Error &&
        'outcome' in thrown &&
        (thrown.outcome === 'ambiguous' || thrown.outcome === 'unavailable');
      if (!mayPass || tries === 10) throw thrown;
      await sleep(200);
    }
  }
}

/** The driver in the guest and one that has only its calls made there do the same things at the same time. */
export async function bothAtOnce(
  t: Test,
  share: SharedByTwo,
  storm: Storm,
  process: GuestProcess,
  files: FileSystem,
): Promise<void> {
  const one = remoteDriver(process.wire, folderOf(share, 'a'));
  const other = createNfsVhdDriver({ folder: folderOf(share, 'b') }, { files });
  await storm.prepare(one);
  const endings = (await Promise.all([storm.run(one), storm.run(other)])).flat();
  for (const ending of endings) {
    // Whoever comes too late says so, and looks again; nobody may say that it can't be done.
    if (ending.status === 'rejected')
      t.match(ending.reason, { name: 'DriverFailure', outcome: 'ambiguous' });
  }
  await storm.converges(t, other, `${share.rig.onServer()}/${share.name}`, share.version);
}

/** The process that makes the calls of the file system is killed after some of them, while all operations run. */
export async function killedBetweenCalls(
  t: Test,
  share: SharedByTwo,
  storm: Storm,
  other: FileSystem,
  calls: number,
): Promise<void> {
  const victim = await share.rig.guest.start('files');
  const files = remoteFiles(victim.wire);
  const quiet = createNfsVhdDriver({ folder: folderOf(share, 'b') }, { files: other });
  await storm.prepare(quiet);
  let made = 0;
  const counting = new Proxy(files, {
    get: (target, method: keyof FileSystem) => {
      made += 1;
      if (made === calls) void victim.kill();
      return target[method];
    },
  });
  await storm.run(createNfsVhdDriver({ folder: folderOf(share, 'a') }, { files: counting }));
  await victim.kill();
  const folder = `${share.rig.onServer()}/${share.name}`;
  await storm.converges(t, quiet, folder, `${share.version}, killed after ${calls} calls`);
}

/** A process with the whole driver is killed while it does everything in both versions, and more beside that. */
export async function driverKilled(
  t: Test,
  storms: readonly { readonly share: SharedByTwo; readonly storm: Storm }[],
  {
    victim,
    afterMs,
    beside,
  }: {
    readonly victim: GuestProcess;
    readonly afterMs: number;
    readonly beside: () => Promise<unknown>;
  },
  other: FileSystem,
): Promise<void> {
  const both = storms.map(({ share, storm }) => {
    const quiet = createNfsVhdDriver({ folder: folderOf(share, 'b') }, { files: other });
    return { share, storm, quiet };
  });
  await Promise.all(both.map(({ storm, quiet }) => storm.prepare(quiet)));
  const running = both.map(({ share, storm }) =>
    storm.run(remoteDriver(victim.wire, folderOf(share, 'a'))),
  );
  const more = beside();
  await sleep(afterMs);
  await victim.kill();
  await more;
  const endings = (await Promise.all(running)).flat();
  const cut = endings.filter(({ status }) => status === 'rejected').length;
  t.comment(`killed after ${Math.round(afterMs)} ms: ${cut} of ${endings.length} cut off`);
  for (const { share, storm, quiet } of both) {
    const folder = `${share.rig.onServer()}/${share.name}`;
    await storm.converges(t, quiet, folder, `${share.version}, killed`);
  }
}

/** For each version a share of its own. */
export function sharesOf(rig: RealMounts, name: string): readonly SharedByTwo[] {
  return VERSIONS.map((version) => {
    const share = { rig, version, name: `${name}-${version}` };
    rig.newFolder(share.name);
    return share;
  });
}

/** The hashes of what disks hold that nobody has disturbed. */
export type QuietContent = Readonly<Record<Exclude<DiskContent, 'gone'>, string>>;

/** See {@link QuietContent}. */
export async function quietContent(rig: RealMounts, files: FileSystem): Promise<QuietContent> {
  const [share] = sharesOf(rig, 'quiet');
  if (share === undefined) throw new Error('there is a share for each version');
  const driver = createNfsVhdDriver({ folder: folderOf(share, 'b') }, { files });
  const [image, volume] = OPERATIONS;
  await image?.work(driver, 1);
  await volume?.work(driver, 2);
  const at = `${rig.onServer()}/${share.name}`;
  return {
    image: await contentOf(at, uuid(1), []),
    zeros: await contentOf(at, uuid(2), []),
    grown: createHash('sha256').update(Buffer.alloc(GROWN_BYTES)).digest('hex'),
  };
}
