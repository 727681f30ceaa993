import { createHash } from 'node:crypto';
import {
  asUuid,
  type ContentPart,
  type ReceivedContent,
  type StorageDriver,
  systemClock,
  type VolumeDesired,
} from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createNfsVhdDriver, type FileSystem } from '@gdcloud/driver-nfs-vhd';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { converge, dissolve, fenced } from './converge.js';
import { call, keyOf, MIB, uuid } from './fixtures.js';
import { Guest } from './guest.js';

const SHARE = '/srv/share';
const SIZE = 4 * MIB;
/** What is brought for volumes: a little, and not all of a sector. */
const BROUGHT = Buffer.alloc(70_000, 'brought.');
const SOURCE = { kind: 'generated', osType: 'linux' } as const;

/** A volume that no server has. */
export const FREE = { name: 'v', sizeBytes: SIZE, use: 'free' } as const;

/** The driver of a process, and the fence it was given. */
export interface Holder {
  readonly driver: StorageDriver;
  readonly fence: string;
}

/** What the hypervisor made of volume 7 while a server had it. */
export const COPIED = {
  base: asUuid('0b45e000-0000-4000-8000-000000000000'),
  disk: asUuid('0c0b1000-0000-4000-8000-000000000000'),
} as const;

/** A share in memory with some history: what each deed of {@link DEEDS} is done to. */
export class VolumeWorld {
  readonly files: MemoryFileSystem;
  readonly guest: Guest;

  constructor(disk: MemoryDisk) {
    this.files = new MemoryFileSystem(disk);
    this.guest = new Guest(this.files, SHARE);
  }

  /** Another one that is as this one is now. */
  copy(): VolumeWorld {
    return new VolumeWorld(this.files.disk.copy());
  }

  /**
   * Image 2; volume 1 with snapshots 10 and 11 and something written before the second and after; volume 3, a copy of the snapshot, with
   * something of its own; volume 4, empty and without history; snapshot 16, whose volume is gone; volume 7, which a server
   * has and the hypervisor has copied.
   */
  static async make(): Promise<VolumeWorld> {
    const world = new VolumeWorld(new MemoryDisk({ clock: systemClock }));
    const holder = world.holder(world.files, '1');
    const { images, volumes } = holder.driver;
    await converge(images, keyOf(2), { name: 'i', sizeBytes: SIZE, source: SOURCE });
    await want(holder, 1, FREE);
    // What is written above another file is held by the sector, so that reading all of it takes no time.
    await want(holder, 1, { ...FREE, snapshots: [uuid(10)] });
    await world.write(1, 'before', 0);
    await want(holder, 1, { ...FREE, snapshots: [uuid(11)] });
    await world.write(1, 'after', 0);
    await want(holder, 3, { ...FREE, origin: { snapshot: uuid(11) } });
    await world.write(3, 'copy', 1);
    await want(holder, 4, FREE);
    await want(holder, 6, FREE);
    await want(holder, 6, { ...FREE, snapshots: [uuid(16)] });
    await dissolve(volumes, keyOf(6), fenced(holder.fence));
    await want(holder, 7, FREE);
    await want(holder, 7, { ...FREE, use: 'attached' });
    await world.write(7, 'running', 0);
    await world.guest.copy(7, COPIED);
    await world.write(7, 'on it runs', 0);
    await bring(holder, 1, BROUGHT, {});
    await bring(holder, 4, BROUGHT, { sha256: 'f'.repeat(64) });
    // That half-written files are gone is made durable by whoever takes the content.
    await world.files.syncFolder(`${SHARE}/.gdcloud/tmp`);
    return world;
  }

  /** A process that sees the share through `files`. */
  holder(files: FileSystem, fence: string): Holder {
    return { driver: createNfsVhdDriver({ folder: SHARE }, { files }), fence };
  }

  /** A server writes into a volume, as it would: through a handle of its own, and nothing of a record. */
  write(n: number, text: string, block: number): Promise<void> {
    return this.guest.write(n, Buffer.alloc(1024, `${text}.`), block * 2 * MIB + 512);
  }

  /** What is on the share by its names: records, and disks with a hash of what they hold. */
  async contents(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const path of this.#paths(SHARE)) {
      if (this.#isOutOfDate(path)) continue;
      const [, n] = /^\/srv\/share\/01890000-0000-7000-8000-([0-9a-f]{12})\.vhd$/.exec(path) ?? [];
      found[withoutChance(path)] =
        n === undefined ? '' : await digest(this.guest, Number.parseInt(n, 16));
    }
    return found;
  }

