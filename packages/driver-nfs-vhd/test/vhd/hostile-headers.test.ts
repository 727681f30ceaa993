import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  checkVhd,
  encodeFooter,
  type FindingCode,
  openVhd,
  readVhdHead,
  VhdError,
  type VhdErrorCode,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { GIB, MIB, uuid } from '../support/fixtures.js';
import { type HugeVhd, hugeVhd } from '../support/huge-vhd.js';
import { SparseFile } from '../support/sparse-file.js';

const LAST_64 = 2n ** 64n;

/** What a header says, why it can't be opened, and what a check finds first of it. */
const HOSTILE: readonly (readonly [string, HugeVhd, VhdErrorCode | 'opened', FindingCode?])[] = [
  ['nothing amiss', {}, 'opened'],
  ['no entries', { header: entries(0) }, 'InvalidField', 'TableSizeInvalid'],
  ['one too many', { header: entries(2 ** 22 + 1) }, 'InvalidField', 'TableSizeInvalid'],
  ['2^32 - 1 entries', { header: entries(2 ** 32 - 1) }, 'InvalidField', 'TableSizeInvalid'],
  ['too few entries', { header: entries(1_044_479) }, 'InvalidField', 'TableTooShort'],
  ['a table at 0', { header: tableAt(0n) }, 'Overlap', 'TableOverHeader'],
  ['a table at the end', { header: tableAt(2n ** 41n - 512n) }, 'OutOfBounds', 'TableOutside'],
  ['a table near 2^53', { header: tableAt(2n ** 53n - 512n) }, 'OutOfBounds', 'TableOutside'],
  ['a table at 2^53', { header: tableAt(2n ** 53n) }, 'InvalidField', 'TableOutside'],
  ['a table near 2^64', { header: tableAt(LAST_64 - 512n) }, 'InvalidField', 'TableOutside'],
  ...[0, 1, 512, 4096, 2 ** 20, 3 * 2 ** 20, 2 ** 21 + 1, 2 ** 22, 2 ** 31, 2 ** 32 - 1].map(
    (bytes) =>
      [
        `blocks of ${bytes} bytes`,
        { header: (h: Buffer) => h.writeUInt32BE(bytes, 32) },
        'Unsupported',
        'BlockSizeUnsupported',
      ] as const,
  ),
  ['a size of nothing', { footer: size(0n) }, 'InvalidField', 'SizeInvalid'],
  ['2040 GiB and a byte', { footer: size(2040n * 2n ** 30n + 1n) }, 'InvalidField', 'SizeInvalid'],
  ['2040 GiB and more', { footer: size(2041n * 2n ** 30n) }, 'InvalidField', 'SizeTooBig'],
  ['a size of 2^53', { footer: size(2n ** 53n) }, 'InvalidField', 'SizeTooBig'],
  ['a size of 2^63', { footer: size(2n ** 63n) }, 'InvalidField', 'SizeInvalid'],
  ['a negative size', { footer: size(LAST_64 - 512n) }, 'InvalidField', 'SizeInvalid'],
  ...[0n, 1n, 513n, 2n ** 53n, 2n ** 63n, LAST_64 - 1n].map(
    (offset) =>
      [
        `a header at ${offset}`,
        { footer: (f: Buffer) => f.writeBigUInt64BE(offset, 16) },
        'Unsupported',
        'FooterDataOffset',
      ] as const,
  ),
  ['a locator behind 2^63', { header: locator(1, 2n ** 63n) }, 'InvalidField', 'LocatorOutside'],
  ['a locator near 2^53', { header: locator(1, 2n ** 53n - 1n) }, 'OutOfBounds', 'LocatorOutside'],
  ['a locator of 4 GiB', { header: locator(2 ** 32 - 1, 2n ** 40n) }, 'opened'],
  [
    'a locator of 4 GiB at the end',
    { header: locator(2 ** 32 - 1, 2n ** 41n - 1024n) },
    'OutOfBounds',
    'LocatorOutside',
  ],
  ['all blocks at one place', { entry: () => 40_000 }, 'Overlap', 'BlocksOverlap'],
  ['all blocks over the header', { entry: () => 0 }, 'Overlap', 'BlockOverStructure'],
  ['blocks sector by sector', { entry: (b) => 40_000 + b }, 'Overlap', 'BlocksOverlap'],
  [
    'a bitmap right before the last footer',
    { entry: last(2 ** 32 - 2) },
    'OutOfBounds',
    'BlockOutside',
  ],
  ['data over the last footer', { entry: last(2 ** 32 - 4097) }, 'OutOfBounds', 'BlockOutside'],
  ['a block right before the last footer', { entry: last(2 ** 32 - 4098) }, 'opened'],
];

