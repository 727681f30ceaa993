import {
  blockTableBytes,
  encodeBlockTable,
  encodeEmptyBatmap,
  encodeFooter,
  encodeHeader,
  type Footer,
  fromVhdSeconds,
  fullFileBytes,
  layoutFor,
  MAX_VIRTUAL_BYTES,
  nextBitmapSector,
  parentLocators,
  parseBatmap,
  parseBlockTable,
  parseFooter,
  parseHeader,
  toVhdSeconds,
  UNUSED_BLOCK,
  vhdChecksum,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { GIB, MIB, uuid } from '../support/fixtures.js';

const FOOTER: Footer = {
  type: 'dynamic',
  uuid: uuid(1),
  virtualBytes: 40 * GIB,
  createdMs: Date.UTC(2026, 0, 2),
  visibility: 'hidden',
};

test('a footer survives writing and reading', async (t) => {
  for (const type of ['fixed', 'dynamic', 'differencing'] as const) {
    for (const visibility of ['hidden', 'visible'] as const) {
      const footer = { ...FOOTER, type, visibility };
      t.match(parseFooter(encodeFooter(footer)), {
        ...footer,
        creator: 'tap\0',
        creatorVersion: { major: 1, minor: 3 },
      });
    }
  }
});

test('a footer lies byte by byte where the specification puts it', async (t) => {
  const bytes = Buffer.from(encodeFooter(FOOTER));
  t.equal(bytes.toString('latin1', 0, 8), 'conectix');
  t.equal(bytes.readUInt32BE(8), 2, 'the reserved feature bit is set, no other');
  t.equal(bytes.readBigUInt64BE(16), 512n);
  t.equal(bytes.readUInt32BE(24), Date.UTC(2026, 0, 2) / 1000 - 946_684_800);
  t.equal(bytes.readBigUInt64BE(40), BigInt(40 * GIB));
  t.equal(bytes.readBigUInt64BE(48), BigInt(40 * GIB));
  t.equal(bytes[85], 1, 'hidden');
  t.ok(
    bytes.subarray(86).every((byte) => byte === 0),
    'reserved bytes are zero',
  );
});

test('a flipped byte of a footer is found', async (t) => {
  for (const at of [9, 24, 48, 60, 64, 70, 85, 300, 511]) {
    const bytes = encodeFooter(FOOTER);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    t.throws(() => parseFooter(bytes), { code: 'FooterChecksum' }, `byte ${at}`);
  }
  t.throws(() => parseFooter(new Uint8Array(512)), { code: 'NotAVhd' });
  t.throws(() => parseFooter(new Uint8Array(511)), { code: 'Truncated' });
});

test('a footer with a right checksum and wrong values is refused', async (t) => {
  const forged = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(encodeFooter(FOOTER));
    change(bytes);
    bytes.writeUInt32BE(vhdChecksum(bytes, 64), 64);
    return bytes;
  };
  t.throws(
    () => parseFooter(forged((b) => b.writeUInt32BE(9, 60))),
    { code: 'Unsupported' },
    'type',
  );
  t.throws(
    () => parseFooter(forged((b) => b.writeUInt32BE(0x20000, 12))),
    { code: 'Unsupported' },
    'version',
  );
  t.throws(
    () => parseFooter(forged((b) => b.fill(0xff, 16, 24))),
    { code: 'Unsupported' },
    'no header',
  );
  t.throws(
    () => parseFooter(forged((b) => b.fill(0xff, 48, 56))),
    { code: 'InvalidField' },
    'size',
  );
  t.throws(
    () => parseFooter(forged((b) => b.writeUInt8(2, 85))),
    { code: 'InvalidField' },
    'hidden',
  );
});

test('a header with a parent survives writing and reading', async (t) => {
  const fileName = `${uuid(9)}.vhd`;
  const header = {
    tableOffset: 1536,
    tableEntries: 20480,
    blockBytes: 2 * MIB,
    parent: { uuid: uuid(9), fileName, modifiedMs: Date.UTC(2025, 5, 1) },
    locators: [{ code: 'MacX', spaceBytes: 512, lengthBytes: 49, position: 86528 }],
  };
  const bytes = Buffer.from(encodeHeader(header));
  t.same(parseHeader(bytes, 'differencing'), header);
  t.equal(bytes.readUInt16BE(64), fileName.charCodeAt(0), 'the name is UTF-16, big-endian');
  t.equal(bytes.readBigUInt64BE(8), 0xffff_ffff_ffff_ffffn);
});

