import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import {
  flattenChain,
  newDifferencingVhd,
  newFixedVhd,
  openChain,
  openVhdFile,
  openVhdForWriting,
  parentsInFolder,
  rawDisk,
  rawStream,
  streamSource,
  type VhdDescription,
  writeNewVhd,
  writeRaw,
  writeVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { skipWithout, tool } from '../support/tools.js';

const SIZE = 12 * MIB;

function description(n: number): VhdDescription {
  return {
    uuid: uuid(n),
    virtualBytes: SIZE,
    createdMs: Date.UTC(2026, 0, 1),
    visibility: 'visible',
  };
}

/** Blocks of noise, of zeros, and with a little of both. */
function disk(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  randomBytes(2 * MIB).copy(bytes, 2 * MIB);
  randomBytes(5000).copy(bytes, 7 * MIB + 300);
  randomBytes(100).copy(bytes, SIZE - 100);
  return bytes;
}

test('what we write, qemu-img reads', { skip: await skipWithout('qemu-img') }, async (t) => {
  const folder = t.testdir();
  const wanted = disk();
  await writeFile(`${folder}/a.raw`, wanted);
  const raw = await openVhdFile(`${folder}/a.raw`, 'read');
  const dynamic = await openVhdFile(`${folder}/dynamic.vhd`, 'create');
  await writeVhd(rawDisk(raw), dynamic, description(1));
  const fixed = await openVhdFile(`${folder}/fixed.vhd`, 'create');
  await writeRaw(rawDisk(raw), fixed);
  await writeNewVhd(fixed, newFixedVhd(description(2)));
  for (const name of ['dynamic', 'fixed']) {
    const words = ['convert', '-f', 'vpc', '-O', 'raw'];
    await tool('qemu-img', ...words, `${folder}/${name}.vhd`, `${folder}/${name}.raw`);
    t.ok((await readFile(`${folder}/${name}.raw`)).equals(wanted), name);
  }
  for (const file of [raw, dynamic, fixed]) await file.close();
});

test('what qemu-img writes, we read', { skip: await skipWithout('qemu-img') }, async (t) => {
  const folder = t.testdir();
  const wanted = disk();
  await writeFile(`${folder}/a.raw`, wanted);
  for (const options of ['subformat=dynamic', 'subformat=fixed', 'force_size=on']) {
    const words = ['convert', '-O', 'vpc', '-o', options];
    await tool('qemu-img', ...words, `${folder}/a.raw`, `${folder}/${options}.vhd`);
    const file = await openVhdFile(`${folder}/${options}.vhd`, 'read');
    const chain = await openChain(file);
    const read = Buffer.alloc(chain.virtualBytes);
    await chain.read(read, 0);
    t.ok(read.subarray(0, SIZE).equals(wanted), options);
    t.ok(
      read.subarray(SIZE).every((byte) => byte === 0),
      'qemu rounds up to a whole geometry',
    );
    await file.close();
  }
});

/** A root and two children in a folder, runs of any length or of whole pages; returns what the leaf reads. */
async function chainIn(folder: string, unit: number): Promise<Buffer> {
  const wanted = disk();
  await writeFile(`${folder}/a.raw`, wanted);
  const raw = await openVhdFile(`${folder}/a.raw`, 'read');
  const root = await openVhdFile(`${folder}/1.vhd`, 'create');
  await writeVhd(rawDisk(raw), root, description(1));
  for (const n of [2, 3]) {
    const child = await openVhdFile(`${folder}/${n}.vhd`, 'create');
    const parent = { uuid: uuid(n - 1), fileName: `${n - 1}.vhd`, modifiedMs: Date.UTC(2026) };
    await writeNewVhd(child, newDifferencingVhd(description(n), parent));
    const writer = await openVhdForWriting(child);
    for (let run = 0; run < 40; run += 1) {
      const at = Math.floor((((run * 7919 * n) % 1000) / 1000) * (SIZE / unit - 8)) * unit;
      const bytes = randomBytes(unit * (1 + (run % 7)));
      await writer.write(bytes, at);
      bytes.copy(wanted, at);
    }
    await writer.flush();
    await child.close();
  }
  await raw.close();
  await root.close();
  return wanted;
}

test('7-Zip reads our chains, whatever runs they have', {
  skip: await skipWithout('7zz'),
}, async (t) => {
  const folder = t.testdir();
  const wanted = await chainIn(folder, 512);
  t.ok((await tool('7zz', 'x', '-so', `${folder}/3.vhd`)).equals(wanted));
  const leaf = await openVhdFile(`${folder}/3.vhd`, 'read');
  const chain = await openChain(leaf, { resolve: parentsInFolder(folder) });
  const flat = await openVhdFile(`${folder}/flat.vhd`, 'create');
  await flattenChain(chain, flat, description(4));
  t.ok((await tool('7zz', 'x', '-so', `${folder}/flat.vhd`)).equals(wanted), 'flattened');
  const top = await openVhdFile(`${folder}/top.vhd`, 'create');
  const parent = { uuid: uuid(1), fileName: '1.vhd', modifiedMs: Date.UTC(2026) };
  await flattenChain(chain, top, description(5), { files: 2, parent });
  t.ok((await tool('7zz', 'x', '-so', `${folder}/top.vhd`)).equals(wanted), 'merged on top');
  await chain.close();
  for (const file of [leaf, flat, top]) await file.close();
});

test('libvhdi reads our chains of whole pages', {
  skip: (await skipWithout('vhdimount')) || (await skipWithout('fusermount')),
}, async (t) => {
  const folder = t.testdir();
  const wanted = await chainIn(folder, 4096);
  await mkdir(`${folder}/mnt`);
  t.match((await tool('vhdiinfo', `${folder}/3.vhd`)).toString(), /Differential/);
  await tool('vhdimount', `${folder}/3.vhd`, `${folder}/mnt`);
  try {
    t.ok((await readFile(`${folder}/mnt/vhdi3`)).equals(wanted));
  } finally {
    await tool('fusermount', '-u', `${folder}/mnt`);
  }
});

test('a stream is written and read as a file is', async (t) => {
  const folder = t.testdir();
  const wanted = disk();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < wanted.length; at += 70_001) yield wanted.subarray(at, at + 70_001);
  }
  const file = await openVhdFile(`${folder}/a.vhd`, 'create');
  await writeVhd(streamSource(chunks(), SIZE), file, description(1));
  const chain = await openChain(file);
  const whole: Uint8Array[] = [];
  for await (const chunk of rawStream(chain)) whole.push(chunk);
  t.ok(Buffer.concat(whole).equals(wanted));
  const part: Uint8Array[] = [];
  const range = { start: 2 * MIB + 77, end: 7 * MIB + 301 };
  for await (const chunk of rawStream(chain, range)) part.push(chunk);
  t.ok(Buffer.concat(part).equals(wanted.subarray(range.start, range.end)), 'a range of bytes');
  const stop = new AbortController();
  const progress: number[] = [];
  const copy = await openVhdFile(`${folder}/b.vhd`, 'create');
  await t.rejects(
    writeVhd(chain, copy, description(2), {
      signal: stop.signal,
      onProgress: ({ doneBytes }) => {
        progress.push(doneBytes);
        stop.abort(new Error('enough'));
      },
    }),
    { message: 'enough' },
  );
  await t.rejects(openChain(copy), { name: 'VhdError' }, 'what was stopped is no VHD');
  t.ok(progress.length > 0);
  await file.close();
  await copy.close();
});
