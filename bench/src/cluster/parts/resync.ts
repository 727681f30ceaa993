import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, figure } from '../../report/figure.js';
import { type Point, plot } from '../../report/plot.js';
import type { ClusterPart } from '../cluster-part.js';
import { GadgetCloud } from '../ours/gadget-cloud.js';
import { ManyGadgets } from '../ours/many-gadgets.js';
import { resync } from '../ours/resync.js';

/** Table sizes; those beyond `mostRows` are left out. */
const ROWS = [1_000, 10_000, 100_000, 1_000_000] as const;
/** How many resources are looked at again at each size: the cost is that of one, so they are as many everywhere. */
const DUE = 1_000;
/** Constant, as the machine's noise allows: the largest table against the smallest. */
const CONSTANT = 1.25;

/** What a routine look at a resource costs, however many there are beside it. */
export const resyncCost: ClusterPart = {
  name: 'resync',
  what: 'what a look at a resource at rest costs among 1,000 to 1,000,000 of them',
  floors: 'none',
  async measure({ backing, mostRows, drawings, tell }): Promise<readonly Figure[]> {
    const place = await backing.freshPlace();
    await using cloud = await GadgetCloud.start(place, 2, 'resource');
    await using gadgets = await ManyGadgets.open(place.database);
    const [model] = await cloud.settled(1);
    if (model === undefined) throw new Error('no gadget has settled');
    const points: Point[] = [];
    let there = 0;
    for (const rows of ROWS.filter((size) => size <= mostRows)) {
      await gadgets.copy(model, there, rows);
      there = rows;
      const how = { rows, step: rows / DUE };
      // Once unmeasured: the first looks compile code and fill caches.
      await resync(cloud, gadgets, how);
      const cpuMs = await resync(cloud, gadgets, how);
      tell(`${rows} rows: ${cpuMs.toFixed(2)} ms CPU a resource`);
      points.push({ x: rows, y: cpuMs });
    }
    if (drawings !== undefined) await draw(drawings, points);
    const [first = Number.NaN] = points.map(({ y }) => y);
    const last = points.at(-1)?.y ?? Number.NaN;
    return [
      ...points.map(({ x, y }) => figure(`resync among ${x} rows, CPU a resource`, y, 'ms')),
      figure('resync, most rows against fewest', last / first, '×', { most: CONSTANT }),
    ];
  },
};

async function draw(folder: string, points: readonly Point[]): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${day}-cluster-resync.svg`),
    plot(points, {
      title: 'CPU of a look at one resource at rest',
      x: 'rows in the table',
      y: 'ms, all processes of gdcloud',
    }),
  );
}
