import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newDifferencingVhd, newDynamicVhd, writeNewVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import { type Figure, figure } from '../report/figure.js';
import { description, emptied, GIB, makeRaw } from './disks.js';
import type { VhdPart } from './vhd-part.js';

const MAIN = fileURLToPath(
  import.meta.resolve('@gdcloud/driver-nfs-vhd/vhd').replace('/vhd/index.js', '/command/main.js'),
);
const MOST = 64;

const run = promisify(execFile);

/** What the command takes over what node itself takes, as the system counts it. */
export const memory: VhdPart = {
  name: 'memory',
  what: 'memory of the vhd command over node’s own, at 1 GiB of data and at 2040 GiB of disk',
  async measure({ folder, tell }) {
    await makeRaw(`${folder}/a.raw`);
    const huge = { ...description(1, 2040 * GIB), visibility: 'hidden' } as const;
    const file = await emptied(`${folder}/huge.vhd`);
    await writeNewVhd(file, newDynamicVhd(huge));
    await file.close();
    const parent = { uuid: huge.uuid, fileName: 'huge.vhd', modifiedMs: 0 };
    const child = await emptied(`${folder}/child.vhd`);
    await writeNewVhd(child, newDifferencingVhd(description(2, 2040 * GIB), parent));
    await child.close();
    // The least of some, for what node takes varies by 10 MiB.
    const own = Math.min(
      ...(await Promise.all(Array.from({ length: 5 }, () => peak(['-e', '0'])))),
    );
    const figures: Figure[] = [figure('memory of node alone', own, 'MiB')];
    for (const [what, ...words] of [
      ['raw to VHD, 1 GiB', 'convert', 'a.raw', 'a.vhd'],
      ['VHD to raw, 1 GiB', 'convert', 'a.vhd', 'b.raw'],
      ['check of all data, 1 GiB', 'check', '--depth', 'data', 'a.vhd'],
      ['clone, 2040 GiB', 'create', 'thin.vhd', '--parent', 'huge.vhd'],
      ['check, 2040 GiB', 'check', '--chain', 'child.vhd'],
      ['coalesce, 2040 GiB', 'coalesce', 'child.vhd'],
      ['VHD to VHD, 2040 GiB', 'convert', 'huge.vhd', 'copy.vhd'],
    ] as const) {
      tell(what);
      const [kind, ...rest] = words;
      const files = rest.map((word) => (word.includes('.') ? `${folder}/${word}` : word));
      const over = (await peak([MAIN, kind, ...files])) - own;
      figures.push(figure(`memory over node’s own: ${what}`, over, 'MiB', { most: MOST }));
    }
    return figures;
  },
};

/**
 * The most that a process of node had in memory, in MiB: it says so itself, as the last thing. Not `maxRSS`, which on
 * Linux begins at what the process had that started it.
 */
async function peak(words: readonly string[]): Promise<number> {
  const tell =
    "import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write('\\n'+/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1]))";
  const preload = `data:text/javascript,${encodeURIComponent(tell)}`;
  const { stderr } = await run(process.execPath, ['--import', preload, ...words]);
  return Number(stderr.trim().split('\n').at(-1)) / 1024;
}
