import { setTimeout as pause } from 'node:timers/promises';
import {
  asFence,
  asOperationKey,
  type Driver,
  type DriverCall,
  type ObjectKey,
} from '@gdcloud/core';

/** How long one object may take to become as asked; milliseconds. */
const LIMIT = 30_000;

let operations = 0;

/** Brings one object to `desired` as the kernel does: looks, makes one change, and looks again. Returns the changes made. */
export async function converge<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  key: ObjectKey,
  desired: Desired,
): Promise<number> {
  const signal = AbortSignal.timeout(LIMIT);
  let external = key.external;
  for (let changes = 0; ; changes += 1) {
    const call = nextCall(signal);
    const seen = await driver.observe({ ...key, external }, desired, call);
    if (seen.presence === 'unknown') throw seen.failure;
    if (seen.presence === 'absent') {
      ({ external } = await driver.create(key, desired, call));
      continue;
    }
    external = seen.external;
    const [change] = seen.changes;
    if (seen.busy === true) await pause(1);
    else if (change === undefined) return changes;
    else await driver.update({ ...key, external }, desired, change, call);
  }
}

/** What a driver is called with: a call of its own each time, that ends with `signal`. */
export function nextCall(signal: AbortSignal): DriverCall {
  operations += 1;
  return {
    signal,
    deadline: Date.now() + LIMIT,
    fence: asFence('1'),
    operation: asOperationKey(`bench-${operations}`),
  };
}
