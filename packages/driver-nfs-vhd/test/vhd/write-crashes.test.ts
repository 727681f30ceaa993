import { MemoryDisk } from '@gdcloud/core/testing';
import {
  coalesceVhd,
  newDifferencingVhd,
  newDynamicVhd,
  openChain,
  openVhd,
  openVhdForWriting,
  repairVhd,
  type VhdDescription,
  type Writable,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { manualRandom } from '../support/manual-random.js';

const NOW = Date.UTC(2026, 5, 1);
const SECTOR = 512;

function description(n: number): VhdDescription {
  return {
    uuid: uuid(n),
    virtualBytes: 8 * MIB,
    roomBytes: 12 * MIB,
    createdMs: Date.UTC(2026, 0, 1),
    visibility: 'visible',
  };
}

/** A file on a disk in memory; the process stops before call number `budget.left` reaches nothing. */
function onDisk(
  disk: MemoryDisk,
  path: string,
  use: 'make' | 'write' | 'read',
  budget: { left: number } = { left: Number.POSITIVE_INFINITY },
): Writable {
  const file = use === 'make' ? disk.make(path, 0o600) : disk.open(path, use);
  const spend = (): void => {
    budget.left -= 1;
    if (budget.left < 0) throw new Error('the process has stopped');
  };
  return {
    get sizeBytes() {
      return file.status().sizeBytes;
    },
    async readAt(target, position) {
      return file.readAt(target, position);
    },
    async writeAt(bytes, position) {
      spend();
      file.writeAt(bytes, position);
    },
    async sync() {
      spend();
      file.sync();
    },
  };
}

async function read(disk: MemoryDisk, path: string): Promise<Buffer> {
  const resolve = async () => ({ file: onDisk(disk, '/p', 'read') });
  const chain = await openChain(onDisk(disk, path, 'read'), { resolve });
  const bytes = Buffer.alloc(chain.virtualBytes);
  await chain.read(bytes, 0);
  return bytes;
}

/** A parent with data in blocks 0 and 1, and a child with some in 1 and 2; both durable. */
async function pair(): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ clock: { now: () => NOW } });
  const parent = onDisk(disk, '/p', 'make');
  await writeNewVhd(parent, newDynamicVhd(description(1)));
  const below = await openVhdForWriting(parent);
  await below.write(Buffer.alloc(20 * SECTOR, 'parent'), MIB);
  await below.write(Buffer.alloc(20 * SECTOR, 'parent'), 3 * MIB);
  await below.flush();
  const child = onDisk(disk, '/c', 'make');
  const reference = { uuid: uuid(1), fileName: 'p', modifiedMs: NOW };
  await writeNewVhd(child, newDifferencingVhd(description(2), reference));
  const above = await openVhdForWriting(child);
  await above.write(Buffer.alloc(8 * SECTOR, 'child'), 3 * MIB + 4 * SECTOR);
  await above.write(Buffer.alloc(8 * SECTOR, 'child'), 5 * MIB);
  await above.flush();
  disk.syncFolder('/');
  return disk;
}

const ENDS = ['the process dies', 'the power goes', 'the power goes, some writes survive'] as const;

for (const end of ENDS) {
  const stopped = (disk: MemoryDisk, seed: number): void => {
    if (end === 'the power goes') disk.powerLoss();
    if (end === 'the power goes, some writes survive') disk.powerLoss(manualRandom(seed));
  };

  test(`${end} while a child is written: each sector is the old or the new one`, async (t) => {
    const write = async (disk: MemoryDisk, budget: { left: number }): Promise<void> => {
      const writer = await openVhdForWriting(onDisk(disk, '/c', 'write', budget));
      await writer.write(Buffer.alloc(4 * SECTOR, 'new'), MIB);
      await writer.write(Buffer.alloc(4 * SECTOR, 'new'), 3 * MIB);
      await writer.flush();
      await writer.write(Buffer.alloc(4 * SECTOR, 'new'), 7 * MIB);
      await writer.flush();
    };
    const finished = await pair();
    await write(finished, { left: Number.POSITIVE_INFINITY });
    const after = await read(finished, '/c');
    const before = await read(await pair(), '/c');
    for (let calls = 0; ; calls += 1) {
      const disk = await pair();
      const budget = { left: calls };
      await write(disk, budget).catch(() => undefined);
      stopped(disk, calls);
      const now = await read(disk, '/c');
      for (let at = 0; at < now.length; at += SECTOR) {
        const sector = now.subarray(at, at + SECTOR);
        const known = [before, after].some((disk) => disk.subarray(at, at + SECTOR).equals(sector));
        if (!known) t.fail(`sector ${at / SECTOR} after ${calls} calls`);
      }
      await write(disk, { left: Number.POSITIVE_INFINITY });
      if (!(await read(disk, '/c')).equals(after)) t.fail(`rerun after ${calls} calls`);
      if (budget.left >= 0) {
        t.ok(calls > 12, `${calls} places`);
        return;
      }
    }
  });

  test(`${end} in a coalesce: the child reads as before, and a rerun finishes it`, async (t) => {
    const wanted = await read(await pair(), '/c');
    for (let calls = 0; ; calls += 1) {
      const disk = await pair();
      const budget = { left: calls };
      const merge = async (left: { left: number }): Promise<unknown> =>
        coalesceVhd(await openVhd(onDisk(disk, '/c', 'read')), onDisk(disk, '/p', 'write', left));
      await merge(budget).catch(() => undefined);
      stopped(disk, calls);
      if (!(await read(disk, '/c')).equals(wanted)) t.fail(`the child after ${calls} calls`);
      const keep = async (): Promise<void> => undefined;
      await repairVhd(onDisk(disk, '/p', 'write'), { nowMs: NOW, keep });
      await merge({ left: Number.POSITIVE_INFINITY });
      if (!(await read(disk, '/p')).equals(wanted)) t.fail(`the parent after ${calls} calls`);
      if (budget.left >= 0) {
        t.ok(calls > 5, `${calls} places`);
        return;
      }
    }
  });
}
