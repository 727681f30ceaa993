import {
  checkVhd,
  newDifferencingVhd,
  newDynamicVhd,
  newDynamicVhdWithBlocks,
  openVhd,
  readVhdHead,
  type Vhd,
  type VhdDescription,
  vhdChecksum,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { GIB, MIB, uuid } from '../support/fixtures.js';
import { bytesOf, readable } from '../support/memory-file.js';

const DESCRIPTION: VhdDescription = {
  uuid: uuid(1),
  virtualBytes: GIB,
  createdMs: Date.UTC(2026, 0, 1),
  visibility: 'visible',
};

function twoBlocks(): Buffer {
  const blocks = new Map([
    [5, Buffer.from('five')],
    [2, Buffer.alloc(2 * MIB, 2)],
  ]);
  return bytesOf(newDynamicVhdWithBlocks(DESCRIPTION, blocks));
}

const opened = (bytes: Uint8Array): Promise<Vhd> => openVhd(readable(bytes));

test('what is written is found sound', async (t) => {
  for (const [bytes, allocatedBlocks] of [
    [bytesOf(newDynamicVhd(DESCRIPTION)), 0],
    [twoBlocks(), 2],
  ] as const) {
    const report = await checkVhd(readable(bytes), { nowMs: DESCRIPTION.createdMs });
    t.match(report, { findings: [], verdict: 'sound', type: 'dynamic', allocatedBlocks });
    t.match(await opened(bytes), {
      allocatedBlocks,
      lastFooter: 'sound',
      footer: { uuid: uuid(1), virtualBytes: GIB },
    });
  }
});

test('a child names its parent in the header and in every locator', async (t) => {
  const parent = { uuid: uuid(2), fileName: `${uuid(2)}.vhd`, modifiedMs: Date.UTC(2025, 0, 1) };
  const bytes = bytesOf(newDifferencingVhd(DESCRIPTION, parent));
  const { header, footer } = await readVhdHead(readable(bytes));
  t.equal(footer.type, 'differencing');
  t.same(header.parent, parent);
  const texts = header.locators.map(({ code, position, lengthBytes }) =>
    bytes.toString(code === 'MacX' ? 'utf8' : 'utf16le', position, position + lengthBytes),
  );
  t.same(texts, [`file://./${uuid(2)}.vhd`, `./${uuid(2)}.vhd`, `./${uuid(2)}.vhd`]);
});

test('a clone is one piece, however big the disk', async (t) => {
  const parent = { uuid: uuid(2), fileName: 'a.vhd', modifiedMs: 0 };
  const clone = newDifferencingVhd({ ...DESCRIPTION, virtualBytes: 40 * GIB }, parent);
  t.equal(clone.pieces.length, 1);
  t.equal(clone.fileBytes, 88_576);
});

test('a file whose tail XenServer has overwritten is still read', async (t) => {
  const bytes = twoBlocks();
  bytes.fill(0xc7, bytes.byteLength - 512);
  t.match(await opened(bytes), { lastFooter: 'killed', allocatedBlocks: 2 });
  bytes.fill(0, bytes.byteLength - 512);
  t.match(await opened(bytes), { lastFooter: 'missing', allocatedBlocks: 2 });
});

test('each damage that keeps a disk from being read has its own name', async (t) => {
  const damaged = async (
    code: string,
    what: string,
    change: (bytes: Buffer) => void,
  ): Promise<void> => {
    const bytes = twoBlocks();
    change(bytes);
    await t.rejects(opened(bytes), { name: 'VhdError', code }, what);
  };
  const tableAt = 1536;
  const sectorOf = (bytes: Buffer, block: number): number =>
    bytes.readUInt32BE(tableAt + 4 * block);

  await damaged('HeaderChecksum', 'header', (b) => b.writeUInt8(1, 512 + 60));
  await damaged('NotAVhd', 'no header', (b) => b.fill(0, 512, 1536));
  await damaged('Overlap', 'two blocks at one place', (b) =>
    b.writeUInt32BE(sectorOf(b, 2), tableAt),
  );
  await damaged('Overlap', 'two blocks one sector apart', (b) =>
    b.writeUInt32BE(sectorOf(b, 2) + 1, tableAt),
  );
  await damaged('Overlap', 'a block over the block table', (b) => b.writeUInt32BE(3, tableAt + 8));
  await damaged('Overlap', 'a block over the header', (b) => b.writeUInt32BE(0, tableAt + 8));
  await damaged('OutOfBounds', 'a block behind the end', (b) =>
    b.writeUInt32BE(0xffff_fffe, tableAt),
  );
  await damaged('InvalidField', 'a table too short for the size', (b) => {
    b.writeUInt32BE(511, 512 + 28);
    b.writeUInt32BE(vhdChecksum(b.subarray(512, 1536), 36), 512 + 36);
  });
});

test('a file cut anywhere is an error and not a crash', async (t) => {
  const bytes = twoBlocks();
  for (const length of [0, 1, 511, 512, 1535, 1536, 3000, 4100, 8192]) {
    await t.rejects(opened(bytes.subarray(0, length)), { name: 'VhdError' }, `${length} bytes`);
  }
});

test('random damage is reported by a VhdError or harmless', async (t) => {
  const bytes = twoBlocks();
  let seed = 1;
  for (let round = 0; round < 300; round += 1) {
    const copy = Buffer.from(bytes.subarray(0, 8192));
    seed = (seed * 48_271) % 2_147_483_647;
    copy[seed % 8192] = seed & 0xff;
    await opened(copy).catch((thrown: unknown) => t.match(thrown, { name: 'VhdError' }));
  }
});
