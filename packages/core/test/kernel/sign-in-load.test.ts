import { monitorEventLoopDelay } from 'node:perf_hooks';
import { scryptHasher } from '@gdcloud/core';
import t from 'tap';
import { ADMIN_KEY, startCloud, type TestCloud } from '../support/cloud.js';
import { turns } from '../support/turns.js';

const PASSWORD = 'correct horse battery';
const MIB = 2 ** 20;

async function withAda(
  t: Parameters<typeof startCloud>[0],
  log2N: number,
): Promise<TestCloud['cloud']['resources']> {
  const world = await startCloud(t, { hasher: scryptHasher({ log2N, r: 8, p: 1 }) });
  await world.create('login', { username: 'ada', password: PASSWORD });
  return world.cloud.resources;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The 99th percentile of how late the event loop is meanwhile; milliseconds. */
async function lagWhile(work: () => Promise<void>): Promise<number> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  await work();
  lag.disable();
  return lag.percentile(99) / 1e6;
}

t.test('a flood of wrong passwords holds up neither the event loop nor keys', async (t) => {
  // 16 MiB each: without a bound a hundred of them would take 1.6 GiB.
  const resources = await withAda(t, 14);
  const asKey = async (): Promise<number> => {
    const began = performance.now();
    const caller = await resources.authenticate(ADMIN_KEY.publicValue, ADMIN_KEY.secretValue);
    return caller === undefined ? Number.POSITIVE_INFINITY : performance.now() - began;
  };
  const quietMs = await lagWhile(async () => {
    for (let rounds = 0; rounds < 200; rounds += 1) {
      await asKey();
      await turns(50);
    }
  });
  const rssBefore = process.memoryUsage.rss();
  let rss = rssBefore;
  let ended: 'yes' | 'no' = 'no';
  const waits: number[] = [];
  const flood = Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      resources.authenticate(index % 2 === 0 ? 'ada' : 'nobody', `wrong password ${index}`).then(
        (caller) => (caller === undefined ? 'refused' : 'opened'),
        (error: { readonly code: string }) => error.code,
      ),
    ),
  ).finally(() => {
    ended = 'yes';
  });
  const lagMs = await lagWhile(async () => {
    while (ended === 'no') {
      waits.push(await asKey());
      rss = Math.max(rss, process.memoryUsage.rss());
      await turns(50);
    }
  });
  const ends = await flood;
  t.equal(ends.filter((end) => end === 'refused').length, 34, 'two at a time, 32 behind them');
  t.equal(ends.filter((end) => end === 'TooManySignIns').length, 66);
  const keyMs = quantile(waits, 0.99);
  const grownMib = (rss - rssBefore) / MIB;
  t.comment(
    `lag p99 ${lagMs.toFixed(1)} ms (${quietMs.toFixed(1)} ms without the flood), keys p99 ${keyMs.toFixed(1)} ms of ${waits.length}, RSS +${grownMib.toFixed(0)} MiB`,
  );
  t.ok(waits.length > 10, 'keys were asked meanwhile');
  // Where the machine itself keeps the process from running, no flood is needed for a lag.
  const allowed = Math.max(50, 3 * quietMs);
  t.ok(lagMs < allowed, `the event loop went on: ${lagMs} ms`);
  t.ok(keyMs < allowed, `keys did not wait: ${keyMs} ms`);
  t.ok(grownMib < 2 * 16 + 96, `memory is bounded: ${grownMib} MiB`);
});

/** From here on a difference is no chance any more, as tests of constant time have it: once in 100,000 runs. */
const TELLING = 4.5;

/** How far apart the means of two series are, in their own standard errors (Welch). */
function welch(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [left, right].map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance =
      values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return { mean, error: variance / values.length };
  });
  if (a === undefined || b === undefined) throw new TypeError('two series are compared');
  return (a.mean - b.mean) / Math.sqrt(a.error + b.error);
}

t.test('time does not tell whether there is somebody of that name', async (t) => {
  // A sixteenth of what hashes cost by default: what a row more takes to read must drown in how they differ anyway.
  const resources = await withAda(t, 13);
  const timed = async (name: string): Promise<number> => {
    const began = performance.now();
    const caller = await resources.authenticate(name, 'not the password at all');
    const took = performance.now() - began;
    if (caller !== undefined) throw new Error('a wrong password opened something');
    return took;
  };
  const times: Record<'ada' | 'nobody' | 'admin', number[]> = { ada: [], nobody: [], admin: [] };
  // In turns, so that what else the machine does meets all of them alike.
  for (let round = 0; round < 130; round += 1) {
    const names = (['ada', 'nobody', 'admin'] as const).toSorted(() => Math.random() - 0.5);
    for (const name of names) times[name].push(await timed(name));
  }
  // The slowest tenth is the machine's doing.
  const [ada, nobody, admin] = [times.ada, times.nobody, times.admin].map((all) =>
    all
      .slice(10)
      .toSorted((left, right) => left - right)
      .slice(0, 108),
  );
  if (ada === undefined || nobody === undefined || admin === undefined) throw new TypeError();
  const difference = welch(ada, nobody);
  const control = welch(ada, admin);
  t.comment(
    `known against unknown: t = ${difference.toFixed(2)}; against a key: ${control.toFixed(0)}`,
  );
  t.ok(Math.abs(difference) < TELLING, `no difference is seen: t = ${difference}`);
  t.ok(control > 2 * TELLING, 'the test would see one: keys are refused without a hash');
});
