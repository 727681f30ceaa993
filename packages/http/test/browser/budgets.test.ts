import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { PageFiles } from '../../dist/pages/page-files.js';
import { serveRealCloud } from '../real-cloud.js';
import { signIn, startBrowser } from './chromium.js';

const FOLDER = fileURLToPath(new URL('../../dist/ui/', import.meta.url));
const KB = 1_000;
/**
 * The first visit of all pays for reading files and compiling code on both sides, and others for tests that run beside this
 * one: what a page takes is what the quickest of so many takes.
 */
const VISITS = 20;
const API_PAGE_MS = 150;
const PANEL_MS = 500;

t.test('pages are small', async (t) => {
  const files = new PageFiles();
  const compressed = (name: string): number => statSync(join(FOLDER, `${name}.br`)).size;
  const page = files.parts('apiPage');
  const panel = files.parts('panel');
  if (page === undefined || panel === undefined) throw new Error('the pages are not packed');
  const api = compressed(page.script) + compressed(page.style);
  t.ok(api <= 60 * KB, `the API’s pages load ${api} bytes, compressed`);
  // All parts that may be loaded one day, the console’s too.
  const all = readdirSync(FOLDER).filter((name) => /\.(js|css)$/.test(name));
  const whole = all
    .filter((name) => name !== page.script && name !== page.style)
    .reduce((sum, name) => sum + compressed(name), 0);
  t.ok(whole <= 150 * KB, `the panel loads ${whole} bytes at most, compressed`);
});

t.test('pages are there at once', async (t) => {
  const { url, user } = await serveRealCloud(t);
  const open = await startBrowser(t);
  const { page } = await open({ credentials: user });
  const seen = await quickest(API_PAGE_MS, async () => {
    await page.goto(`${url}/v1/networks`);
    return page.evaluate(firstPaint);
  });
  t.ok(seen <= API_PAGE_MS, `a page of the API is seen after ${Math.round(seen)} ms`);

  await signIn(page, url, user);
  const usable = await quickest(PANEL_MS, async () => {
    await page.goto(`${url}/panel`);
    await page.waitForSelector('main#content h1');
    return page.evaluate(() => performance.now());
  });
  t.ok(usable <= PANEL_MS, `the panel can be used after ${Math.round(usable)} ms`);
});

// More visits only where none was quick enough yet.
async function quickest(enough: number, visit: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let visits = 0; visits < VISITS && (visits < 3 || least > enough); visits += 1)
    least = Math.min(least, await visit());
  return least;
}

/** In the page: from the request to the first content on the screen; milliseconds. */
function firstPaint(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries())
        if (name === 'first-contentful-paint') resolve(startTime);
    }).observe({ type: 'paint', buffered: true });
  });
}
