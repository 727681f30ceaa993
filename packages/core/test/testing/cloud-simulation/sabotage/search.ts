import { draw } from '../../../../dist/testing/cloud-simulation/draw.js';
import { simulate } from '../../../../dist/testing/cloud-simulation/simulation.js';
import type { Violation } from '../../../../dist/testing/cloud-simulation/simulation-options.js';
import type { Mutation } from './mutation.js';

/** How many runs a mutation may take to be noticed: a tenth of what is run before every merge. */
export const BUDGET = 2_000;

/** What became of the search for a seed that notices a mutation. */
export type Search =
  | {
      readonly kind: 'red';
      readonly seed: number;
      readonly violation: Violation;
      readonly runs: number;
    }
  | { readonly kind: 'green'; readonly runs: number };

/**
 * Looks for a run that is red with the mutation and green without it: the seed that is known first and then one after
 * the other, so that a simulator that draws differently some day only makes the search longer.
 */
export async function search(mutation: Mutation, budget = BUDGET): Promise<Search> {
  for (let runs = 1; runs <= budget; runs += 1) {
    const seed = runs === 1 ? mutation.seed : runs - 2;
    const violation = await violationOf(seed, mutation);
    if (violation !== undefined && (await violationOf(seed)) === undefined)
      return { kind: 'red', seed, violation, runs };
  }
  return { kind: 'green', runs: budget };
}

/** What a run of `seed` finds, with or without something taken away. */
async function violationOf(seed: number, mutation?: Mutation): Promise<Violation | undefined> {
  const { violation } = await simulate({ ...draw(seed), tamper: mutation?.tamper() });
  return violation;
}
