import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** How long Node takes to start on a machine that has nothing else to do; milliseconds, generously. */
const QUIET_START = 60;
const STARTS = 3;

/**
 * How many times longer than on a quiet machine things take right now, by how long Node takes to start: a limit in
 * seconds, times this, says the same on a busy machine. At least 1, so on a quiet machine the limit is what it says.
 */
export async function slowness(): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let start = 0; start < STARTS; start += 1) {
    const begun = performance.now();
    await promisify(execFile)(process.execPath, ['-e', '0']);
    quickest = Math.min(quickest, performance.now() - begun);
  }
  return Math.max(1, quickest / QUIET_START);
}
