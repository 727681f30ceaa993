import { asFence, asOperationKey } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { Driver, OwnedPage } from '../../ports/driver.js';

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

// A driver that forgets its signal must not keep the sweep for ever.
function pageOf(
  driver: Driver<unknown, unknown>,
  cursor: string | undefined,
  clock: Clock,
  stop: AbortSignal,
): Promise<OwnedPage> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = (): void => controller.abort(stop.reason);
  stop.addEventListener('abort', end, { once: true });
  const cancel = clock.schedule(PAGE_LIMIT, () =>
    controller.abort(new Error(`${driver.name} did not list a page in ${PAGE_LIMIT / 1000} s`)),
  );
  return new Promise<OwnedPage>((resolve, reject) => {
    stop.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    // A sweep belongs to no resource and changes nothing, so it carries nobody's fence and no operation.
    const call = {
      signal,
      deadline: clock.now() + PAGE_LIMIT,
      fence: asFence(''),
      operation: asOperationKey(''),
    };
    driver.list(cursor, call).then(resolve, reject);
  }).finally(() => {
    cancel();
    stop.removeEventListener('abort', end);
  });
}
