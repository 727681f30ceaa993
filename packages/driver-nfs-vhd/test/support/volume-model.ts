import assert from 'node:assert/strict';
import type { ResourceUuid, StorageDriver, VolumeDesired } from '@gdcloud/core';
import { asExternalId } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { converge, dissolve } from './converge.js';
import { call, keyOf, MIB, uuid } from './fixtures.js';
import { Guest } from './guest.js';
import { HurriedClock } from './hurried-clock.js';
import { SECTOR, TaggedSectors } from './tagged-sectors.js';

const FOLDER = '/srv/share';
const DAY_MS = 25 * 60 * 60_000;
const FIRST_BYTES = 4 * MIB;
const MOST_BYTES = 10 * MIB;
const MOST_VOLUMES = 5;
const MOST_SNAPSHOTS = 8;
/** A chain that nobody needs goes a file after the other. */
const MOST_ROUNDS = 150;

/** Where reads go, and what they should have brought: new memory for each costs more than all else. */
const READ = Buffer.alloc(MOST_BYTES);
const EXPECTED = new TaggedSectors(MOST_BYTES);

/** What can be asked of a share; numbers are taken modulo what there is. */
export const VOLUME_DEEDS = [
  'create',
  'write',
  'write',
  'write',
  'write',
  'read',
  'snapshot',
  'snapshot',
  'copy',
  'restore',
  'grow',
  'hand over',
  'remove volume',
  'remove snapshot',
  'keep up',
] as const;

const WHOLE = { sector: 0, sectors: MOST_BYTES / SECTOR };

/** One deed, as chance says it. */
export interface VolumeDeed {
  readonly what: (typeof VOLUME_DEEDS)[number];
  readonly volume: number;
  readonly snapshot: number;
  readonly sector: number;
  readonly sectors: number;
  readonly tag: number;
}

interface Volume {
  readonly n: number;
  /** What each sector of it reads: a number repeated, 0 for zeros. */
  tags: Uint32Array;
  restores: number;
  use: 'free' | 'attached';
  desired: VolumeDesired;
}

interface Snapshot {
  readonly n: number;
  readonly volume: number;
  readonly tags: Uint32Array;
}

/** A share, and beside it the plain arrays that its volumes and snapshots should read like. */
export class VolumeModel {
  readonly #clock = new HurriedClock();
  readonly #disk = new MemoryDisk({ clock: this.#clock });
  readonly #driver: StorageDriver;
  readonly #guest: Guest;
  readonly #volumes: Volume[] = [];
  readonly #snapshots: Snapshot[] = [];
  #numbers = 0;

  /** How many files upkeep has joined with others, and how many it has set aside. */
  readonly keptUp = { joined: 0, aside: 0 };

