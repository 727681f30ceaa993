import { type FileHandle, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blockEnd,
  blockTableBytes,
  encodeFooter,
  newDynamicVhdWithBlocks,
  nextBitmapSector,
  parseBlockTable,
  readVhdHead,
  UNUSED_BLOCK,
  type VhdHead,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { openRawPool, type RawPool, refusalOf } from '../../raw-pool.js';

const GIB = 2 ** 30;
const DISK = '00000000-0000-4000-8000-00000000d15c';

interface Storage {
  readonly raw: RawPool;
  readonly folder: string;
  readonly repository: string;
}

async function storageWith(t: Test, collectGarbageAfterMs?: number): Promise<Storage> {
  const folder = t.testdir({});
  const simulator = await startSimulator({
    hosts: 1,
    storageFolder: folder,
    collectGarbageAfterMs,
  });
  t.teardown(() => simulator.close());
  const raw = await openRawPool(simulator.url);
  const [repository] = (await raw.call('SR.get_all')) as readonly string[];
  return { raw, folder, repository: String(repository) };
}

/** A disk with data, as the storage driver leaves it. */
async function publishDisk({ raw, folder, repository }: Storage): Promise<string> {
  const vhd = newDynamicVhdWithBlocks(
    { uuid: DISK, virtualBytes: GIB, createdMs: 0, visibility: 'visible' },
    new Map([[3, new Uint8Array(512).fill(7)]]),
  );
  const bytes = new Uint8Array(vhd.fileBytes);
  for (const piece of vhd.pieces) bytes.set(piece.bytes, piece.position);
  await writeFile(join(folder, `${DISK}.vhd`), bytes);
  await raw.call('SR.scan', repository);
  return String(await raw.call('VDI.get_by_uuid', DISK));
}

async function create({ raw, repository }: Storage, size: number): Promise<string> {
  const record = {
    name_label: 'disk',
    SR: repository,
    virtual_size: size,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: { owner: 'me' },
  };
  return String(await raw.call('VDI.create', record));
}

async function record(raw: RawPool, disk: string): Promise<Record<string, unknown>> {
  return (await raw.call('VDI.get_record', disk)) as Record<string, unknown>;
}

async function openVhd<T>(
  folder: string,
  uuid: string,
  work: (file: FileHandle, head: VhdHead, table: Uint32Array) => Promise<T>,
): Promise<T> {
  const file = await open(join(folder, `${uuid}.vhd`), 'r+');
  try {
    const { size } = await file.stat();
    const head = await readVhdHead({
      sizeBytes: size,
      readAt: async (target, at) => (await file.read(target, 0, target.byteLength, at)).bytesRead,
    });
    const { tableEntries, tableOffset } = head.header;
    const bytes = new Uint8Array(blockTableBytes(tableEntries));
    await file.read(bytes, 0, bytes.byteLength, tableOffset);
    return await work(file, head, parseBlockTable(bytes, tableEntries));
  } finally {
    await file.close();
  }
}

/** The first byte of each block that a disk holds or reads from a parent. */
async function contentsOf(folder: string, uuid: string): Promise<ReadonlyMap<number, number>> {
  return openVhd(folder, uuid, async (file, { header }, table) => {
    const parent = header.parent?.fileName.replace('.vhd', '');
    const blocks = new Map(parent === undefined ? [] : await contentsOf(folder, parent));
    for (const [block, sector] of table.entries()) {
      if (sector === UNUSED_BLOCK) continue;
      const byte = new Uint8Array(1);
      await file.read(byte, 0, 1, (sector + 1) * 512);
      blocks.set(block, byte[0] ?? 0);
    }
    return blocks;
  });
}

/** Writes a block as a running guest does. */
async function writeBlock(folder: string, uuid: string, block: number): Promise<void> {
  await openVhd(folder, uuid, async (file, { header, footer }) => {
    const { size } = await file.stat();
    const sector = nextBitmapSector(size - 512);
    await file.write(new Uint8Array(512).fill(0xff), 0, 512, sector * 512);
    await file.write(new Uint8Array(2 ** 21).fill(block), 0, 2 ** 21, (sector + 1) * 512);
    await file.write(encodeFooter(footer), 0, 512, blockEnd(sector));
    const entry = Buffer.alloc(4);
    entry.writeUInt32BE(sector);
    await file.write(entry, 0, 4, header.tableOffset + block * 4);
  });
}

const names = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).toSorted();

t.test('a disk that is made is a file of a rounded size, and gone with its row', async (t) => {
  const storage = await storageWith(t);
  const disk = await create(storage, GIB + 1);
  const { uuid, virtual_size: size, other_config: config } = await record(storage.raw, disk);
  t.equal(size, GIB + 2 * 2 ** 20);
  t.same(config, { owner: 'me' });
  t.same(await names(storage.folder), [`${String(uuid)}.vhd`]);
  await storage.raw.call('SR.scan', storage.repository);
  t.equal((await record(storage.raw, disk))['virtual_size'], size, 'the file says so too');
  await storage.raw.call('VDI.destroy', disk);
  t.same(await names(storage.folder), []);
  t.same(await refusalOf(record(storage.raw, disk)), ['HANDLE_INVALID', 'VDI', disk]);
});

