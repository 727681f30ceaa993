import type { Clock } from '@gdcloud/core';

interface Limited {
  readonly until: number;
  readonly expire: () => void;
}

/** Gives each piece of work the same time. One timer serves all of it: what began first is due first. */
export class Deadlines {
  readonly #clock: Pick<Clock, 'monotonic' | 'schedule'>;
  readonly #ms: number;
  readonly #running = new Set<Limited>();
  #timed: 'yes' | 'no' = 'no';

  constructor(clock: Pick<Clock, 'monotonic' | 'schedule'>, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  /**
   * What the work results in, or `late`'s error. Work that is late goes on: what it still results in goes to `discard`, and
   * nobody hears of its failure.
   */
  within<Result>(
    work: Promise<Result>,
    late: () => Error,
    discard?: (result: Result) => void,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const limited: Limited = {
        until: this.#clock.monotonic() + this.#ms,
        expire: () => reject(late()),
      };
      this.#running.add(limited);
      if (this.#timed === 'no') this.#time(this.#ms);
      work.then(
        (result) => {
          if (this.#running.delete(limited)) resolve(result);
          else discard?.(result);
        },
        (thrown: unknown) => {
          this.#running.delete(limited);
          reject(thrown);
        },
      );
    });
  }

  #time(ms: number): void {
    this.#timed = 'yes';
    this.#clock.schedule(ms, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.monotonic();
    for (const limited of this.#running) {
      if (limited.until > now) {
        this.#time(limited.until - now);
        return;
      }
      this.#running.delete(limited);
      limited.expire();
    }
    this.#timed = 'no';
  }
}