  constructor() {
    const files = new MemoryFileSystem(this.#disk);
    const upkeep = {
      bytesPerSecond: 2 ** 40,
      scrubEveryMs: Number.POSITIVE_INFINITY,
      mostFiles: 8,
    };
    this.#driver = createNfsVhdDriver({ folder: FOLDER, upkeep }, { files, clock: this.#clock });
    this.#guest = new Guest(files, FOLDER);
  }

  /** Does one deed to both, and compares what it touched. Tells whether there was something that it could be done to. */
  async deed(deed: VolumeDeed): Promise<'done' | 'impossible'> {
    const volume = this.#volumes[deed.volume % Math.max(1, this.#volumes.length)];
    const snapshot = this.#snapshots[deed.snapshot % Math.max(1, this.#snapshots.length)];
    if (volume === undefined || deed.what === 'create') return this.#create(undefined);
    switch (deed.what) {
      case 'write':
        return this.#write(volume, deed);
      case 'read':
        return this.#compare(volume, deed);
      case 'snapshot':
        return this.#snapshot(volume);
      case 'copy':
        return snapshot === undefined ? 'impossible' : this.#create(snapshot);
      case 'restore':
        return this.#restore(volume, deed);
      case 'grow':
        return this.#grow(volume);
      case 'hand over':
        return this.#handOver(volume);
      case 'remove volume':
        await dissolve(this.#driver.volumes, keyOf(volume.n));
        this.#volumes.splice(this.#volumes.indexOf(volume), 1);
        return 'done';
      case 'remove snapshot':
        return snapshot === undefined ? 'impossible' : this.#remove(snapshot);
      case 'keep up':
        return this.#keepUp();
    }
  }

  /** Compares all there is, sector by sector, also after a loss of power, and checks every file. */
  async compareAll(): Promise<void> {
    for (const state of ['as it is', 'after a loss of power'] as const) {
      if (state === 'after a loss of power') this.#disk.powerLoss();
      for (const one of [...this.#volumes, ...this.#snapshots]) {
        await this.#compare(one, WHOLE);
        await this.#guest.check(one.n);
      }
    }
    const listed = async (driver: Pick<StorageDriver['volumes'], 'list'>): Promise<unknown> =>
      (await driver.list(undefined, call())).objects.map((object) => object.uuid);
    const known = (kept: readonly { readonly n: number }[]): unknown =>
      kept.map(({ n }) => uuid(n)).toSorted();
    assert.deepEqual(await listed(this.#driver.volumes), known(this.#volumes));
    assert.deepEqual(await listed(this.#driver.images), []);
    assert.deepEqual(await listed(this.#snapshotDriver), known(this.#snapshots));
  }

  /** Removes all there is but a new volume, and keeps the share up until nothing else is left on it. */
  async removeAll(): Promise<void> {
    for (const { n } of this.#volumes) await dissolve(this.#driver.volumes, keyOf(n));
    for (const { n } of this.#snapshots.toReversed()) {
      await dissolve(this.#snapshotDriver, keyOf(n));
    }
    this.#volumes.length = 0;
    this.#snapshots.length = 0;
    await this.#create(undefined);
    for (let round = 0; round < MOST_ROUNDS && this.#left().length > 1; round += 1)
      await this.#keepUp();
    assert.deepEqual(this.#left(), [`${uuid(this.#numbers)}.vhd`]);
  }

  /** Names of disks, and of all that is about any. */
  #left(): readonly string[] {
    const disks = this.#disk.names(FOLDER).filter((name) => name.endsWith('.vhd'));
    const own = ['tmp', 'volume', 'snapshot', 'retired', 'trash', 'join', 'sum'].flatMap(
      (folder) => {
        const path = `${FOLDER}/.gdcloud/${folder}`;
        return this.#disk.status(path) === undefined ? [] : this.#disk.names(path);
      },
    );
    return [...disks, ...own];
  }

  /** A round of upkeep, and a day. */
  async #keepUp(): Promise<'done'> {
    const disks = new Map<ResourceUuid, 'open' | 'closed'>([
      ...this.#volumes.map(({ n, use }) => [uuid(n), use === 'free' ? 'closed' : 'open'] as const),
      ...this.#snapshots.map(({ n }) => [uuid(n), 'closed'] as const),
    ]);
    let cursor: string | undefined;
    do {
      const request = { pool: asExternalId(FOLDER), disks, cursor };
      const report = await this.#driver.upkeep?.(request, call());
      assert.deepEqual(report?.problems, []);
      for (const words of report?.done ?? []) {
        if (words.startsWith('joined')) this.keptUp.joined += 1;
        if (words.startsWith('set ')) this.keptUp.aside += 1;
      }
      cursor = report?.cursor;
    } while (cursor !== undefined);
    this.#clock.time += DAY_MS;
    return 'done';
  }

  get #snapshotDriver(): NonNullable<StorageDriver['snapshots']> {
    const { snapshots } = this.#driver;
    if (snapshots === undefined) throw new Error('the driver has no snapshots');
    return snapshots;
  }

  async #create(origin: Snapshot | undefined): Promise<'done' | 'impossible'> {
    if (this.#volumes.length >= MOST_VOLUMES) return 'impossible';
    const n = this.#next();
    const desired: VolumeDesired = {
      name: 'v',
      sizeBytes: origin === undefined ? FIRST_BYTES : origin.tags.length * SECTOR,
      ...(origin === undefined ? {} : { origin: { snapshot: uuid(origin.n) } }),
    };
    if (!(await this.#ask(n, desired))) return 'impossible';
    const tags = origin?.tags.slice() ?? new Uint32Array(FIRST_BYTES / SECTOR);
    this.#volumes.push({ n, tags, restores: 0, use: 'attached', desired });
    return 'done';
  }

  async #write(volume: Volume, { sector, sectors, tag }: VolumeDeed): Promise<'done'> {
    const first = sector % volume.tags.length;
    const count = Math.min(sectors, volume.tags.length - first);
    const words = new Uint32Array((count * SECTOR) / 4).fill(tag);
    await this.#guest.write(volume.n, Buffer.from(words.buffer), first * SECTOR);
    volume.tags.fill(tag, first, first + count);
    return 'done';
  }

  async #snapshot(volume: Volume): Promise<'done' | 'impossible'> {
    if (this.#snapshots.length >= MOST_SNAPSHOTS) return 'impossible';
    const n = this.#next();
    const snapshots = [uuid(n)];
    if (!(await this.#change(volume, { ...volume.desired, snapshots }))) return 'impossible';
    this.#snapshots.push({ n, volume: volume.n, tags: volume.tags.slice() });
    const { snapshots: _taken, ...desired } = volume.desired;
    volume.desired = desired;
    return 'done';
  }

  async #restore(volume: Volume, deed: VolumeDeed): Promise<'done' | 'impossible'> {
    const own = this.#snapshots.filter((snapshot) => snapshot.volume === volume.n);
    const snapshot = own[deed.snapshot % Math.max(1, own.length)];
    if (snapshot === undefined) return 'impossible';
    const count = volume.restores + 1 + (deed.tag % 2);
    const restore = { snapshot: uuid(snapshot.n), count };
    if (!(await this.#change(volume, { ...volume.desired, restore }))) return 'impossible';
    const tags = new Uint32Array(volume.tags.length);
    tags.set(snapshot.tags);
    volume.tags = tags;
    volume.restores = count;
    return 'done';
  }

  async #grow(volume: Volume): Promise<'done' | 'impossible'> {
    const sizeBytes = volume.tags.length * SECTOR + 2 * MIB;
    if (sizeBytes > MOST_BYTES) return 'impossible';
    if (!(await this.#change(volume, { ...volume.desired, sizeBytes }))) return 'impossible';
    const tags = new Uint32Array(sizeBytes / SECTOR);
    tags.set(volume.tags);
    volume.tags = tags;
    return 'done';
  }

  async #handOver(volume: Volume): Promise<'done'> {
    await this.#ask(volume.n, { ...volume.desired, use: 'attached' });
    volume.use = 'attached';
    return 'done';
  }

  async #remove(snapshot: Snapshot): Promise<'done'> {
    await dissolve(this.#snapshotDriver, keyOf(snapshot.n));
    this.#snapshots.splice(this.#snapshots.indexOf(snapshot), 1);
    const desired = { name: 's', volume: uuid(snapshot.volume) };
    const seen = await this.#snapshotDriver.observe(keyOf(snapshot.n), desired, call());
    assert.equal(seen.presence, 'absent');
    return 'done';
  }

  async #change(volume: Volume, desired: VolumeDesired): Promise<boolean> {
    if (!(await this.#ask(volume.n, { ...desired, use: 'free' }))) return false;
    volume.use = 'free';
    volume.desired = desired;
    return true;
  }

  // Where nothing is kept up for long, a chain gets as long as it can.
  async #ask(n: number, desired: VolumeDesired): Promise<boolean> {
    try {
      await converge(this.#driver.volumes, keyOf(n), desired);
      return true;
    } catch (thrown) {
      const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ChainTooLong';
      if (!isFull) throw thrown;
      return false;
    }
  }

  async #compare(
    { n, tags }: Pick<Volume, 'n' | 'tags'>,
    { sector, sectors }: Pick<VolumeDeed, 'sector' | 'sectors'>,
  ): Promise<'done'> {
    const first = sector % tags.length;
    const expected = EXPECTED.bytes(tags.subarray(first, first + sectors));
    const read = READ.subarray(0, expected.length).fill(0xee);
    const sizeBytes = await this.#guest.readInto(n, read, first * SECTOR);
    assert.equal(sizeBytes, tags.length * SECTOR);
    assert.ok(read.equals(expected), `disk ${n}`);
    return 'done';
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}
