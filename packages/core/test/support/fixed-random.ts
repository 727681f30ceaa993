import type { Random } from '@gdcloud/core';

/** Chance that is the same in every run: fractions are always `fraction`, bytes follow from a counter. */
export function fixedRandom(fraction = 0.5, seed = 1): Random {
  let state = seed;
  return {
    fraction: () => fraction,
    bytes: (count) =>
      Uint8Array.from({ length: count }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 16) % 248;
      }),
  };
}
