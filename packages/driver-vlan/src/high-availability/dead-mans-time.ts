import type { Mandate } from './election.js';
import type { GateTime } from './gate-time.js';

/** A gate that opens for less is not worth it; milliseconds. */
const SHORTEST = 40;
/** Until a gate that has closed by itself is opened again: nobody else is chosen meanwhile; milliseconds. */
const REOPEN_MS = 20;
/** As much of a mandate's time as is used: clocks of machines differ. */
const USED = 0.9;

/**
 * How long a gate may stay open with nobody refreshing it. A transaction is sent at a moment at which nobody else is chosen
 * for `remaining` more; it may be held up, but by less than what is in the kernel by then lasts (`last`), else it is
 * refused; and it then opens for `next`. So the gate has closed by `last + next` from the sending, and
 *
 *     last + next < remaining
 *
 * is what must hold for each: that nobody else is chosen before.
 */
export class DeadMansTime implements GateTime {
  readonly #mandate: Pick<Mandate, 'signal' | 'remainingMs'>;
  readonly #most: number;
  #last = 0;

  /** `most`: milliseconds, however long the mandate is certain. */
  constructor(mandate: Pick<Mandate, 'signal' | 'remainingMs'>, most: number) {
    this.#mandate = mandate;
    this.#most = most;
  }

  get last(): number {
    return this.#last;
  }

  get longestMs(): number {
    return 2 * this.#most;
  }

  get everyMs(): number {
    return this.#last / 4;
  }

  get reopenMs(): number {
    return REOPEN_MS;
  }

  arm(): number | undefined {
    return this.#next();
  }

  open(): number | undefined {
    return this.#next();
  }

  refresh(): number | undefined {
    return this.#next();
  }

  #next(): number | undefined {
    if (this.#mandate.signal.aborted) return undefined;
    const used = USED * this.#mandate.remainingMs();
    const next = Math.floor(Math.min(this.#most, used / 2, used - this.#last));
    if (next < SHORTEST) return undefined;
    this.#last = next;
    return next;
  }
}
