import { v7 } from 'uuid';
import { asUuid, type ResourceUuid } from '../model/identity.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';

/** Makes identities: UUIDv7 (RFC 9562), so that sorting by them is sorting by creation, also within a millisecond. */
export class IdentitySource {
  readonly #clock: Clock;
  readonly #random: Random;
  #last = 0;
  #sequence = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): ResourceUuid {
    const now = this.#clock.now();
    this.#sequence = now > this.#last ? 0 : this.#sequence + 1;
    this.#last = Math.max(now, this.#last);
    return asUuid(v7({ msecs: this.#last, seq: this.#sequence, random: this.#random.bytes(16) }));
  }
}
