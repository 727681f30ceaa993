import type { Page } from 'playwright-core';
import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { UNHURRIED } from '../unhurried.js';
import { accessibilityFaults, keepPicture, signIn, startBrowser } from './chromium.js';

const SERVERS = 1_000;
/** What people take for a hitch (RAIL; Long Tasks API), by the clock of the page's own thread: other tests take turns. */
const LONG_TASK_MS = 50;
/** What the page does itself it does each time; what the neighbours of a core do to its caches passes. */
const ROUNDS = 3;

t.test('a list of 1,000 servers can be scrolled without a hitch', async (t) => {
  // Nobody works on them: what is looked at is the page.
  const { url, admin, post, fetch } = await serveRealCloud(t, {
    cloud: { roles: ['api'] },
    api: { traffic: UNHURRIED },
  });
  await post('/v1/networks', { name: 'web', ipv4Cidr: '10.0.0.0/16' });
  for (let number = 1; number <= SERVERS; number += 1)
    await post('/v1/virtualmachines', {
      name: `web${number}`,
      offering: '1gb-1cpu',
      imageId: '1',
      networkId: '1',
    });
  const open = await startBrowser(t);
  const { page, faults } = await open();
  await signIn(page, url, admin);
  await page.goto(`${url}/panel/virtualmachines`);
  await page.getByRole('link', { name: 'web1', exact: true }).waitFor();
  t.ok((await page.locator('tbody tr').count()) < 200, 'only those in sight are on the page');
  t.equal(await page.locator('table').getAttribute('aria-rowcount'), String(SERVERS + 1));
  t.same(await accessibilityFaults(page), []);

  await t.test('to its end and back, while one of them changes', async (t) => {
    let longest = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= ROUNDS && longest >= LONG_TASK_MS; round += 1) {
      const name = `renamed${round}`;
      longest = await longestTask(page, async () => {
        const change = fetch('/v1/virtualmachines/1', {
          method: 'PUT',
          body: JSON.stringify({ name }),
        });
        await page.evaluate(scrollThrough);
        await change;
        await page.getByRole('link', { name, exact: true }).waitFor();
      });
      t.comment(`the longest task of round ${round} took ${Math.round(longest)} ms`);
    }
    t.ok(longest < LONG_TASK_MS, `the longest task took ${Math.round(longest)} ms`);
  });

  await t.test('a hitch would have been seen', async (t) => {
    const longest = await longestTask(page, () =>
      page.evaluate(() => {
        for (const end = performance.now() + 1_000; performance.now() < end; );
      }),
    );
    t.ok(longest >= LONG_TASK_MS, `a task of a second took ${Math.round(longest)} ms`);
  });

  await t.test('the last one is found by its name', async (t) => {
    await page.getByRole('searchbox').fill(`web${SERVERS}`);
    await page.getByRole('link', { name: `web${SERVERS}`, exact: true }).waitFor();
    t.equal(await page.locator('tbody tr').count(), 1);
    await page.getByRole('searchbox').fill('');
    await keepPicture(page, 'panel-many-servers');
  });
  t.same(faults(), []);
});

/** In the page: down and up again, a frame a step. */
async function scrollThrough(): Promise<void> {
  const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done));
  const room = document.documentElement;
  const step = 600;
  for (let top = 0; top < room.scrollHeight - innerHeight; top += step) {
    scrollTo(0, top);
    await frame();
  }
  for (let top = room.scrollHeight; top > 0; top -= 4 * step) {
    scrollTo(0, top);
    await frame();
  }
  scrollTo(0, 0);
  await frame();
}

/** How long the page's thread was kept busy at most by one task while `work` was done; milliseconds of processor time. */
async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new TypeError('the page has no browser of its own');
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-toplevel'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const busy = traceEvents
    .filter(({ ph, pid, tid }) => ph === 'X' && mains.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1_000);
  return Math.max(0, ...busy);
}

/** What Chromium's traces tell of a task; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}
