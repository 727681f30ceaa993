/** Chance that is the same for the same seed: what fails once fails again. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  readonly roll: (below: number) => number;
  /** One of several. */
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Dice of a seed (splitmix32, public domain). */
export function dice(seed: number): Dice {
  let state = seed | 0;
  const roll = (below: number): number => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    word ^= word >>> 15;
    return Math.floor(((word >>> 0) / 2 ** 32) * below);
  };
  return {
    roll,
    pick: (from) => {
      const one = from[roll(from.length)];
      if (one === undefined) throw new TypeError('nothing to pick from');
      return one;
    },
  };
}
