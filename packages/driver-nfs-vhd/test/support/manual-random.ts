/** Chance that is the same each time: a linear congruence from `seed`. */
export function manualRandom(seed: number): { fraction(): number } {
  let state = seed * 7919 + 1;
  return {
    fraction() {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    },
  };
}
