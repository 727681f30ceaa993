import { RequestError } from '../model/errors.js';
import type { Clock } from '../ports/clock.js';

/** How much is done at a time, and how much may wait. */
export interface Bounds {
  readonly inFlight: number;
  readonly waiting: number;
  /** How long something may wait for its turn; milliseconds. */
  readonly waitMs: number;
}

/** Does a few things at a time, in the order in which they are asked for, and refuses those that would wait too long. */
export class BoundedWork {
  readonly #bounds: Bounds;
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(bounds: Bounds, clock: Pick<Clock, 'schedule'>) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  /** Throws TooManySignIns when too many wait already, or when its turn does not come in time. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      // The place is handed on, so that nobody comes in between.
      if (next === undefined) this.#inFlight -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    const { inFlight, waiting, waitMs } = this.#bounds;
    if (this.#inFlight < inFlight) {
      this.#inFlight += 1;
      return Promise.resolve();
    }
    if (this.#waiting.size >= waiting) return Promise.reject(tooMany());
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        cancel();
        this.#waiting.delete(begin);
        resolve();
      };
      const cancel = this.#clock.schedule(waitMs, () => {
        this.#waiting.delete(begin);
        reject(tooMany());
      });
      this.#waiting.add(begin);
    });
  }
}

function tooMany(): RequestError {
  return new RequestError('TooManySignIns', 'too many passwords are being checked at this moment');
}