test('a hostile header is refused', async (t) => {
  const forged = (change: (bytes: Buffer) => void): Buffer => {
    const header = { tableOffset: 1536, tableEntries: 1, blockBytes: 2 * MIB, locators: [] };
    const bytes = Buffer.from(encodeHeader(header));
    change(bytes);
    bytes.writeUInt32BE(vhdChecksum(bytes, 36), 36);
    return bytes;
  };
  const refused = (code: string, what: string, change: (bytes: Buffer) => void): void => {
    t.throws(() => parseHeader(forged(change), 'dynamic'), { code }, what);
  };
  refused('InvalidField', 'a table of 16 GiB', (b) => b.writeUInt32BE(0xffff_ffff, 28));
  refused('InvalidField', 'an empty table', (b) => b.writeUInt32BE(0, 28));
  refused('InvalidField', 'a table at half a sector', (b) => b.writeBigUInt64BE(1700n, 16));
  refused('InvalidField', 'a table beyond all files', (b) => b.fill(0xff, 16, 24));
  refused('Unsupported', 'blocks of one byte', (b) => b.writeUInt32BE(1, 32));
  refused('InvalidField', 'a locator longer than its space', (b) => {
    b.write('W2ru', 576);
    b.writeUInt32BE(512, 580);
    b.writeUInt32BE(513, 584);
  });
  const flipped = forged(() => {});
  flipped[30] = 7;
  t.throws(() => parseHeader(flipped, 'dynamic'), { code: 'HeaderChecksum' });
});

test('the locators are the three of libvhd, all relative', async (t) => {
  const [mac, absolute, relative] = parentLocators('a.vhd');
  t.equal(mac?.code, 'MacX');
  t.equal(Buffer.from(mac?.text ?? []).toString(), 'file://./a.vhd');
  t.equal(absolute?.code, 'W2ku');
  t.equal(relative?.code, 'W2ru');
  t.equal(Buffer.from(relative?.text ?? []).toString('utf16le'), './a.vhd');
  for (const name of ['../a.vhd', 'a/b.vhd', '', '.vhd', 'a\0.vhd', 'ä.vhd', 'x'.repeat(300)]) {
    t.throws(() => parentLocators(name), { code: 'InvalidName' }, JSON.stringify(name));
  }
});

test('a block table survives writing and reading, padded with unused entries', async (t) => {
  const bytes = encodeBlockTable(3, new Map([[1, 7]]));
  t.equal(bytes.byteLength, 512);
  t.same([...parseBlockTable(bytes, 3)], [UNUSED_BLOCK, 7, UNUSED_BLOCK]);
  t.ok(bytes.subarray(12).every((byte) => byte === 0xff));
  t.throws(() => encodeBlockTable(3, new Map([[3, 7]])), { code: 'InvalidField' });
});

test('a batmap of the wrong size is refused', async (t) => {
  const bytes = Buffer.from(encodeEmptyBatmap(4096, 20480));
  t.match(parseBatmap(bytes, 20480), { mapOffset: 4096, mapBytes: 2560, checksum: 0xffff_ffff });
  bytes.writeUInt32BE(1, 16);
  t.throws(() => parseBatmap(bytes, 20480), { code: 'InvalidField' }, 'libvhd would abort on it');
  bytes.writeUInt32BE(0xffff_ffff, 16);
  t.throws(() => parseBatmap(bytes, 20480), { code: 'InvalidField' });
  t.equal(parseBatmap(new Uint8Array(512), 1), undefined);
});

test('metadata takes as many bytes as libvhd computes', async (t) => {
  const withFooter = (virtualBytes: number): number =>
    layoutFor(virtualBytes, 3).metadataBytes + 512;
  t.equal(withFooter(40 * GIB), 88_576);
  t.equal(withFooter(1228.8 * GIB - ((1228.8 * GIB) % (2 * MIB))), 2_599_936);
  t.equal(withFooter(MAX_VIRTUAL_BYTES), 4_312_576);
  t.ok(
    fullFileBytes(MAX_VIRTUAL_BYTES, 3) <= 2 ** 41,
    'a full 2040 GiB disk is within reach of 32-bit sectors',
  );
  t.equal(blockTableBytes(129), 1024);
});

test('data always starts at 4 KiB', async (t) => {
  for (let end = 0; end < 20_000; end += 512) {
    const sector = nextBitmapSector(end);
    t.ok(
      (sector + 1) % 8 === 0 && sector * 512 >= end && sector * 512 < end + 4096,
      `after ${end}`,
    );
  }
});

test('sizes that no VHD may have are refused', async (t) => {
  for (const bytes of [
    0,
    -2 * MIB,
    MIB,
    2 * MIB + 512,
    MAX_VIRTUAL_BYTES + 2 * MIB,
    Number.NaN,
    0.5,
  ]) {
    t.throws(() => layoutFor(bytes, 0), { code: 'InvalidSize' }, String(bytes));
  }
});

test('times are counted from 2000 in whole seconds', async (t) => {
  t.equal(toVhdSeconds(Date.UTC(2000, 0, 1)), 0);
  t.equal(toVhdSeconds(0), 0);
  t.equal(fromVhdSeconds(toVhdSeconds(Date.UTC(2026, 10, 24))), Date.UTC(2026, 10, 24));
});
