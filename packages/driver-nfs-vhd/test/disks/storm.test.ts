import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createNfsVhdDriver, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import t, { type Test, test } from 'tap';
import { converge, dissolve, fenced } from '../support/converge.js';
import { keyOf } from '../support/fixtures.js';
import { Guest } from '../support/guest.js';
import { manualRandom } from '../support/manual-random.js';
import { isRemoval, type StormDeed, StormModel, wishOf } from '../support/storm-deeds.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const WORKER = fileURLToPath(new URL('../support/storm-worker.js', import.meta.url));
const BUDGET_MS = 8_000;
const DEEDS_EACH = 12;

test('processes are killed while they work on real files, and the next ones find all as it was or as asked', async (t) => {
  const seed = Number(process.env['STORM_SEED'] ?? (Date.now() % 1_000_000) + 1);
  t.comment(`STORM_SEED=${seed}`);
  const random = manualRandom(seed);
  const draw = (below: number): number => Math.floor(random.fraction() * below);
  const folder = `${t.testdir()}/share`;
  const { volumes, snapshots } = createNfsVhdDriver({ folder });
  if (snapshots === undefined) throw new Error('the driver has no snapshots');
  const guest = new Guest(nodeFileSystem, folder);
  let model = new StormModel();
  let fence = 1_000;
  const finish = async (deed: StormDeed): Promise<void> => {
    const by = fenced(`${fence}`);
    const key = keyOf(deed.n);
    if (!isRemoval(deed)) await converge(volumes, key, wishOf(deed), by);
    else if (deed.what === 'remove volume') await dissolve(volumes, key, by);
    else await dissolve(snapshots, key, by);
  };

  let kills = 0;
  let done = 0;
  for (const start = performance.now(); performance.now() - start < BUDGET_MS; ) {
    const plan = new StormModel(model);
    const deeds = Array.from({ length: DEEDS_EACH }, () => {
      const deed = plan.draw(draw);
      plan.apply(deed);
      return deed;
    });
    fence += 2;
    const { begun, killed } = await struck(folder, `${fence - 1}`, deeds, draw(60));
    if (killed) kills += 1;
    model = new StormModel(model);
    for (const deed of deeds.slice(0, begun)) model.apply(deed);
    const last = deeds[begun - 1];
    if (last !== undefined) await finish(last);
    done += begun;
    await compare(t, guest, model);
    for (const [n, volume] of model.volumes) {
      const position = draw(volume.sizeBytes / 4096) * 4096;
      const text = `${n} ${draw(1_000_000)}.`;
      await guest.write(n, Buffer.alloc(512, text), position);
      volume.texts = new Map([...volume.texts, [position, text]]);
    }
  }
  for (const n of model.volumes.keys()) await finish({ what: 'remove volume', n });
  for (const n of [...model.snapshots.keys()].toReversed()) {
    await finish({ what: 'remove snapshot', n });
  }
  for (const name of ['tmp', 'volume', 'snapshot', 'trash']) {
    t.same(await readdir(`${folder}/.gdcloud/${name}`), [], name);
  }
  const retired = await readdir(`${folder}/.gdcloud/retired`);
  const disks = (await readdir(folder)).filter((name) => name.endsWith('.vhd'));
  t.same(disks.toSorted(), retired.map((name) => `${name}.vhd`).toSorted());
  t.comment(`${kills} processes were killed in ${done} deeds`);
  t.ok(kills > 0);
});

async function compare(t: Test, guest: Guest, model: StormModel): Promise<void> {
  for (const [n, { sizeBytes, texts }] of [...model.volumes, ...model.snapshots]) {
    const found = await guest.sectors(n);
    const expected = [...texts].map(
      ([position, text]) => [position, Buffer.alloc(512, text)] as const,
    );
    const isSame =
      found.size === expected.length &&
      expected.every(([position, sector]) => found.get(position)?.equals(sector) === true);
    if (!isSame) t.fail(`disk ${n} holds something else`);
    const length = (await guest.read(n, sizeBytes - 512)).length;
    if (length !== 512) t.fail(`disk ${n} has another size`);
  }
}

/** Lets a process work, and kills it so many milliseconds after its first deed. Tells how many it has begun. */
function struck(
  folder: string,
  fence: string,
  deeds: readonly StormDeed[],
  afterMs: number,
): Promise<{ readonly begun: number; readonly killed: boolean }> {
  const words = deeds.map((deed) => JSON.stringify(deed));
  const child = spawn(process.execPath, [WORKER, folder, fence, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let begun = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    begun += text.split('\n').filter((line) => line.startsWith('begun')).length;
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the process ended with ${code}`));
      else resolve({ begun, killed: signal === 'SIGKILL' });
    });
  });
}
