import assert from 'node:assert/strict';
import { type StorageDriver, systemClock, type VolumeDesired } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { converge, dissolve } from './converge.js';
import { call, keyOf, MIB, uuid } from './fixtures.js';
import { Guest } from './guest.js';

const SECTOR = 512;
const FIRST_BYTES = 4 * MIB;
const MOST_BYTES = 10 * MIB;
const MOST_VOLUMES = 5;
const MOST_SNAPSHOTS = 8;

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
] as const;

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
  readonly #disk = new MemoryDisk({ clock: systemClock });
  readonly #driver: StorageDriver;
  readonly #guest: Guest;
  readonly #volumes: Volume[] = [];
  readonly #snapshots: Snapshot[] = [];
  #numbers = 0;

  constructor() {
    const files = new MemoryFileSystem(this.#disk);
    this.#driver = createNfsVhdDriver({ folder: '/srv/share' }, { files });
    this.#guest = new Guest(files, '/srv/share');
  }

  /** Does one deed to both, and compares what it touched. */
  async deed(deed: VolumeDeed): Promise<void> {
    const volume = this.#volumes[deed.volume % Math.max(1, this.#volumes.length)];
    const snapshot = this.#snapshots[deed.snapshot % Math.max(1, this.#snapshots.length)];
    if (volume === undefined || deed.what === 'create') return this.#create(undefined);
    switch (deed.what) {
      case 'write':
        return this.#write(volume, deed);
      case 'read':
        return this.#compare(volume);
      case 'snapshot':
        return this.#snapshot(volume);
      case 'copy':
        return this.#create(snapshot);
      case 'restore':
        return this.#restore(volume, deed);
      case 'grow':
        return this.#grow(volume);
      case 'hand over':
        return this.#handOver(volume);
      case 'remove volume':
        await dissolve(this.#driver.volumes, keyOf(volume.n));
        this.#volumes.splice(this.#volumes.indexOf(volume), 1);
        return;
      case 'remove snapshot':
        if (snapshot !== undefined) await this.#remove(snapshot);
    }
  }

  /** Compares all there is, sector by sector, also after a loss of power, and checks every file. */
  async compareAll(): Promise<void> {
    for (const state of ['as it is', 'after a loss of power'] as const) {
      if (state === 'after a loss of power') this.#disk.powerLoss();
      for (const one of [...this.#volumes, ...this.#snapshots]) {
        await this.#compare(one);
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

  /** Removes all there is; what is left are bases that nobody reads from and that upkeep removes. */
  async removeAll(): Promise<void> {
    for (const { n } of this.#volumes) await dissolve(this.#driver.volumes, keyOf(n));
    for (const { n } of this.#snapshots.toReversed()) {
      await dissolve(this.#snapshotDriver, keyOf(n));
    }
    const own = '/srv/share/.gdcloud';
    for (const folder of ['tmp', 'volume', 'snapshot', 'trash']) {
      const names = this.#disk.status(`${own}/${folder}`) && this.#disk.names(`${own}/${folder}`);
      assert.deepEqual(names ?? [], [], folder);
    }
    const disks = this.#disk.names('/srv/share').filter((name) => name.endsWith('.vhd'));
    const retired = this.#disk.status(`${own}/retired`) && this.#disk.names(`${own}/retired`);
    assert.deepEqual(disks.toSorted(), (retired ?? []).map((name) => `${name}.vhd`).toSorted());
  }

  get #snapshotDriver(): NonNullable<StorageDriver['snapshots']> {
    const { snapshots } = this.#driver;
    if (snapshots === undefined) throw new Error('the driver has no snapshots');
    return snapshots;
  }

  async #create(origin: Snapshot | undefined): Promise<void> {
    if (this.#volumes.length >= MOST_VOLUMES) return;
    const n = this.#next();
    const desired: VolumeDesired = {
      name: 'v',
      sizeBytes: origin === undefined ? FIRST_BYTES : origin.tags.length * SECTOR,
      ...(origin === undefined ? {} : { origin: { snapshot: uuid(origin.n) } }),
    };
    if (!(await this.#ask(n, desired))) return;
    const tags = origin?.tags.slice() ?? new Uint32Array(FIRST_BYTES / SECTOR);
    this.#volumes.push({ n, tags, restores: 0, use: 'attached', desired });
  }

  async #write(volume: Volume, { sector, sectors, tag }: VolumeDeed): Promise<void> {
    const first = sector % volume.tags.length;
    const count = Math.min(sectors, volume.tags.length - first);
    await this.#guest.write(
      volume.n,
      tagged(count, () => tag),
      first * SECTOR,
    );
    volume.tags.fill(tag, first, first + count);
  }

  async #snapshot(volume: Volume): Promise<void> {
    if (this.#snapshots.length >= MOST_SNAPSHOTS) return;
    const n = this.#next();
    const snapshots = [uuid(n)];
    if (!(await this.#change(volume, { ...volume.desired, snapshots }))) return;
    this.#snapshots.push({ n, volume: volume.n, tags: volume.tags.slice() });
    const { snapshots: _taken, ...desired } = volume.desired;
    volume.desired = desired;
  }

  async #restore(volume: Volume, deed: VolumeDeed): Promise<void> {
    const own = this.#snapshots.filter((snapshot) => snapshot.volume === volume.n);
    const snapshot = own[deed.snapshot % Math.max(1, own.length)];
    if (snapshot === undefined) return;
    const count = volume.restores + 1 + (deed.tag % 2);
    const restore = { snapshot: uuid(snapshot.n), count };
    if (!(await this.#change(volume, { ...volume.desired, restore }))) return;
    const tags = new Uint32Array(volume.tags.length);
    tags.set(snapshot.tags);
    volume.tags = tags;
    volume.restores = count;
  }

  async #grow(volume: Volume): Promise<void> {
    const sizeBytes = volume.tags.length * SECTOR + 2 * MIB;
    if (sizeBytes > MOST_BYTES) return;
    if (!(await this.#change(volume, { ...volume.desired, sizeBytes }))) return;
    const tags = new Uint32Array(sizeBytes / SECTOR);
    tags.set(volume.tags);
    volume.tags = tags;
  }

  async #handOver(volume: Volume): Promise<void> {
    await this.#ask(volume.n, { ...volume.desired, use: 'attached' });
    volume.use = 'attached';
  }

  async #remove(snapshot: Snapshot): Promise<void> {
    await dissolve(this.#snapshotDriver, keyOf(snapshot.n));
    this.#snapshots.splice(this.#snapshots.indexOf(snapshot), 1);
    const desired = { name: 's', volume: uuid(snapshot.volume) };
    const seen = await this.#snapshotDriver.observe(keyOf(snapshot.n), desired, call());
    assert.equal(seen.presence, 'absent');
  }

  async #change(volume: Volume, desired: VolumeDesired): Promise<boolean> {
    if (!(await this.#ask(volume.n, { ...desired, use: 'free' }))) return false;
    volume.use = 'free';
    volume.desired = desired;
    return true;
  }

  // Nothing joins files here, so a chain may get as long as it can.
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

  async #compare({ n, tags }: Pick<Volume, 'n' | 'tags'>): Promise<void> {
    const read = await this.#guest.read(n);
    const expected = tagged(tags.length, (index) => tags[index] ?? 0);
    assert.ok(read.equals(expected), `disk ${n}`);
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}

function tagged(count: number, tagOf: (index: number) => number): Buffer {
  const words = new Uint32Array((count * SECTOR) / 4);
  for (let index = 0; index < count; index += 1) {
    words.fill(tagOf(index), (index * SECTOR) / 4, ((index + 1) * SECTOR) / 4);
  }
  return Buffer.from(words.buffer);
}
