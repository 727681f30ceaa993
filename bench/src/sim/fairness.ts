import { join } from 'node:path';
import type { Caller, Resource } from '@gdcloud/core';
import { percentile } from '../load/statistics.js';
import { withFolder } from '../measure.js';
import { type Figure, figure } from '../report/figure.js';
import { commitFloor } from './commit-floor.js';
import { type Gadgets, noGadgets } from './gadgets.js';
import type { SimOptions, SimPart } from './sim-part.js';
import { pause, startWatched, type WatchedCloud } from './watched-cloud.js';

/** How many changes a user makes. */
const CHANGES = 200;
/** Between two changes, among routine looks that go on for ever. */
const STEADY: Pace = { pauseMs: 20, atOnce: 1 };
/** Dirty rows are worked off within two seconds: as many changes as are worth a percentile have to come faster. */
const DENSE: Pace = { pauseMs: 1, atOnce: 5 };
/** Longer than any resource at rest goes without a look; milliseconds. */
const LONG_REST = 60 * 60_000;
/** Fewer waiting than this is no crowd. */
const LEAST_QUEUED = 500;

/** From the acknowledgement of a change to the record of the first pass over it; milliseconds. */
interface Latency {
  readonly ms: number;
  /** What this process had of the processor meanwhile: on a busy machine the rest is others'. */
  readonly cpuMs: number;
}

/** How changes come. They do not wait for each other's answers: slow answers must not thin out what is measured. */
interface Pace {
  readonly pauseMs: number;
  /** How many come together. */
  readonly atOnce: number;
}

interface Measured {
  readonly latencies: readonly Latency[];
  readonly passesPerSecond: number;
}

/** How soon a user's change is seen to, however much else there is to do. */
export const fairness: SimPart = {
  name: 'fairness',
  what: "how soon a user's change is seen to while other resources are waiting",
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(folder: string, options: SimOptions): Promise<readonly Figure[]> {
  const file = join(folder, 'cloud.db');
  const { crowd, tell } = options;
  const resync = await underResync(file, options);
  tell(`changed ${resync.latencies.length} of them while all are looked at again`);
  const dirty = await besideDirtyRows(join(folder, 'dirty.db'), options);
  const floor = await commitFloor(file, 500);
  const [floorP50, floorP99] = [percentile(floor, 0.5), percentile(floor, 0.99)];
  return [
    ...figuresOf(`${crowd} under resync`, resync, { p50: floorP50, mostP99: 100 }),
    ...figuresOf(`beside ${crowd} dirty rows`, dirty, { p50: floorP50, mostP99: 2_000 }),
    figure('floor: one small transaction, p50', floorP50, 'ms'),
    figure('floor: one small transaction, p99', floorP99, 'ms'),
  ];
}

/** A user has many resources at rest, all of them due for a routine look again and again, and changes some. */
async function underResync(file: string, { crowd: count, tell }: SimOptions): Promise<Measured> {
  await using watched = await startWatched(file, noGadgets(), 'done');
  const user = await watched.account('user');
  const crowd = await watched.create(user, count);
  await watched.quiet();
  tell(`${count} resources have settled`);
  // All are due again before the last look at them has ended: there is never a moment without a crowd.
  const days = setInterval(() => watched.clock.skip(LONG_REST), STEADY.pauseMs);
  try {
    return await changesAmid(watched, user, crowd.slice(0, CHANGES), STEADY, async () => {
      while (watched.cloud.load.queued < LEAST_QUEUED) await pause(STEADY.pauseMs);
      return 'busy';
    });
  } finally {
    clearInterval(days);
  }
}

/** One account asks for very much at once, another changes what it has. */
async function besideDirtyRows(
  file: string,
  { crowd: count, tell }: SimOptions,
): Promise<Measured> {
  const gadgets = noGadgets();
  const { user, own } = await settledFew(file, gadgets);
  await leaveDirty(file, gadgets, count);
  tell(`${count} rows of another account are dirty`);
  await using watched = await startWatched(file, gadgets, 'done');
  return await changesAmid(watched, user, own, DENSE, async () =>
    watched.cloud.load.queued < LEAST_QUEUED ? 'done' : 'busy',
  );
}

async function settledFew(
  file: string,
  gadgets: Gadgets,
): Promise<{ readonly user: Caller; readonly own: readonly Resource[] }> {
  await using watched = await startWatched(file, gadgets, 'done');
  const user = await watched.account('user');
  const own = await watched.create(user, CHANGES);
  await watched.quiet();
  return { user, own };
}

async function leaveDirty(file: string, gadgets: Gadgets, count: number): Promise<void> {
  await using watched = await startWatched(file, gadgets, 'held');
  await watched.create(await watched.account('other'), count);
}

/** Changes one resource after another at a steady pace, for as long as there is a crowd. */
async function changesAmid(
  watched: WatchedCloud,
  user: Caller,
  resources: readonly Resource[],
  { pauseMs, atOnce }: Pace,
  crowd: () => Promise<'busy' | 'done'>,
): Promise<Measured> {
  const pending: Promise<Latency>[] = [];
  const before = { at: performance.now(), count: watched.records.count };
  for (let next = 0; next < resources.length && (await crowd()) === 'busy'; next += atOnce) {
    for (const { id } of resources.slice(next, next + atOnce)) {
      pending.push(watched.resize(user, id, 2).then((changed) => firstPass(watched, changed)));
    }
    await pause(pauseMs);
  }
  const latencies = await Promise.all(pending);
  const seconds = (performance.now() - before.at) / 1000;
  return { latencies, passesPerSecond: (watched.records.count - before.count) / seconds };
}

async function firstPass(watched: WatchedCloud, changed: Resource): Promise<Latency> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await watched.records.attempted(changed);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

function figuresOf(
  name: string,
  { latencies, passesPerSecond }: Measured,
  { p50, mostP99 }: { readonly p50: number; readonly mostP99: number },
): readonly Figure[] {
  const all = latencies.map(({ ms }) => ms);
  const cpu = latencies.map(({ cpuMs }) => cpuMs);
  const p99 = percentile(all, 0.99);
  return [
    figure(`${name}: change to first pass, p50`, percentile(all, 0.5), 'ms'),
    figure(`${name}: change to first pass, p99`, p99, 'ms', { most: mostP99 }),
    figure(`${name}: change to first pass, max`, Math.max(...all), 'ms'),
    figure(`${name}: processor time of that, p50`, percentile(cpu, 0.5), 'ms'),
    figure(`${name}: processor time of that, p99`, percentile(cpu, 0.99), 'ms'),
    figure(`${name}: p99 against the floor`, p99 / p50, '×'),
    figure(`${name}: changes measured`, all.length, '', { least: CHANGES / 2 }),
    figure(`${name}: passes meanwhile`, passesPerSecond, 'passes/s'),
  ];
}
