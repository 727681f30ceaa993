import { asUuid, type Clock, type Random, type StorageDriver } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem, type FirstUse } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { newDynamicVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import { call, GIB } from '../support/fixtures.js';
import { Guests } from './guests.js';
import type { Line } from './served-files.js';

const MOUNT = '/srv/share';
const AWAY = '/srv/away';
const BELOW = '/srv/below';
const WITNESS = '/srv/.share.gdcloud-share';

/** The disk that is on every share but an empty one: an image where volumes are examined. */
export const BASE = asUuid('01890000-0000-7000-8000-00000000ba5e');
const STRANGER = '01890000-0000-7000-8000-0000000057a0';

/** How the first process finds the share: in use; in use, and this machine is new; an empty folder, never used. */
export type ShareBefore = 'known' | 'newMachine' | 'empty';

/** What happens when the share goes away: an empty folder is seen in its place, or nothing answers. */
export type ShareAway = 'unmounted' | 'unreachable';

/** Where time and chance come from. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
}

/** A share with all that there is around it. */
export class ShareWorld {
  readonly disk: MemoryDisk;
  readonly line: Line = { state: 'up' };
  readonly guests: Guests;
  readonly #world: World;
  readonly #away: ShareAway;

  constructor(world: World, away: ShareAway) {
    this.#world = world;
    this.#away = away;
    this.disk = new MemoryDisk(world);
    this.guests = new Guests({ disk: this.disk, share: () => this.share }, world.random);
  }

  /** Where the share is now, mounted or not. */
  get share(): string {
    return this.disk.status(AWAY) === undefined ? MOUNT : AWAY;
  }

  /** The driver of the share, as a process has it that sees it through `files`. */
  open(files: FileSystem, { clock, random }: World, firstUse?: FirstUse): StorageDriver {
    return createNfsVhdDriver({ folder: MOUNT, firstUse }, { files, clock, random });
  }

  /** Brings the share into the state in which the first process finds it: with a disk of the other kind, unless empty. */
  async prepare(before: ShareBefore, neighbour: 'image' | 'volume'): Promise<void> {
    const { disk } = this;
    for (const folder of [MOUNT, BELOW]) disk.makeFolder(folder);
    for (const folder of ['/', '/srv']) disk.syncFolder(folder);
    if (before === 'empty') return;
    const { images, volumes } = this.open(new MemoryFileSystem(disk), this.#world);
    const source = { kind: 'generated', osType: 'linux' } as const;
    const key = { uuid: BASE, epoch: 1 };
    const base = { name: 'base', sizeBytes: GIB };
    if (neighbour === 'image') await images.create(key, { ...base, source }, call());
    else await volumes.create(key, base, call());
    if (before === 'known') return;
    disk.unlink(WITNESS);
    disk.syncFolder('/srv');
  }

  /** What is on the share, by the names that disks have outside; half-written ones and those set aside included. */
  objects(): readonly string[] {
    this.guests.demandData();
    const own = `${this.share}/.gdcloud`;
    const names = [
      ...this.#names(this.share).filter((name) => name.endsWith('.vhd')),
      ...this.#names(`${own}/quarantine`),
      ...this.#names(`${own}/tmp`).filter((name) => !name.startsWith('share.')),
    ];
    const uuids = new Set(names.map((name) => name.split('.')[0] ?? name));
    // Snapshots are objects of another kind.
    for (const base of this.#bases()) uuids.delete(base);
    return [...uuids];
  }

  /** The names of all disks on the share itself, whatever they are. */
  disks(): readonly string[] {
    const names = this.#names(this.share).filter((name) => name.endsWith('.vhd'));
    return names.map((name) => name.slice(0, -'.vhd'.length));
  }

  #bases(): ReadonlySet<string> {
    const prepared = this.#names(`${this.#own}/tmp`).flatMap((name) => {
      const [, why, subject] = name.split('.');
      return why === 'snapshot' && subject !== undefined ? [subject] : [];
    });
    const recorded = ['snapshot', 'retired'].flatMap((name) => this.#names(`${this.#own}/${name}`));
    return new Set([...recorded, ...prepared]);
  }

  get #own(): string {
    return `${this.share}/.gdcloud`;
  }

  /** The share goes away. */
  down(): void {
    if (this.#away === 'unreachable') {
      this.line.state = 'cut';
      return;
    }
    this.#unmount();
  }

  /** It is there again, and nothing was written where it had been. */
  up(): void {
    this.line.state = 'up';
    if (this.share === MOUNT) return;
    const lost = this.#names(MOUNT).filter((name) => name.endsWith('.vhd'));
    if (lost.length > 0) throw new Error(`${lost.join(', ')} are under the mount point`);
    this.#mount();
  }

  /** An operator removes a disk. */
  destroy(external: string): void {
    this.guests.release(external);
    this.disk.unlink(`${MOUNT}/${external}.vhd`);
  }

  /** A disk as XenServer makes them: its name is not the uuid inside. */
  makeForeign(name: string, visibility: 'hidden' | 'visible'): string {
    const file = this.disk.make(`${MOUNT}/${name}.vhd`, 0o600);
    const description = { uuid: STRANGER, virtualBytes: GIB, createdMs: 0, visibility };
    for (const { bytes, position } of newDynamicVhd(description).pieces) {
      file.writeAt(bytes, position);
    }
    file.sync();
    file.close();
    this.disk.syncFolder(MOUNT);
    return name;
  }

  /** The server of the share loses power: what was not synced is there or not, as chance has it. */
  losePower(): void {
    // What is mounted where is no matter of what was synced.
    const isAway = this.share === AWAY;
    if (isAway) this.#mount();
    this.disk.powerLoss(this.#world.random);
    if (isAway) this.#unmount();
  }

  #unmount(): void {
    this.disk.rename(MOUNT, AWAY);
    this.disk.rename(BELOW, MOUNT);
  }

  #mount(): void {
    this.disk.rename(MOUNT, BELOW);
    this.disk.rename(AWAY, MOUNT);
  }

  #names(folder: string): readonly string[] {
    return this.disk.status(folder) === undefined ? [] : this.disk.names(folder);
  }
}
