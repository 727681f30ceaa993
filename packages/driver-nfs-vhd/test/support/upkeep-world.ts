import { crc32 } from 'node:zlib';
import {
  asExternalId,
  type DriverCall,
  type ResourceUuid,
  type StorageDriver,
  type UpkeepReport,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem, type UpkeepOptions } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import {
  changeFooters,
  newDifferencingVhd,
  newDynamicVhd,
  openChain,
  openVhdForWriting,
  type Readable,
  readVhdHead,
  type Writable,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { call, MIB, uuid } from './fixtures.js';
import { HurriedClock } from './hurried-clock.js';

export const FOLDER = '/srv/share';
const OWN = `${FOLDER}/.gdcloud`;
const MARKER = '{"gdcloudShare":"01890000-0000-7000-8000-00000000d15c"}\n';
export const SECTOR = 512;
export const HOUR: number = 60 * 60_000;
const NOTHING = Buffer.alloc(SECTOR);

/** What a disk is made as. */
export interface TestDisk {
  readonly parent?: number | undefined;
  readonly visibility?: 'hidden' | 'visible' | undefined;
  readonly megabytes?: number | undefined;
}

/** A share in memory with disks on it, and what is recorded of them. */
export class UpkeepWorld {
  readonly clock = new HurriedClock();
  readonly disk: MemoryDisk;
  readonly files: MemoryFileSystem;
  readonly recorded = new Map<ResourceUuid, 'open' | 'closed'>();
  #chance = 1;

  constructor(disk?: MemoryDisk) {
    this.disk = disk ?? new MemoryDisk({ clock: this.clock });
    this.files = new MemoryFileSystem(this.disk);
    if (disk !== undefined) return;
    this.disk.makeFolder(`${OWN}/tmp`);
    this.disk.makeFolder(`${OWN}/retired`);
    for (const path of [`${OWN}/share`, '/srv/.share.gdcloud-share']) this.put(path, MARKER);
    for (const folder of ['/', '/srv', FOLDER, OWN]) this.disk.syncFolder(folder);
  }

  /** Another one that is as this one is now. */
  copy(): UpkeepWorld {
    const copy = new UpkeepWorld(this.disk.copy());
    copy.clock.time = this.clock.time;
    copy.#chance = this.#chance;
    for (const [disk, use] of this.recorded) copy.recorded.set(disk, use);
    return copy;
  }

  /** A driver as a new process has it; it compares nothing with checksums unless it is told to. */
  driver(files: FileSystem = this.files, upkeep: UpkeepOptions = {}): StorageDriver {
    const random = {
      fraction: () => this.#fraction(),
      bytes: (count: number) => this.#bytes(count),
    };
    return createNfsVhdDriver(
      { folder: FOLDER, upkeep: { scrubEveryMs: Number.POSITIVE_INFINITY, ...upkeep } },
      { files, clock: this.clock, random },
    );
  }

  /** Puts a small file there, durably. */
  put(path: string, text: string): void {
    const file = this.disk.make(path, 0o600);
    file.writeAt(Buffer.from(text), 0);
    file.sync();
    file.close();
    this.disk.syncFolder(path.slice(0, path.lastIndexOf('/')));
  }

  /** Makes disk number `n`. */
  async make(
    n: number,
    { parent, visibility = 'hidden', megabytes = 8 }: TestDisk = {},
  ): Promise<void> {
    const description = {
      uuid: uuid(n),
      virtualBytes: megabytes * MIB,
      createdMs: Date.UTC(2026, 0, 1),
      visibility,
    };
    const file = this.disk.make(pathOf(n), 0o600);
    const content =
      parent === undefined
        ? newDynamicVhd(description)
        : newDifferencingVhd(description, {
            uuid: uuid(parent),
            fileName: `${uuid(parent)}.vhd`,
            modifiedMs: 0,
          });
    for (const { bytes, position } of content.pieces) file.writeAt(bytes, position);
    file.sync();
    file.close();
    this.disk.syncFolder(FOLDER);
    this.recorded.set(uuid(n), 'closed');
  }

  /** Writes a text over and over into some sectors. */
  async write(n: number, sector: number, sectors: number, text: string): Promise<void> {
    const file = this.open(pathOf(n), 'write');
    const writer = await openVhdForWriting(file);
    await writer.write(Buffer.alloc(sectors * SECTOR, text), sector * SECTOR);
    await writer.flush();
  }

  /** Makes a volume a base: hidden, and never written again. */
  async hide(n: number): Promise<void> {
    await changeFooters(this.open(pathOf(n), 'write'), { visibility: 'hidden' });
  }

  /** Removed disks that are there still although nobody, or only one that is never written again, reads from them. */
  async unneeded(): Promise<readonly string[]> {
    const heads = new Map<string, Awaited<ReturnType<typeof readVhdHead>>>();
    for (const n of this.disks()) heads.set(uuid(n), await readVhdHead(this.open(pathOf(n))));
    return this.own('retired').filter((retired) => {
      const readers = [...heads.values()].filter(({ header }) => header.parent?.uuid === retired);
      const isJoinable = readers.length === 1 && readers[0]?.footer.visibility === 'hidden';
      return readers.length === 0 || isJoinable;
    });
  }

  /** Removes a disk as its user does: a record says so, and nothing else knows it. */
  retire(n: number): void {
    this.recorded.delete(uuid(n));
    this.put(`${OWN}/retired/${uuid(n)}`, '{}');
  }

  /** What a disk reads as. */
  async hash(n: number): Promise<string> {
    const resolve = async ({ fileName }: { readonly fileName: string }) => ({
      file: this.open(`${FOLDER}/${fileName}`),
    });
    const chain = await openChain(this.open(pathOf(n)), { resolve });
    let hash = 0;
    for await (const { start, end, depth } of chain.extents()) {
      if (depth === undefined) continue;
      const bytes = Buffer.alloc(end - start);
      await chain.read(bytes, start);
      for (let at = 0; at < bytes.length; at += SECTOR) {
        const sector = bytes.subarray(at, at + SECTOR);
        // What is written as zeros reads as what was never written does.
        if (!sector.equals(NOTHING)) hash = crc32(sector, crc32(`${start + at}`, hash));
      }
    }
    return `${chain.virtualBytes}:${hash.toString(16)}`;
  }

  /** How many files a disk's chain has. */
  async depth(n: number): Promise<number> {
    const resolve = async ({ fileName }: { readonly fileName: string }) => ({
      file: this.open(`${FOLDER}/${fileName}`),
    });
    return (await openChain(this.open(pathOf(n)), { resolve })).files.length;
  }

  open(path: string, use: 'read' | 'write' = 'read'): Writable & Readable {
    const file = this.disk.open(path, use);
    return {
      get sizeBytes() {
        return file.status().sizeBytes;
      },
      readAt: async (target, position) => file.readAt(target, position),
      writeAt: async (bytes, position) => file.writeAt(bytes, position),
      sync: async () => file.sync(),
    };
  }

  /** Which disks are where hypervisors look, by their numbers. */
  disks(): readonly number[] {
    return this.names(FOLDER)
      .filter((name) => name.endsWith('.vhd'))
      .map((name) => Number.parseInt(name.slice(-16, -4), 16))
      .sort((left, right) => left - right);
  }

  /** Names in one of our own folders. */
  own(folder: 'tmp' | 'trash' | 'evidence' | 'retired'): readonly string[] {
    return this.names(`${OWN}/${folder}`);
  }

  names(folder: string): readonly string[] {
    return this.disk.status(folder) === undefined ? [] : this.disk.names(folder).toSorted();
  }

  /** A whole round of upkeep: what it did and what it found. */
  async round(
    driver: StorageDriver = this.driver(),
  ): Promise<UpkeepReport & { readonly steps: number }> {
    const done: string[] = [];
    const problems: string[] = [];
    let cursor: string | undefined;
    for (let steps = 1; steps < 1000; steps += 1) {
      const report = await this.step(driver, cursor);
      done.push(...report.done);
      problems.push(...report.problems);
      cursor = report.cursor;
      if (cursor === undefined) return { done, problems, steps };
    }
    throw new Error('a round never ends');
  }

  /** One step of upkeep. */
  async step(
    driver: StorageDriver,
    cursor?: string,
    given: DriverCall = call(),
  ): Promise<UpkeepReport> {
    if (driver.upkeep === undefined) throw new Error('the driver has no upkeep');
    const request = { pool: asExternalId(FOLDER), disks: new Map(this.recorded), cursor };
    return driver.upkeep(request, given);
  }

  /** Rounds with enough time between them for everything to go that may go. */
  async rounds(count: number, driver?: StorageDriver): Promise<readonly string[]> {
    const done: string[] = [];
    for (let round = 0; round < count; round += 1) {
      done.push(...(await this.round(driver)).done);
      this.clock.time += 25 * HOUR;
    }
    return done;
  }

  #fraction(): number {
    this.#chance = (this.#chance * 48_271) % 2_147_483_647;
    return this.#chance / 2_147_483_647;
  }

  #bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.#fraction() * 256));
  }
}

export function pathOf(n: number): string {
  return `${FOLDER}/${uuid(n)}.vhd`;
}
