import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import { newId } from './chance.js';

/** By how much a clock may fall back, in all, before what was remembered by it counts no more; milliseconds. */
const SLACK = 5_000;

/**
 * One life of a driver host: from its start to its end, or until its clock is put back. Requests name the life they are
 * for, so that what was recorded in one means nothing in the next, which remembers nothing of it.
 */
export class HostLife {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Wall time less monotonic time, at the most that it was. */
  #ahead: number;
  #id: string;
  #since: number;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#ahead = clock.now() - clock.monotonic();
    this.#id = newId(random);
    this.#since = clock.now();
  }

  get id(): string {
    return this.#id;
  }

  /** When it began, in milliseconds since the epoch; the next one always begins later. */
  get since(): number {
    return this.#since;
  }

  /** Looks at the clock; a new life begins where it was put back. */
  check(): 'goes on' | 'begun anew' {
    const ahead = this.#clock.now() - this.#clock.monotonic();
    if (ahead >= this.#ahead - SLACK) {
      this.#ahead = Math.max(this.#ahead, ahead);
      return 'goes on';
    }
    this.#ahead = ahead;
    this.#id = newId(this.#random);
    this.#since = Math.max(this.#clock.now(), this.#since + 1);
    return 'begun anew';
  }
}
