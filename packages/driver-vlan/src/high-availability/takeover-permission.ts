import type { Clock, Random, TakeoverPermit } from '@gdcloud/core';

/**
 * Until when an appliance of a pair may take over. Whoever has the pair permits it, for a time that begins with a moment
 * this appliance has named itself. In memory only: who starts anew needs a new permit.
 */
export class TakeoverPermission {
  readonly #clock: Clock;
  /** Of this process alone: moments of an earlier one mean nothing. */
  readonly #life: string;
  /** Both clocks are looked at: the one stands still while a machine is suspended, the other may be set. */
  #until = { monotonic: Number.NEGATIVE_INFINITY, now: Number.NEGATIVE_INFINITY };

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#life = Buffer.from(random.bytes(16)).toString('hex');
  }

  /** This moment, to be named in a permit. */
  stamp(): string {
    return `${this.#life}/${this.#clock.monotonic()}/${this.#clock.now()}`;
  }

  /** How much longer it may take over; milliseconds, 0 where it may not. */
  remainingMs(): number {
    const { monotonic, now } = this.#until;
    return Math.max(0, Math.min(monotonic - this.#clock.monotonic(), now - this.#clock.now()));
  }

  /** Takes a permit. An earlier one goes on where that ends later. */
  permit({ stamp, forMs }: TakeoverPermit): void {
    const [life, ...moments] = stamp.split('/');
    const [monotonic = Number.NaN, now = Number.NaN] = moments.map(Number);
    if (life !== this.#life || !Number.isFinite(monotonic) || !Number.isFinite(now)) return;
    if (monotonic + forMs > this.#until.monotonic) {
      this.#until = { monotonic: monotonic + forMs, now: now + forMs };
    }
  }
}
