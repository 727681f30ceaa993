import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** Debian's. */
const PATH = '/usr/bin/chromium';
/** Generous: a machine that runs other tests is slow. */
const PATIENCE_MS = 60_000;
const LONGEST_PICTURE_PX = 1_800;
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** How a page is looked at. */
export interface Looks {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly language?: 'en-GB' | 'de-AT';
  /** Credentials that the browser holds, as after it has asked for them. */
  readonly credentials?: { readonly publicValue: string; readonly secretValue: string };
}

/** A page that is watched: what it asks for elsewhere, what its policy keeps it from, what breaks in it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Whatever must not be, in words; empty on a page that is well. */
  readonly faults: () => readonly string[];
}

/** A browser of a test. It ends with the test. */
export async function startBrowser(t: Test): Promise<(looks?: Looks) => Promise<WatchedPage>> {
  const browser = await chromium.launch({ executablePath: PATH, args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  return (looks = {}) => openPage(browser, looks);
}

async function openPage(browser: Browser, looks: Looks): Promise<WatchedPage> {
  const { theme = 'light', width = 1280, language = 'en-GB', credentials } = looks;
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: theme,
    locale: language,
    timezoneId: 'Europe/Vienna',
    ...(credentials === undefined
      ? {}
      : {
          httpCredentials: {
            username: credentials.publicValue,
            password: credentials.secretValue,
            send: 'always',
          },
        }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  let origin: string | undefined;
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol === 'data:' || protocol === 'blob:') return;
    origin ??= asked;
    if (asked.replace(/^ws/, 'http') !== origin) faults.push(`asked ${request.url()}`);
  });
  page.on('pageerror', (error) => faults.push(`broke: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/content security policy|refused to/i.test(text)) faults.push(`policy: ${text}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // Playwright hears of the console only.
      // biome-ignore lint/suspicious/noConsole: it is how the page tells the test.
      console.warn(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, context, faults: () => faults };
}

/** What axe-core finds wrong with a page for people who can’t see or point, in words; empty where it finds nothing. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(
    await import('node:fs').then(({ readFileSync }) => readFileSync(AXE, 'utf8')),
  );
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        readonly axe: {
          run(options: object): Promise<{
            readonly violations: readonly {
              readonly id: string;
              readonly help: string;
              readonly nodes: readonly {
                readonly html: string;
                readonly failureSummary?: string;
              }[];
            }[];
          }>;
        };
      }
    ).axe.run({ resultTypes: ['violations'] });
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help} (${nodes
          .slice(0, 3)
          .map(({ html, failureSummary = '' }) => `${html.slice(0, 200)} ${failureSummary}`)
          .join(' | ')})`,
    );
  });
}

/** Signs in to the panel as people do. */
export async function signIn(
  page: Page,
  url: string,
  { publicValue, secretValue }: { readonly publicValue: string; readonly secretValue: string },
): Promise<void> {
  await page.goto(`${url}/panel`);
  await page.fill('input[name=name]', publicValue);
  await page.fill('input[name=secret]', secretValue);
  await page.click('button[type=submit]');
  await page.waitForSelector('main#content h1');
}

/**
 * Keeps a picture of a page in both themes where `GDCLOUD_SCREENSHOTS` names a folder, as `npm run screenshots` does:
 * `docs/screenshots/panel-servers-light.png`. Tests that only look take none.
 */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['GDCLOUD_SCREENSHOTS'];
  if (folder === undefined || folder === '') return;
  const target = join(ROOT, folder);
  mkdirSync(target, { recursive: true });
  await page.waitForFunction(isLoaded);
  await page.evaluate(() => scrollTo(0, 0));
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const path = join(target, `${name}-${theme}.png`);
    await page.screenshot({ path, ...(await extent(page)) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => document.querySelector('.toast')?.removeAttribute('style'));
}

/** How much of a page a picture shows. What is longer is a list of the same; a dialog is in front of what can be seen. */
async function extent(
  page: Page,
): Promise<Pick<NonNullable<Parameters<Page['screenshot']>[0]>, 'fullPage' | 'clip'>> {
  if ((await page.locator('dialog[open]').count()) > 0) return {};
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width = 0 } = page.viewportSize() ?? {};
  const clip = { x: 0, y: 0, width, height: Math.min(height, LONGEST_PICTURE_PX) };
  return { fullPage: true, clip };
}

/** In the page: whether nothing is awaited any more. What was done before has been told by then, and would be in the way. */
function isLoaded(): boolean {
  const toast = document.querySelector<HTMLElement>('.toast');
  if (toast !== null) toast.style.visibility = 'hidden';
  const waiting = [...document.querySelectorAll('[role=status], .tile strong')];
  return !waiting.some(({ textContent }) => /^(Loading)?…$/.test(textContent?.trim() ?? ''));
}
