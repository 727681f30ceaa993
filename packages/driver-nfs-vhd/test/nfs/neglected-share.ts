import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type { Clock, StorageDriver, VolumeDesired } from '@gdcloud/core';
import { createNfsVhdDriver, type FileSystem, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';
import { converge, dissolve } from '../support/converge.js';
import { keyOf, MIB, uuid } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { clockAhead, keepUpOnce } from '../support/keep-up-rounds.js';
import { contentOf } from './share-content.js';
import { folderOf, type SharedByTwo } from './two-clients.js';

const DAY_MS = 25 * 60 * 60_000;
const MOST_DAYS = 14;
const SIZE = { name: 'v', sizeBytes: 4 * MIB } as const;
const IMAGE = { ...SIZE, source: { kind: 'generated', osType: 'linux' } } as const;
const FREE: VolumeDesired = { ...SIZE, use: 'free' };
/** An image, a volume, its only snapshot that was not removed, and a volume whose only snapshot was. */
const WANTED = [1, 2, 4, 6] as const;
const RECORDED = WANTED.map((n) => uuid(n));

/** A driver, and where it has the share. */
export interface Keeper {
  readonly driver: StorageDriver;
  readonly folder: string;
}

/**
 * A share on which upkeep has everything to do that it ever does: a removed snapshot to be joined with another one, one that the
 * volume above is joined with, one that nothing reads from, and something half written. It is made on the server, before
 * any client has seen it.
 */
export class NeglectedShare {
  readonly share: SharedByTwo;
  readonly clock: Clock = clockAhead(() => this.#aheadMs);
  #aheadMs = 0;
  #contents: readonly string[] = [];

  private constructor(share: SharedByTwo) {
    this.share = share;
  }

  /** Makes it, and keeps it up for some days without anything going wrong. */
  static async make(share: SharedByTwo, days = 0): Promise<NeglectedShare> {
    const neglected = new NeglectedShare(share);
    const folder = neglected.#onServer;
    await neglect(neglected.#server.driver, new Guest(nodeFileSystem, folder));
    writeFileSync(`${folder}/.gdcloud/tmp/evidence.${uuid(0x777)}`, 'half');
    neglected.#contents = await neglected.#read();
    for (let day = 0; day < days; day += 1) {
      await neglected.round(neglected.#server);
      neglected.dayPasses();
    }
    return neglected;
  }

  get #onServer(): string {
    return `${this.share.rig.onServer()}/${this.share.name}`;
  }

  get #server(): Keeper {
    const folder = this.#onServer;
    return { folder, driver: this.#driverOn(folder, nodeFileSystem) };
  }

  /** How far this share's time is ahead. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** The driver of this process, its calls made by another one on a client. */
  keeper(client: 'a' | 'b', files: FileSystem): Keeper {
    const folder = folderOf(this.share, client);
    return { folder, driver: this.#driverOn(folder, files) };
  }

  /** A round of upkeep, and the own pass of the volume that may be joined. */
  async round({ driver, folder }: Keeper): Promise<void> {
    await keepUpOnce(driver, { folder, recorded: RECORDED });
    await converge(driver.volumes, keyOf(6), FREE);
  }

  dayPasses(): void {
    this.#aheadMs += DAY_MS;
  }

  /** What anybody wants reads as it did in the beginning, by 7-Zip on the server. */
  async readsTheSame(t: Test, when: string): Promise<void> {
    t.same(await this.#read(), this.#contents, `${when}: all disks read the same on the server`);
  }

  /**
   * Nothing is left over once the days have passed that everything waits for. Nobody disturbs these, so they pass on the server, to
   * which no client goes any more.
   */
  async isKeptUpAtLast(t: Test, when: string): Promise<void> {
    for (let day = 0; day < MOST_DAYS && this.#left() !== ''; day += 1) {
      await this.round(this.#server);
      this.dayPasses();
    }
    await this.readsTheSame(t, when);
    t.equal(this.#left(), '', `${when}: nothing is left over`);
    const guest = new Guest(nodeFileSystem, this.#onServer);
    t.same([await guest.depth(2), await guest.depth(6)], [3, 2], `${when}: chains are short`);
    for (const n of WANTED) await guest.check(n);
  }

  #driverOn(folder: string, files: FileSystem): StorageDriver {
    const upkeep = { bytesPerSecond: 2 ** 32 };
    return createNfsVhdDriver({ folder, upkeep }, { files, clock: this.clock });
  }

  async #read(): Promise<readonly string[]> {
    const parents = this.#disks().filter((name) => !RECORDED.some((own) => own === name));
    const hashes: string[] = [];
    for (const disk of RECORDED) {
      const others = [...RECORDED.filter((other) => other !== disk), ...parents];
      hashes.push(await contentOf(this.#onServer, disk, others));
    }
    return hashes;
  }

  // What lies beside disks, records of their generations and certificates: names only.
  #left(): string {
    const own = (['tmp', 'trash', 'retired', 'join', 'sum'] as const).flatMap((folder) => {
      const path = `${this.#onServer}/.gdcloud/${folder}`;
      const names = existsSync(path) ? readdirSync(path) : [];
      // Checksums of what stays, stay.
      return names
        .filter((name) => folder !== 'sum' || !RECORDED.some((wanted) => wanted === name))
        .map((name) => `${folder}/${name}`);
    });
    const disks = this.#disks().filter((name) => !RECORDED.some((wanted) => wanted === name));
    return [...disks, ...own].join(' ');
  }

  #disks(): readonly ReturnType<typeof uuid>[] {
    const names = new Set(readdirSync(this.#onServer));
    return Array.from({ length: 10 }, (_, n) => uuid(n)).filter((disk) => names.has(`${disk}.vhd`));
  }
}

async function neglect(driver: StorageDriver, guest: Guest): Promise<void> {
  const { images, volumes, snapshots } = driver;
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  const write = (n: number, text: string): Promise<void> =>
    guest.write(n, Buffer.alloc(3 * 512, `${text}.`), (text.length % 4) * 512);
  const take = async (volume: number, snapshot: number): Promise<void> => {
    await converge(volumes, keyOf(volume), { ...FREE, snapshots: [uuid(snapshot)] });
    await write(volume, `after ${snapshot}`.repeat(snapshot % 3));
  };
  await converge(images, keyOf(1), IMAGE);
  for (const n of [2, 6]) {
    await converge(volumes, keyOf(n), { ...FREE, origin: { image: uuid(1) } });
    await write(n, `first ${n}`);
  }
  await converge(volumes, keyOf(8), FREE);
  for (const snapshot of [3, 4]) await take(2, snapshot);
  await take(6, 7);
  await take(8, 9);
  await dissolve(volumes, keyOf(8));
  for (const n of [3, 7, 9]) await dissolve(snapshots, keyOf(n));
}