function entries(count: number) {
  return (header: Buffer): unknown => header.writeUInt32BE(count, 28);
}

function tableAt(offset: bigint) {
  return (header: Buffer): unknown => header.writeBigUInt64BE(offset, 16);
}

function size(bytes: bigint) {
  return (footer: Buffer): unknown => footer.writeBigUInt64BE(bytes, 48);
}

function locator(bytes: number, position: bigint) {
  return (header: Buffer): void => {
    header.write('W2ru', 576, 'latin1');
    header.writeUInt32BE(bytes, 576 + 4);
    header.writeUInt32BE(Math.min(bytes, 512), 576 + 8);
    header.writeBigUInt64BE(position, 576 + 16);
  };
}

function last(sector: number) {
  return (block: number): number => (block === 1_044_479 ? sector : 2 ** 32 - 1);
}

test('whatever a header says of 2 TiB, little is read, and it is told exactly', async (t) => {
  for (const [what, huge, opens, finds] of HOSTILE) {
    const file = hugeVhd(huge);
    t.equal(await codeOf(() => openVhd(file)), opens, what);
    // All footers, a header, and at most the table.
    t.ok(file.readBytes <= 5 * MIB, `${what}: ${file.readBytes} bytes`);
    const before = file.readBytes;
    await codeOf(() => readVhdHead(file));
    t.equal(file.readBytes - before, 1536, `${what}: a look`);
    const { findings } = await checkVhd(file, { nowMs: Date.now(), depth: 'structure' });
    const codes = new Set(findings.map(({ code }) => code));
    if (finds === undefined)
      t.notOk(
        findings.some(({ risk }) => risk === 'disk'),
        `${what}: found`,
      );
    else t.ok(codes.has(finds), `${what}: ${[...codes].join()} has ${finds}`);
    t.ok(file.readBytes <= 11 * MIB, `${what}: ${file.readBytes} bytes with the check`);
  }
});

const FIXED = encodeFooter({
  type: 'fixed',
  uuid: uuid(1),
  virtualBytes: 2040 * GIB,
  createdMs: 0,
  visibility: 'visible',
});

/** Files that are no disks, of any size. */
const NO_DISKS: readonly (readonly [string, SparseFile, VhdErrorCode, FindingCode])[] = [
  ['nothing', new SparseFile(0), 'Truncated', 'FileTooShort'],
  ['a byte', new SparseFile(1), 'Truncated', 'FileTooShort'],
  ['510 bytes', new SparseFile(510), 'Truncated', 'FileTooShort'],
  ['511 zeros', new SparseFile(511), 'NotAVhd', 'NoFooter'],
  ['512 zeros', new SparseFile(512), 'NotAVhd', 'NoFooter'],
  ['2 TiB of zeros', new SparseFile(2 ** 41), 'NotAVhd', 'NoFooter'],
  ['2040 GiB and a byte of zeros', new SparseFile(2040 * GIB + 1), 'NotAVhd', 'NoFooter'],
  ['8 PiB less a byte of zeros', new SparseFile(2 ** 53 - 1), 'NotAVhd', 'NoFooter'],
  ['a footer alone', footerOnly(512), 'Truncated', 'FixedDataMissing'],
  ['a footer behind a sector', footerOnly(1024), 'Truncated', 'FixedDataMissing'],
];

function footerOnly(bytes: number): SparseFile {
  return new SparseFile(bytes, [{ position: bytes - 512, bytes: FIXED }]);
}

test('what is no disk is told by its footers alone, however long it is', async (t) => {
  for (const [what, file, opens, finds] of NO_DISKS) {
    t.equal(await codeOf(() => openVhd(file)), opens, what);
    const { findings } = await checkVhd(file, { nowMs: Date.now(), depth: 'data' });
    t.ok(
      findings.some(({ code }) => code === finds),
      `${what}: ${findings[0]?.code}`,
    );
    t.ok(file.readBytes <= 4096, `${what}: ${file.readBytes} bytes`);
  }
});

test('the largest table of nothing but damage takes no more memory than a sound one', async (t) => {
  const script = fileURLToPath(new URL('../support/peak-memory.js', import.meta.url));
  for (const damage of ['onePlace', 'eachOverTheNext']) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, damage]);
    const told = JSON.parse(stdout);
    t.match(told, { opened: 'Overlap', verdict: 'damaged' });
    t.ok(told.findings < 500, `${told.findings} findings`);
    t.ok(told.grownMiB < 150, `${told.grownMiB} MiB`);
  }
});

async function codeOf(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return 'opened';
  } catch (thrown) {
    if (thrown instanceof VhdError) return thrown.code;
    throw thrown;
  }
}
