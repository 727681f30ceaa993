import type { Fence, ObjectKey } from '@gdcloud/core';
import { descriptionOf } from './stamp.js';

const KEPT = 10_000;

/**
 * Which keys the pool has just shown to be absent, and to which holder of the lock. One create each needs no second look
 * before it: it looks after it instead, and takes back what it made where somebody else was faster. So nothing depends
 * on how old the look is, and whoever has no memory of one looks before as well.
 */
export class Absences {
  readonly #seen = new Map<string, Fence>();

  /** The pool has nothing of this key. */
  note(key: ObjectKey, fence: Fence): void {
    const text = descriptionOf(key);
    this.#seen.delete(text);
    this.#seen.set(text, fence);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > KEPT && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** Whether this holder was the last one to see that. It is not known any more then: whoever repeats a create looks. */
  take(key: ObjectKey, fence: Fence): boolean {
    const text = descriptionOf(key);
    const seen = this.#seen.get(text);
    this.#seen.delete(text);
    return seen === fence;
  }
}
