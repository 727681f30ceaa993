import type { Observation } from '@gdcloud/core';
import { toDriverFailure } from '../client/driver-failure.js';

/** Runs a look at the pool; a pool that can't be asked is `unknown`, never `absent`. */
export async function observing<Actual>(
  look: () => Promise<Observation<Actual>>,
): Promise<Observation<Actual>> {
  try {
    return await look();
  } catch (error) {
    return { presence: 'unknown', failure: toDriverFailure(error) };
  }
}
