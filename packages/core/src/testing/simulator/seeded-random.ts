import type { Random } from '../../ports/random.js';

/**
 * Chance that is the same for the same seed: the generator "mulberry32", 32 bits of state. Good enough to explore with;
 * nothing secret may come from it.
 */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds would begin alike: the golden ratio spreads them, and two draws mix them.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
    this.fraction();
    this.fraction();
  }

  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** An integer from 0 up to, not including, `below`. */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** One of `choices`, which must not be empty. */
  pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('there is nothing to pick from');
    return choice;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 4) {
      const word = this.#next();
      for (let byte = 0; byte < 4 && index + byte < count; byte += 1) {
        bytes[index + byte] = (word >>> (8 * byte)) & 0xff;
      }
    }
    return bytes;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
