import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newDynamicVhdWithBlocks } from '@gdcloud/driver-nfs-vhd/vhd';
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

async function storageWith(t: Test): Promise<Storage> {
  const folder = t.testdir({});
  const simulator = await startSimulator({ hosts: 1, storageFolder: folder });
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
