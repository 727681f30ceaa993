/** How often something may happen. */
export interface Rate {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a while of nothing. At least 1. */
  readonly burst: number;
}

/**
 * A bucket of tokens, kept as the one moment from which it is full again (the generic cell rate algorithm of ATM). Time is
 * given by who asks: milliseconds that only grow.
 */
export class Bucket {
  #fullAt = Number.NEGATIVE_INFINITY;

  /** Takes a token and returns 0; or takes none, and returns how long it is until there is one, in milliseconds. */
  take(rate: Rate, now: number): number {
    const wait = this.wait(rate, now);
    if (wait === 0) this.#fullAt = Math.max(this.#fullAt, now) + 1_000 / rate.perSecond;
    return wait;
  }

  /** How long it is until there is a token; milliseconds, 0 where there is one. */
  wait({ perSecond, burst }: Rate, now: number): number {
    return Math.max(0, this.#fullAt - now - ((burst - 1) * 1_000) / perSecond);
  }

  /** Puts a token back that turned out not to be needed. */
  giveBack({ perSecond }: Rate): void {
    this.#fullAt -= 1_000 / perSecond;
  }

  /** How many tokens there are. */
  left({ perSecond, burst }: Rate, now: number): number {
    return Math.min(burst, Math.floor(burst - ((this.#fullAt - now) * perSecond) / 1_000));
  }
}
