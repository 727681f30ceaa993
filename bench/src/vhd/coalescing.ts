import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import {
  coalesceVhd,
  newDifferencingVhd,
  newDynamicVhd,
  openVhd,
  openVhdFile,
  openVhdForWriting,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { figure } from '../report/figure.js';
import { BLOCK, description, emptied, GIB, inTurn, MIB, program } from './disks.js';
import type { VhdPart } from './vhd-part.js';
import { warmMemory } from './warm-memory.js';

const FULL_BLOCKS = 128;
const PAGE = 4096;
const PAGES_A_BLOCK = 64;

/** A child's data into its parent, beside dd of as much. */
export const coalescing: VhdPart = {
  name: 'coalesce',
  what: '256 MiB of whole blocks, and 32 MiB of scattered pages, into the parent, beside dd',
  async measure({ folder, rounds, tell }) {
    tell('whole blocks');
    const full = await child(`${folder}/full.vhd`, (block) => [[block * BLOCK, BLOCK]]);
    const dd = ['bs=2M', 'conv=fsync', 'status=none', `of=${folder}/dd`];
    const prepared = { prepare: () => newParent(folder) };
    const whole = await inTurn(rounds, {
      dd: { ...prepared, work: () => program('dd', `if=${folder}/full.vhd`, ...dd) },
      ours: { ...prepared, work: () => merge(folder, full) },
    });
    tell('scattered pages');
    const pages = Array.from(
      { length: PAGES_A_BLOCK },
      (_, page) => page * (BLOCK / PAGES_A_BLOCK),
    );
    const scattered = await child(`${folder}/pages.vhd`, (block) =>
      pages.map((at) => [block * BLOCK + at, PAGE]),
    );
    const moved = FULL_BLOCKS * PAGES_A_BLOCK * PAGE;
    const parts = await inTurn(rounds, {
      dd: { ...prepared, work: () => program('dd', `if=${folder}/full.vhd`, 'count=16', ...dd) },
      ours: { ...prepared, work: () => merge(folder, scattered) },
    });
    return [
      figure('coalesce of whole blocks: dd with fsync', whole.dd, 'ms'),
      figure('coalesce of whole blocks: ours', whole.ours, 'ms'),
      figure('coalesce of whole blocks: speed to dd', whole.dd / whole.ours, '×', { least: 0.9 }),
      figure('coalesce of scattered pages', parts.ours, 'ms'),
      figure('coalesce of scattered pages, moved', moved / MIB, 'MiB'),
      figure(
        'coalesce of scattered pages: time to dd of as many bytes',
        parts.ours / parts.dd,
        '×',
      ),
    ];
  },
};

/** A child of the disk 1 with noise in the first blocks. */
async function child(
  path: string,
  runs: (block: number) => readonly (readonly [number, number])[],
): Promise<string> {
  const file = await emptied(path);
  const parent = { uuid: description(1, GIB).uuid, fileName: 'p.vhd', modifiedMs: 0 };
  await writeNewVhd(file, newDifferencingVhd(description(2, GIB), parent));
  const writer = await openVhdForWriting(file);
  for (let block = 0; block < FULL_BLOCKS; block += 1) {
    for (const [at, length] of runs(block)) await writer.write(randomBytes(length), at);
  }
  await writer.flush();
  await file.close();
  return path;
}

/** An empty parent, and nothing where dd is to write. */
async function newParent(folder: string): Promise<void> {
  await rm(`${folder}/dd`, { force: true });
  const parent = await emptied(`${folder}/p.vhd`);
  await writeNewVhd(parent, newDynamicVhd(description(1, GIB)));
  await parent.close();
  await warmMemory(folder);
}

async function merge(folder: string, path: string): Promise<void> {
  const parent = await openVhdFile(`${folder}/p.vhd`, 'write');
  const file = await openVhdFile(path, 'read');
  await coalesceVhd(await openVhd(file), parent);
  await file.close();
  await parent.close();
}
