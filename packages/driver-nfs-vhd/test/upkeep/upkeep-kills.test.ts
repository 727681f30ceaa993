import { spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import {
  newDifferencingVhd,
  newDynamicVhd,
  openChain,
  openVhdFile,
  openVhdForWriting,
  parentsInFolder,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import t, { test } from 'tap';
import { MIB, uuid } from '../support/fixtures.js';
import { clockAhead, keepUpUntilQuiet } from '../support/keep-up-rounds.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const DAY = 25 * 60 * 60_000;
/** Milliseconds after a process begins, so that most strike while there is much to do. */
const KILLS = [5, 12, 25, 50, 100, 200, 400];
const MARKER = '{"gdcloudShare":"01890000-0000-7000-8000-00000000d15c"}\n';

test('kill -9 at any moment, again and again: what is read stays, and the rest goes at last', async (t) => {
  const folder = join(t.testdir(), 'share');
  for (const name of ['tmp', 'retired'])
    await mkdir(join(folder, '.gdcloud', name), { recursive: true });
  await writeFile(join(folder, '.gdcloud', 'share'), MARKER);
  // An image, six snapshots of a volume of which four are removed, the volume, and two that nothing reads from.
  for (let n = 1; n <= 8; n += 1) await disk(folder, n, n === 1 ? undefined : n - 1);
  for (const n of [20, 21]) await disk(folder, n, 1);
  const retired = [2, 3, 4, 6, 20, 21];
  for (const n of retired) await writeFile(join(folder, '.gdcloud', 'retired', uuid(n)), '{}');
  const wanted = [1, 5, 7, 8];
  const before = await Promise.all(wanted.map((n) => contentOf(folder, n)));
  const recorded = wanted.map((n) => uuid(n));
  let ahead = 0;
  let kills = 0;
  for (const longest of KILLS) {
    const afterMs = Math.random() * longest;
    const ending = await killed(folder, recorded, ahead, afterMs);
    if (ending === 'killed') kills += 1;
    ahead += 2 * DAY;
    const now = await Promise.all(wanted.map((n) => contentOf(folder, n)));
    t.same(now, before, `${ending}, ${afterMs.toFixed(1)} ms after it began`);
  }
  t.ok(kills > 2, `${kills} of ${KILLS.length} were killed at work`);
  const clock = clockAhead(() => ahead);
  const driver = createNfsVhdDriver({ folder, upkeep: { bytesPerSecond: 2 ** 32 } }, { clock });
  await keepUpUntilQuiet(driver, { folder, recorded }, () => {
    ahead += DAY;
  });
  t.same(await Promise.all(wanted.map((n) => contentOf(folder, n))), before);
  const left = (await readdir(folder)).filter((name) => name.endsWith('.vhd')).sort();
  t.same(
    left,
    wanted.map((n) => `${uuid(n)}.vhd`),
  );
  for (const name of ['tmp', 'trash', 'retired'])
    t.same(await readdir(join(folder, '.gdcloud', name)), [], name);
});

/** Runs upkeep in a process of its own and kills it so many milliseconds after it began. Tells whether it was at work still. */
async function killed(
  folder: string,
  recorded: readonly string[],
  ahead: number,
  afterMs: number,
): Promise<'killed' | 'done'> {
  const script = join(dirname(fileURLToPath(import.meta.url)), '..', 'support', 'keep-up.js');
  const child = spawn(process.execPath, [script, folder, recorded.join(), `${ahead}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let timer: NodeJS.Timeout | undefined;
  child.stdout.once('data', () => {
    timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the process ended with ${code}`));
      else resolve(signal === 'SIGKILL' ? 'killed' : 'done');
    });
  });
}

async function disk(folder: string, n: number, parent: number | undefined): Promise<void> {
  const description = {
    uuid: uuid(n),
    virtualBytes: 32 * MIB,
    createdMs: Date.UTC(2026, 0, 1),
    visibility: n === 8 ? 'visible' : 'hidden',
  } as const;
  const content =
    parent === undefined
      ? newDynamicVhd(description)
      : newDifferencingVhd(description, {
          uuid: uuid(parent),
          fileName: `${uuid(parent)}.vhd`,
          modifiedMs: 0,
        });
  const file = await openVhdFile(join(folder, `${uuid(n)}.vhd`), 'create');
  await writeNewVhd(file, content);
  const writer = await openVhdForWriting(file);
  for (let block = n % 3; block < 16; block += 2)
    await writer.write(Buffer.alloc(64 * 512, `disk ${n}`), block * 2 * MIB + n * 512);
  await writer.flush();
  await file.close();
}

async function contentOf(folder: string, n: number): Promise<number> {
  const file = await openVhdFile(join(folder, `${uuid(n)}.vhd`), 'read');
  const chain = await openChain(file, { resolve: parentsInFolder(folder) });
  const bytes = Buffer.alloc(chain.virtualBytes);
  await chain.read(bytes, 0);
  await chain.close();
  await file.close();
  return crc32(bytes);
}
