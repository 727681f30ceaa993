import { readFile, writeFile } from 'node:fs/promises';
import {
  newDifferencingVhd,
  newDynamicVhd,
  newDynamicVhdWithBlocks,
  type VhdDescription,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { GIB, MIB, uuid } from '../support/fixtures.js';
import { bytesOf } from '../support/memory-file.js';
import { skipWithout, tool } from '../support/tools.js';

const DESCRIPTION: VhdDescription = {
  uuid: uuid(1),
  virtualBytes: 8 * MIB,
  createdMs: Date.UTC(2026, 0, 1),
  visibility: 'visible',
};

test('qemu-img sees the size asked for', { skip: await skipWithout('qemu-img') }, async (t) => {
  for (const virtualBytes of [2 * MIB, GIB + 2 * MIB, 40 * GIB, 2040 * GIB]) {
    for (const visibility of ['visible', 'hidden'] as const) {
      const path = `${t.testdir()}/a.vhd`;
      await writeFile(path, bytesOf(newDynamicVhd({ ...DESCRIPTION, virtualBytes, visibility })));
      const info: unknown = JSON.parse(
        (await tool('qemu-img', 'info', '-f', 'vpc', '--output=json', path)).toString(),
      );
      t.match(info, { 'virtual-size': virtualBytes }, `${virtualBytes} ${visibility}`);
    }
  }
});

test('qemu-img reads back every byte', { skip: await skipWithout('qemu-img') }, async (t) => {
  const folder = t.testdir();
  const blocks = new Map([
    [3, Buffer.alloc(2 * MIB, 'three')],
    [1, Buffer.from('one')],
  ]);
  await writeFile(`${folder}/a.vhd`, bytesOf(newDynamicVhdWithBlocks(DESCRIPTION, blocks)));
  await tool('qemu-img', 'convert', '-f', 'vpc', '-O', 'raw', `${folder}/a.vhd`, `${folder}/a.raw`);
  const expected = Buffer.alloc(8 * MIB);
  for (const [block, data] of blocks) expected.set(data, block * 2 * MIB);
  t.ok((await readFile(`${folder}/a.raw`)).equals(expected));
});

test('7-Zip reads a child through to its parent', { skip: await skipWithout('7zz') }, async (t) => {
  const folder = t.testdir();
  const data = Buffer.alloc(2 * MIB, 'parent');
  await writeFile(
    `${folder}/a.vhd`,
    bytesOf(newDynamicVhdWithBlocks(DESCRIPTION, new Map([[2, data]]))),
  );
  const child = newDifferencingVhd(
    { ...DESCRIPTION, uuid: uuid(2) },
    { uuid: uuid(1), fileName: 'a.vhd', modifiedMs: Date.UTC(2026, 0, 1) },
  );
  await writeFile(`${folder}/b.vhd`, bytesOf(child));
  const expected = Buffer.alloc(8 * MIB);
  expected.set(data, 4 * MIB);
  t.ok((await tool('7zz', 'x', '-so', `${folder}/b.vhd`)).equals(expected));
});
