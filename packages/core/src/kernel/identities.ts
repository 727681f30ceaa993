import { createHash } from 'node:crypto';
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

/**
 * The identity of the resource that plays `role` for `parent`: the same whoever asks and however often, so that a
 * child is never made twice. UUIDv8 with the parent's time in front, so that it sorts next to it.
 */
export function childUuid(parent: ResourceUuid, role: string): ResourceUuid {
  const hash = createHash('sha256').update(`${parent}/${role}`).digest('hex');
  return asUuid(
    `${parent.slice(0, 13)}-8${hash.slice(0, 3)}-a${hash.slice(3, 6)}-${hash.slice(6, 18)}`,
  );
}
