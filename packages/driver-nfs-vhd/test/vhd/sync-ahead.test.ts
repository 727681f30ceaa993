import {
  coalesceVhd,
  newDifferencingVhd,
  newDynamicVhd,
  openVhd,
  openVhdForWriting,
  type Readable,
  type Writable,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { MemoryVhdFile } from '../support/memory-vhd-file.js';

/** More than is written before the disk is set to work. */
const BLOCKS = 40;
const SIZE = { virtualBytes: 2 * BLOCKS * MIB, createdMs: 0, visibility: 'visible' } as const;

async function fullChild(): Promise<Readable> {
  const file = new MemoryVhdFile();
  const parent = { uuid: uuid(1), fileName: 'p.vhd', modifiedMs: 0 };
  await writeNewVhd(file, newDifferencingVhd({ ...SIZE, uuid: uuid(2) }, parent));
  const writer = await openVhdForWriting(file);
  const block = Buffer.alloc(2 * MIB, 'data');
  for (let at = 0; at < SIZE.virtualBytes; at += block.length) await writer.write(block, at);
  await writer.flush();
  return file;
}

/** An empty parent whose syncs do as `sync` does. */
async function parentSyncing(sync: () => Promise<void>): Promise<Writable> {
  const file = new MemoryVhdFile();
  await writeNewVhd(file, newDynamicVhd({ ...SIZE, uuid: uuid(1) }));
  return {
    get sizeBytes() {
      return file.sizeBytes;
    },
    readAt: (target, position) => file.readAt(target, position),
    writeAt: (bytes, position) => file.writeAt(bytes, position),
    sync,
  };
}

test('a big merge has the disk work along, and reads as the child did', async (t) => {
  let syncs = 0;
  const parent = await parentSyncing(async () => {
    syncs += 1;
  });
  await coalesceVhd(await openVhd(await fullChild()), parent);
  t.equal(syncs, 3, 'one on the way, two at the end');
  const read = Buffer.alloc(512);
  await parent.readAt(read, parent.sizeBytes - 512 - MIB);
  t.equal(read.toString('latin1', 0, 8), 'datadata');
});

test('a sync on the way that fails is not forgotten, for the system tells of it only once', async (t) => {
  let syncs = 0;
  const parent = await parentSyncing(async () => {
    syncs += 1;
    if (syncs === 1) throw new Error('EIO');
  });
  await t.rejects(coalesceVhd(await openVhd(await fullChild()), parent), { message: 'EIO' });
  t.equal(syncs, 1, 'and nothing is written any more');
});
