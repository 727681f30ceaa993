import type { Clock } from '../../ports/clock.js';
import type { Driver, OwnedPage } from '../../ports/driver.js';
import { unownedCall } from '../unowned-call.js';

/** How long a driver may take for one page; milliseconds. */
const PAGE_LIMIT = 30_000;

/**
 * The pages of everything that carries our stamp. Fails as the driver does, and when a page takes too long or pages
 * never end: then what was not listed may be there all the same.
 */
export async function* listOwned(
  driver: Driver<unknown, unknown>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<OwnedPage> {
  for (let cursor: string | undefined; ; ) {
    const page = await pageOf(driver, cursor, clock, signal);
    yield page;
    if (page.cursor === undefined) return;
    if (page.cursor === cursor)
      throw new Error(`${driver.name} lists the page at ${cursor} again and again`);
    cursor = page.cursor;
  }
}

function pageOf(
  driver: Driver<unknown, unknown>,
  cursor: string | undefined,
  clock: Clock,
  stop: AbortSignal,
): Promise<OwnedPage> {
  const overdue = (): Error =>
    new Error(`${driver.name} did not list a page in ${PAGE_LIMIT / 1000} s`);
  return unownedCall({ clock, limitMs: PAGE_LIMIT, stop, overdue }, (call) =>
    driver.list(cursor, call),
  );
}