t.test('a snapshot splits a disk into a hidden base and two thin files', async (t) => {
  const storage = await storageWith(t);
  const { raw, repository } = storage;
  const disk = await publishDisk(storage);
  const snapshot = String(await raw.call('VDI.snapshot', disk, {}));
  const copy = await record(raw, snapshot);
  t.equal(copy['is_a_snapshot'], true);
  t.equal(copy['snapshot_of'], disk);
  const bases = (await raw.records('VDI')).filter((row) => row['managed'] === false);
  t.equal(bases.length, 1);
  const parent = bases[0]?.['uuid'];
  for (const row of [disk, snapshot]) {
    t.match((await record(raw, row))['sm_config'], { 'vhd-parent': parent });
  }
  const before = await raw.records('VDI');
  await raw.call('SR.scan', repository);
  const seen = ({ uuid, managed, sm_config, virtual_size }: Record<string, unknown>): unknown => ({
    uuid,
    managed,
    sm_config,
    virtual_size,
  });
  t.same((await raw.records('VDI')).map(seen), before.map(seen), 'the files tell the same story');
});

t.test('a clone of a disk without data of its own needs no base of its own', async (t) => {
  const storage = await storageWith(t);
  const { raw } = storage;
  const disk = await publishDisk(storage);
  await raw.call('VDI.clone', disk, {});
  await raw.call('VDI.clone', disk, {});
  t.equal((await names(storage.folder)).length, 4, 'a base, the disk and two clones');
});

t.test('a disk grows and never shrinks', async (t) => {
  const storage = await storageWith(t);
  const { raw, repository } = storage;
  const disk = await publishDisk(storage);
  t.equal((await refusalOf(raw.call('VDI.resize', disk, GIB / 2)))[0], 'SR_BACKEND_FAILURE_79');
  await raw.call('VDI.resize', disk, 2 * GIB);
  await raw.call('SR.scan', repository);
  const { virtual_size: size, sm_config: config } = await record(raw, disk);
  t.equal(size, 2 * GIB);
  t.ok((config as Record<string, string>)['vhd-parent'], 'what it holds is a base now');
});

t.test('a chain of more than thirty bases is refused', async (t) => {
  const storage = await storageWith(t);
  const { raw } = storage;
  const disk = await publishDisk(storage);
  const row = await record(raw, disk);
  let parent: string | undefined;
  for (let base = 1; base <= 30; base += 1) {
    const uuid = `00000000-0000-4000-8000-${String(base).padStart(12, '0')}`;
    await raw.call(
      'VDI.introduce',
      ...[uuid, 'base', '', storage.repository, 'user', false, true, {}, uuid, {}],
      parent === undefined ? {} : { 'vhd-parent': parent },
    );
    parent = uuid;
  }
  await raw.call('VDI.add_to_sm_config', disk, 'vhd-parent', parent);
  t.equal((await refusalOf(raw.call('VDI.clone', disk, {})))[0], 'SR_BACKEND_FAILURE_109');
  t.equal((await record(raw, disk))['uuid'], row['uuid'], 'and the disk is as it was');
});

t.test('faults of the storage can be asked for', async (t) => {
  const storage = await storageWith(t);
  const { raw, repository } = storage;
  const disk = await create(storage, GIB);
  await raw.call('VDI.add_to_other_config', disk, 'simulated-fault', '46');
  t.equal((await refusalOf(raw.call('VDI.clone', disk, {})))[0], 'SR_BACKEND_FAILURE_46');
  await raw.call('SR.add_to_other_config', repository, 'simulated-fault', '47');
  t.equal((await refusalOf(raw.call('SR.scan', repository)))[0], 'SR_BACKEND_FAILURE_47');
  await raw.call('SR.remove_from_other_config', repository, 'simulated-fault');
  await raw.call('SR.set_physical_size', repository, 1);
  t.equal((await refusalOf(create(storage, GIB)))[0], 'SR_BACKEND_FAILURE_44');
});

t.test(
  'after a while bases are merged and removed, and the disks read what they did',
  async (t) => {
    const storage = await storageWith(t, 1);
    const { raw, folder, repository } = storage;
    await raw.call('SR.add_to_other_config', repository, 'gc', 'false');
    const disk = await publishDisk(storage);
    const first = await raw.call('VDI.snapshot', disk, {});
    const before = await contentsOf(folder, DISK);
    // What the guest writes between two snapshots: a base of its own.
    await writeBlock(folder, DISK, 9);
    await raw.call('SR.scan', repository);
    await raw.call('VDI.snapshot', disk, {});
    await raw.call('VDI.destroy', first);
    const written = await contentsOf(folder, DISK);
    t.same([...before.keys()], [3]);
    t.same([...written.keys()].toSorted(), [3, 9]);
    t.equal((await names(folder)).length, 4, 'two bases, the disk and its snapshot');

    await raw.call('SR.remove_from_other_config', repository, 'gc');
    await raw.call('SR.scan', repository);
    const collected = async (): Promise<boolean> => (await raw.records('VDI')).length === 3;
    while (!(await collected()));
    t.equal((await names(folder)).length, 3, 'one base is left');
    t.same(await contentsOf(folder, DISK), written);
    await raw.call('SR.scan', repository);
    const managed = (await raw.records('VDI')).map((row) => row['managed']);
    t.same(managed.toSorted(), [false, true, true]);
  },
);
