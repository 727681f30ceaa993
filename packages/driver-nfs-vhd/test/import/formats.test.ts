import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DriverFailure } from '@gdcloud/core';
import { openContent } from '@gdcloud/driver-nfs-vhd';
import { type Readable, VhdError } from '@gdcloud/driver-nfs-vhd/vhd';
import fc from 'fast-check';
import { test } from 'tap';
import { diskBytes } from '../support/contents.js';
import { MIB } from '../support/fixtures.js';
import { skipWithout, tool } from '../support/tools.js';

function inMemory(bytes: Buffer): Readable {
  return {
    sizeBytes: bytes.byteLength,
    readAt: (target, position) =>
      Promise.resolve(
        bytes.copy(target, 0, position, Math.min(position + target.byteLength, bytes.byteLength)),
      ),
  };
}

async function readAll(bytes: Buffer, format: 'auto' | 'qcow2' = 'auto'): Promise<Buffer> {
  const disk = await openContent(inMemory(bytes), format);
  const whole = Buffer.alloc(disk.virtualBytes, 0xee);
  for (let at = 0; at < whole.byteLength; at += 2 * MIB) {
    const part = whole.subarray(at, at + 2 * MIB);
    if (disk.mayHold(at, at + part.byteLength)) await disk.read(part, at);
    else part.fill(0);
  }
  return whole;
}

const WRITTEN_BY_QEMU: readonly (readonly [name: string, ...options: string[]])[] = [
  ['qcow2', '-O', 'qcow2'],
  ['qcow2 of version 2', '-O', 'qcow2', '-o', 'compat=0.10'],
  ['qcow2 with small clusters', '-O', 'qcow2', '-o', 'cluster_size=512'],
  ['qcow2 with large clusters', '-O', 'qcow2', '-o', 'cluster_size=2M'],
  ['deflated qcow2', '-c', '-O', 'qcow2'],
  ['deflated qcow2 with small clusters', '-c', '-O', 'qcow2', '-o', 'cluster_size=4k'],
  ['VMDK', '-O', 'vmdk'],
  ['VMDK for ESX', '-O', 'vmdk', '-o', 'subformat=monolithicSparse,zeroed_grain=on'],
  ['stream-optimized VMDK', '-O', 'vmdk', '-o', 'subformat=streamOptimized'],
  ['dynamic VHD', '-O', 'vpc', '-o', 'force_size=on'],
  ['fixed VHD', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on'],
];

test('what qemu-img writes is read bit by bit', {
  skip: await skipWithout('qemu-img'),
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-formats-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const raw = diskBytes(9 * MIB + 512 * 9);
  await writeFile(join(folder, 'disk.raw'), raw);
  for (const [name, ...options] of WRITTEN_BY_QEMU) {
    const path = join(folder, 'converted');
    await tool('qemu-img', 'convert', '-f', 'raw', ...options, join(folder, 'disk.raw'), path);
    const read = await readAll(await readFile(path));
    t.ok(read.subarray(0, raw.byteLength).equals(raw), name);
    t.ok(
      read.subarray(raw.byteLength).every((byte) => byte === 0),
      `${name}: zeros behind it`,
    );
  }
});

test('what names files of the host is refused by its header', {
  skip: await skipWithout('qemu-img'),
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-formats-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const secret = join(folder, 'secret.raw');
  await writeFile(secret, Buffer.alloc(MIB, 'secret'));
  const path = (name: string): string => join(folder, name);
  await tool('qemu-img', 'create', '-f', 'qcow2', '-b', secret, '-F', 'raw', path('backed'));
  await tool(
    'qemu-img',
    'create',
    '-f',
    'qcow2',
    '-o',
    `data_file=${path('data')}`,
    path('external'),
    '1M',
  );
  await tool('qemu-img', 'create', '-f', 'vmdk', path('base'), '1M');
  await tool('qemu-img', 'create', '-f', 'vmdk', '-b', path('base'), '-F', 'vmdk', path('child'));
  await tool(
    'qemu-img',
    'create',
    '-f',
    'vmdk',
    '-o',
    'subformat=monolithicFlat',
    path('flat'),
    '1M',
  );
  for (const name of ['backed', 'external', 'child'])
    await t.rejects(
      readAll(await readFile(path(name))),
      { outcome: 'invalid', code: 'ContentIncomplete' },
      name,
    );
  await t.rejects(readAll(await readFile(path('flat'))), {
    outcome: 'invalid',
    code: 'FormatUnknown',
  });
});

test('what is no disk is told so', async (t) => {
  const compressed = Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(1000)]);
  await t.rejects(readAll(compressed), { code: 'FormatUnknown', message: /gzip/ });
  await t.rejects(readAll(Buffer.from('<html>moved</html>')), { code: 'FormatUnknown' });
  await t.rejects(readAll(Buffer.alloc(0)), { code: 'ContentEmpty' });
  await t.rejects(readAll(Buffer.alloc(4096), 'qcow2'), { code: 'ContentDamaged' });
});

