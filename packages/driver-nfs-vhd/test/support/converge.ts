import type { Driver, DriverCall, Fence, ObjectKey, Observation } from '@gdcloud/core';
import { asFence } from '@gdcloud/core';
import { call } from './fixtures.js';

const MOST_CHANGES = 30;

/** A call of the holder with this fence. */
export function fenced(fence: string | Fence): DriverCall {
  return { ...call(), fence: asFence(fence) };
}

/** Makes one change after another until an object is as asked, as the kernel does; returns what it is then. */
export async function converge<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  key: ObjectKey,
  desired: Desired,
  by: DriverCall = call(),
): Promise<Observation<Actual>> {
  for (let changes = 0; changes < MOST_CHANGES; changes += 1) {
    const seen = await driver.observe(key, desired, by);
    if (seen.presence === 'absent') {
      await driver.create(key, desired, by);
      continue;
    }
    if (seen.presence === 'unknown') throw seen.failure;
    const [first] = seen.changes;
    if (first === undefined) return seen;
    await driver.update(key, desired, first, by);
  }
  throw new Error(`${key.uuid} does not converge`);
}

/** Takes one step after another until nothing is left of an object. */
export async function dissolve<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  key: ObjectKey,
  by: DriverCall = call(),
): Promise<void> {
  for (let steps = 0; steps < MOST_CHANGES; steps += 1) {
    if ((await driver.observe(key, undefined, by)).presence === 'absent') return;
    await driver.delete(key, by);
  }
  throw new Error(`${key.uuid} does not go`);
}