  #paths(folder: string): readonly string[] {
    const { disk } = this.files;
    return disk.names(folder).flatMap((name) => {
      const path = `${folder}/${name}`;
      return disk.status(path)?.kind === 'folder' ? this.#paths(path) : [path];
    });
  }

  // The next decision removes older ones again.
  #isOutOfDate(path: string): boolean {
    const [, folder, generation] = /^(.*\/volume\/[^/]+)\/([0-9]+)$/.exec(path) ?? [];
    if (folder === undefined) return false;
    return this.files.disk.names(folder).some((name) => Number(name) > Number(generation));
  }
}

/** What can be asked of that world, and who then has to be looked after until it is as asked. */
export const DEEDS: Readonly<Record<string, (holder: Holder) => Promise<unknown>>> = {
  'an empty volume': (holder) => want(holder, 5, FREE),
  'a clone of an image': (holder) => want(holder, 5, { ...FREE, origin: { image: uuid(2) } }),
  'a volume from a snapshot': (holder) =>
    want(holder, 5, { ...FREE, origin: { snapshot: uuid(11) } }),
  'a snapshot': (holder) => want(holder, 1, { ...FREE, snapshots: [uuid(12)] }),
  'the first snapshot of a volume': (holder) => want(holder, 4, { ...FREE, snapshots: [uuid(12)] }),
  'two snapshots': (holder) => want(holder, 1, { ...FREE, snapshots: [uuid(12), uuid(13)] }),
  'going back': (holder) => want(holder, 1, { ...FREE, restore: { snapshot: uuid(11), count: 1 } }),
  'the growth of a volume': (holder) => want(holder, 1, { ...FREE, sizeBytes: 2 * SIZE }),
  'the growth of an empty volume': (holder) => want(holder, 4, { ...FREE, sizeBytes: 2 * SIZE }),
  'all changes at once': (holder) =>
    want(holder, 1, {
      ...FREE,
      snapshots: [uuid(12)],
      restore: { snapshot: uuid(12), count: 1 },
      sizeBytes: 2 * SIZE,
    }),
  'a snapshot of what the hypervisor has copied': ({ driver, fence }) => {
    if (driver.snapshots === undefined) throw new Error('the driver has no snapshots');
    const copy = { disk: COPIED.disk, takenAt: 1_700_000_000_000 };
    const desired = { name: 's', volume: uuid(7), copy };
    return converge(driver.snapshots, keyOf(17), desired, fenced(fence));
  },
  'giving a volume what was brought': (holder) => give(holder, 1),
  'refusing what was brought': (holder) => give(holder, 4),
  'handing a volume over': (holder) => want(holder, 1, { ...FREE, use: 'attached' }),
  'the removal of a volume with history': ({ driver, fence }) =>
    dissolve(driver.volumes, keyOf(1), fenced(fence)),
  'the removal of a volume without': ({ driver, fence }) =>
    dissolve(driver.volumes, keyOf(4), fenced(fence)),
  'the removal of a snapshot that others read from': (holder) => removeSnapshot(holder, 11),
  'the removal of a snapshot that nothing reads from': (holder) => removeSnapshot(holder, 16),
};

/** Asks for a volume until it is as asked. */
export function want(
  { driver, fence }: Holder,
  n: number,
  desired: VolumeDesired,
): Promise<unknown> {
  return converge(driver.volumes, keyOf(n), desired, fenced(fence));
}

/** Brings content for a volume. */
export async function bring(
  { driver }: Holder,
  n: number,
  bytes: Buffer,
  said: Pick<ContentPart, 'sha256'>,
): Promise<ReceivedContent | undefined> {
  const volume = { sizeBytes: SIZE, format: 'raw' } as const;
  // In two pieces: a checksum is compared later then.
  const half = Math.floor(bytes.byteLength / 2);
  const first = { ...said, from: 0, totalBytes: bytes.byteLength, volume };
  await driver.content?.receive(keyOf(n), first, piece(bytes.subarray(0, half)), call());
  const second = { from: half, volume };
  return driver.content?.receive(keyOf(n), second, piece(bytes.subarray(half)), call());
}

async function* piece(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

/** Asks for a volume to hold what was brought. */
export async function give(holder: Holder, n: number): Promise<unknown> {
  const received = await holder.driver.content?.received(keyOf(n), call());
  const content = { upload: received?.id ?? 'none', count: 1 };
  return want(holder, n, { ...FREE, content });
}

/** Removes a snapshot until nothing is left of it. */
export async function removeSnapshot({ driver, fence }: Holder, n: number): Promise<void> {
  if (driver.snapshots === undefined) throw new Error('the driver has no snapshots');
  await dissolve(driver.snapshots, keyOf(n), fenced(fence));
}

async function digest(guest: Guest, n: number): Promise<string> {
  const hash = createHash('sha256');
  for (const [position, sector] of await guest.sectors(n))
    hash.update(`${position}:`).update(sector);
  return hash.digest('hex');
}

// Bases of what has grown have uuids by chance.
function withoutChance(path: string): string {
  return path.replaceAll(
    /(?!01890000-)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g,
    '<by chance>',
  );
}
