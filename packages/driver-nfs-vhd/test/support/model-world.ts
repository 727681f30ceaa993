import assert from 'node:assert/strict';
import {
  changeFooters,
  checkVhd,
  coalesceVhd,
  flattenChain,
  newDifferencingVhd,
  newDynamicVhd,
  openChain,
  openVhd,
  openVhdForWriting,
  type ParentResolver,
  VhdChain,
  type VhdDescription,
  type VhdWriter,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { MIB, uuid } from './fixtures.js';
import { MemoryVhdFile } from './memory-vhd-file.js';
import { SECTOR, TaggedSectors } from './tagged-sectors.js';

const FIRST_BYTES = 6 * MIB;
const ROOM_BYTES = 12 * MIB;
const MOST_DISKS = 10;
const MOST_DEPTH = 6;

/** What each disk of a world can be asked for; numbers are taken modulo what there is. */
export const DEEDS = [
  'write',
  'write',
  'write',
  'write',
  'write',
  'write',
  'read',
  'read',
  'read',
  'read',
  'flush',
  'reopen',
  'snapshot',
  'clone',
  'coalesce',
  'flatten',
  'merge',
  'grow',
  'go back',
  'remove',
] as const;

/** One deed, as chance says it. */
export interface Deed {
  readonly what: (typeof DEEDS)[number];
  readonly disk: number;
  readonly sector: number;
  readonly sectors: number;
  readonly tag: number;
}

interface Disk {
  uuid: string;
  file: MemoryVhdFile;
  parent: Disk | undefined;
  virtualBytes: number;
  /** What each sector of it reads: a number repeated, 0 for zeros. */
  tags: Uint32Array;
  /** Only what has no children is written. */
  writer: VhdWriter | undefined;
}

/** Where reads go, and what they should have brought: new memory for each costs more than all else. */
const READ = Buffer.alloc(ROOM_BYTES);
const EXPECTED = new TaggedSectors(ROOM_BYTES);

/** Disks as VHD files and, beside them, as the plain arrays that they should read like. */
export class ModelWorld {
  readonly #disks: Disk[] = [];
  #uuids = 0;

  /**
   * Does one deed to both, to one of the disks that can be asked for it, and compares what it touched. Tells whether there was one:
   * with as many disks as there may be none has another child, say.
   */
  async deed(deed: Deed): Promise<'done' | 'impossible'> {
    if (this.#disks.length === 0) await this.#create();
    const able = this.#disks.filter((disk) => this.#isPossible(deed.what, disk));
    const disk = able[deed.disk % able.length];
    if (disk === undefined) return 'impossible';
    await this.#do(deed, disk);
    return 'done';
  }

  #isPossible(what: Deed['what'], disk: Disk): boolean {
    const { parent, writer, virtualBytes } = disk;
    switch (what) {
      case 'write':
      case 'flush':
        return writer !== undefined;
      case 'snapshot':
      case 'clone':
        return this.#disks.length < MOST_DISKS && depthOf(disk) < MOST_DEPTH;
      case 'coalesce':
        return parent !== undefined && this.#children(parent).length === 1;
      case 'grow':
        return writer !== undefined && virtualBytes < ROOM_BYTES;
      case 'go back':
        return writer !== undefined && parent !== undefined;
      case 'remove':
        return this.#children(disk).length === 0 && this.#disks.length >= 4;
      default:
        return true;
    }
  }

  async #do(deed: Deed, disk: Disk): Promise<void> {
    switch (deed.what) {
      case 'write':
        return this.#write(disk, deed);
      case 'read':
        return this.#compare(await this.#live(disk), disk, deed);
      case 'flush':
        return disk.writer?.flush();
      case 'reopen':
        return this.#reopen(disk, deed);
      case 'snapshot':
      case 'clone':
        return this.#child(disk);
      case 'coalesce':
        return this.#coalesce(disk);
      case 'flatten':
        return this.#flatten(disk, deed.sectors);
      case 'merge':
        return this.#flatten(disk, 1 + (deed.sectors % 3));
      case 'grow':
        return this.#grow(disk);
      case 'go back':
        return this.#goBack(disk);
      case 'remove':
        this.#disks.splice(this.#disks.indexOf(disk), 1);
    }
  }

  /** Compares every sector of every disk, opened anew, and the structure of every file. */
  async compareAll(): Promise<void> {
    for (const disk of this.#disks) {
      await disk.writer?.flush();
      const { findings } = await checkVhd(disk.file, { nowMs: Date.now(), depth: 'structure' });
      if (findings.length > 0) throw new Error(findings.map(({ code }) => code).join());
      const chain = await this.#opened(disk);
      const step = { sector: 0, sectors: disk.tags.length };
      await this.#compare(chain, disk, step);
    }
  }

  async #create(): Promise<void> {
    const description = this.#description(FIRST_BYTES);
    const file = new MemoryVhdFile();
    await writeNewVhd(file, newDynamicVhd(description));
    this.#disks.push({
      uuid: description.uuid,
      file,
      parent: undefined,
      virtualBytes: FIRST_BYTES,
      tags: new Uint32Array(FIRST_BYTES / SECTOR),
      writer: await openVhdForWriting(file),
    });
  }

  async #write(disk: Disk, { sector, sectors, tag }: Deed): Promise<void> {
    if (disk.writer === undefined) return;
    const first = sector % disk.tags.length;
    const count = Math.min(sectors, disk.tags.length - first);
    const bytes = new Uint32Array((count * SECTOR) / 4).fill(tag);
    await disk.writer.write(Buffer.from(bytes.buffer), first * SECTOR);
    disk.tags.fill(tag, first, first + count);
  }

  async #reopen(disk: Disk, deed: Deed): Promise<void> {
    await disk.writer?.flush();
    await this.#compare(await this.#opened(disk), disk, deed);
    if (disk.writer !== undefined) disk.writer = await openVhdForWriting(disk.file);
  }

  async #child(disk: Disk): Promise<void> {
    await disk.writer?.flush();
    disk.writer = undefined;
    const description = this.#description(disk.virtualBytes);
    const file = new MemoryVhdFile();
    await writeNewVhd(file, newDifferencingVhd(description, referenceTo(disk)));
    this.#disks.push({
      uuid: description.uuid,
      file,
      parent: disk,
      virtualBytes: disk.virtualBytes,
      tags: disk.tags.slice(),
      writer: await openVhdForWriting(file),
    });
  }

  /** Into the parent, which then takes the child's place. */
  async #coalesce(disk: Disk): Promise<void> {
    const { parent } = disk;
    if (parent === undefined) return;
    await disk.writer?.flush();
    await coalesceVhd(await openVhd(disk.file), parent.file);
    await changeFooters(parent.file, { uuid: disk.uuid });
    disk.file = parent.file;
    disk.parent = parent.parent;
    this.#disks.splice(this.#disks.indexOf(parent), 1);
    if (disk.writer !== undefined) disk.writer = await openVhdForWriting(disk.file);
  }

  /** The disk's top files, or all, become one new file with its identity. */
  async #flatten(disk: Disk, files: number): Promise<void> {
    await disk.writer?.flush();
    let below: Disk | undefined = disk;
    for (let level = 0; level < files && below !== undefined; level += 1) below = below.parent;
    const chain = await this.#opened(disk);
    const file = new MemoryVhdFile();
    await flattenChain(
      chain,
      file,
      { ...this.#description(disk.virtualBytes), uuid: disk.uuid },
      below === undefined ? {} : { files, parent: referenceTo(below) },
    );
    disk.file = file;
    disk.parent = below;
    if (disk.writer !== undefined) disk.writer = await openVhdForWriting(file);
  }

  async #grow(disk: Disk): Promise<void> {
    await disk.writer?.flush();
    disk.virtualBytes += 2 * MIB;
    await changeFooters(disk.file, { virtualBytes: disk.virtualBytes });
    const tags = new Uint32Array(disk.virtualBytes / SECTOR);
    tags.set(disk.tags);
    disk.tags = tags;
    disk.writer = await openVhdForWriting(disk.file);
  }

  /** What its parent holds is what it reads again: an empty file with its identity takes its place. */
  async #goBack(disk: Disk): Promise<void> {
    const { parent } = disk;
    if (parent === undefined) return;
    const file = new MemoryVhdFile();
    const description = { ...this.#description(disk.virtualBytes), uuid: disk.uuid };
    await writeNewVhd(file, newDifferencingVhd(description, referenceTo(parent)));
    disk.file = file;
    disk.tags.fill(0);
    disk.tags.set(parent.tags);
    disk.writer = await openVhdForWriting(file);
  }

  #children(disk: Disk): readonly Disk[] {
    return this.#disks.filter(({ parent }) => parent === disk);
  }

  #description(virtualBytes: number): VhdDescription {
    this.#uuids += 1;
    return {
      uuid: uuid(this.#uuids),
      virtualBytes,
      roomBytes: ROOM_BYTES,
      createdMs: Date.UTC(2026, 0, 1),
      visibility: 'visible',
    };
  }

  /** With what was not flushed yet. */
  async #live(disk: Disk): Promise<VhdChain> {
    const { writer } = disk;
    if (writer === undefined) return this.#opened(disk);
    if (disk.parent === undefined) return new VhdChain([writer.vhd], [writer.layer]);
    const below = await this.#opened(disk.parent);
    return new VhdChain([writer.vhd, ...below.files], [writer.layer, ...below.layers]);
  }

  #opened(disk: Disk): Promise<VhdChain> {
    const resolve: ParentResolver = async (wanted) => {
      const found = this.#disks.find((other) => other.uuid === wanted.uuid);
      return found === undefined ? undefined : { file: found.file };
    };
    return openChain(disk.file, { resolve });
  }

  async #compare(
    chain: VhdChain,
    disk: Disk,
    { sector, sectors }: Pick<Deed, 'sector' | 'sectors'>,
  ): Promise<void> {
    assert.equal(chain.virtualBytes, disk.virtualBytes);
    const first = sector % disk.tags.length;
    const count = Math.min(sectors, disk.tags.length - first);
    const read = READ.subarray(0, count * SECTOR).fill(0xee);
    await chain.read(read, first * SECTOR);
    const expected = EXPECTED.bytes(disk.tags.subarray(first, first + count));
    assert.ok(read.equals(expected), `disk ${disk.uuid}, sectors ${first} to ${first + count}`);
  }
}

function depthOf(disk: Disk): number {
  let depth = 1;
  for (let above = disk.parent; above !== undefined; above = above.parent) depth += 1;
  return depth;
}

function referenceTo(parent: Disk): { uuid: string; fileName: string; modifiedMs: number } {
  return { uuid: parent.uuid, fileName: `${parent.uuid}.vhd`, modifiedMs: Date.UTC(2026, 0, 1) };
}
