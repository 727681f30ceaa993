import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/random.js';

/** The machine's own chance. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
