import { setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as `there` holds; for what real servers do in their own time. Throws after 20 seconds. */
export async function eventually(
  there: () => boolean | Promise<boolean>,
  what = 'what was waited for',
): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await there())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about in 20 seconds`);
    await pause(5);
  }
}