function qcow2Header(change: (header: Buffer) => void): Buffer {
  const header = Buffer.alloc(112);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(2n ** 20n, 24);
  header.writeUInt32BE(1, 36);
  header.writeBigUInt64BE(112n, 40);
  change(header);
  return header;
}

test('hostile headers cost nothing', async (t) => {
  const hostile: readonly (readonly [string, (header: Buffer) => void])[] = [
    ['an endless disk', (h) => h.writeBigUInt64BE(2n ** 62n, 24)],
    ['an endless table', (h) => h.writeUInt32BE(0xffff_ffff, 36)],
    ['a table behind the end', (h) => h.writeBigUInt64BE(2n ** 50n, 40)],
    ['a table of no place', (h) => h.writeBigUInt64BE(2n ** 63n, 40)],
    ['clusters of a terabyte', (h) => h.writeUInt32BE(40, 20)],
    ['clusters of a byte', (h) => h.writeUInt32BE(0, 20)],
    ['no size', (h) => h.writeBigUInt64BE(0n, 24)],
    ['encryption', (h) => h.writeUInt32BE(1, 32)],
    ['unknown features', (h) => h.writeBigUInt64BE(1n << 40n, 72)],
    ['a version to come', (h) => h.writeUInt32BE(9, 4)],
  ];
  for (const [name, change] of hostile)
    await t.rejects(
      openContent(inMemory(qcow2Header(change)), 'auto'),
      { outcome: 'invalid', code: /^(Content|Format)/ },
      name,
    );
});

test('a cluster that inflates to more than one is refused', async (t) => {
  const { deflateRawSync } = await import('node:zlib');
  const bomb = deflateRawSync(Buffer.alloc(64 * MIB));
  const file = Buffer.alloc(3 * 65_536 + bomb.byteLength + 512);
  qcow2Header((h) => h.writeBigUInt64BE(65_536n, 40)).copy(file);
  file.writeBigUInt64BE(131_072n, 65_536);
  const sectors = BigInt(Math.ceil(bomb.byteLength / 512));
  file.writeBigUInt64BE((1n << 62n) | ((sectors & 255n) << 54n) | 196_608n, 131_072);
  bomb.copy(file, 196_608);
  const disk = await openContent(inMemory(file), 'qcow2');
  await t.rejects(disk.read(Buffer.alloc(65_536), 0), {
    outcome: 'invalid',
    code: 'ContentDamaged',
  });
});

test('bytes changed by chance are read, or refused as content, and nothing else', {
  skip: await skipWithout('qemu-img'),
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-formats-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const raw = join(folder, 'disk.raw');
  await writeFile(raw, diskBytes(MIB));
  const samples: Buffer[] = [];
  for (const options of [
    ['-O', 'qcow2', '-o', 'cluster_size=4k'],
    ['-c', '-O', 'qcow2'],
    ['-O', 'vmdk'],
    ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
    ['-O', 'vpc', '-o', 'force_size=on'],
  ]) {
    const path = join(folder, 'converted');
    await tool('qemu-img', 'convert', '-f', 'raw', ...options, raw, path);
    samples.push(await readFile(path));
  }
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: samples.length - 1 }),
      fc.array(fc.tuple(fc.nat({ max: 4095 }), fc.nat({ max: 255 })), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      async (index, changes, cut) => {
        const whole = Buffer.from(samples[index] ?? []);
        for (const [at, byte] of changes) whole[at] = byte;
        const bytes = cut === null ? whole : whole.subarray(0, Math.floor(whole.byteLength * cut));
        try {
          const disk = await openContent(inMemory(bytes), 'auto');
          const part = Buffer.alloc(64 * 1024);
          for (let at = 0; at < Math.min(disk.virtualBytes, 2 * MIB); at += part.byteLength)
            if (disk.mayHold(at, at + 512)) await disk.read(part.subarray(0, 512), at);
        } catch (thrown) {
          const isTold = thrown instanceof DriverFailure && thrown.outcome === 'invalid';
          if (!isTold && !(thrown instanceof VhdError)) throw thrown;
        }
      },
    ),
    { numRuns: 500, seed: 7 },
  );
  t.pass('500 of them');
});
