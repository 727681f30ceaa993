import type { Fence } from '@gdcloud/core';
import type { Moments } from '../client/cache/moments.js';

const KEPT = 10_000;

/**
 * When each holder of a lock was first heard of. What was known before that may be older than what the holder before
 * has done, so it does not count for the new one.
 */
export class Sightings {
  readonly #moments: Moments;
  readonly #first = new Map<Fence, number>();

  constructor(moments: Moments) {
    this.#moments = moments;
  }

  /** The moment from which on something must be known to count for this holder. */
  of(fence: Fence): number {
    const known = this.#first.get(fence);
    if (known !== undefined) return known;
    const moment = this.#moments.next();
    this.#first.set(fence, moment);
    const [oldest] = this.#first.keys();
    // One that is forgotten counts as new: the pool is asked.
    if (this.#first.size > KEPT && oldest !== undefined) this.#first.delete(oldest);
    return moment;
  }
}
