import { FAULTS, type Fault, type FaultPlan, type Visit } from './fault.js';
import type { SeededRandom } from './seeded-random.js';

/** How often a call meets a fault, drawn for a whole run. */
const RATES = [0, 0.002, 0.01, 0.03, 0.1];
/** How many of the calls there are may meet one: with few of them, what is rare is struck too. */
const SPREADS = [1, 1, 0.3, 0.1];

/**
 * Faults by chance. Each run draws which faults there are, how often, where, and how many at most, so that some runs
 * meet one kind only and some meet all: a mixture that is the same in every run would hide what needs an extreme.
 */
export class Swarm implements FaultPlan {
  readonly #random: SeededRandom;
  readonly #kinds: readonly Fault[];
  readonly #rate: number;
  /** The share of calls, by label, that may be struck at all; 0 to 1. */
  readonly #spread: number;
  readonly #struck = new Map<string, 'yes' | 'no'>();
  #left: number;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#spread = random.pick(SPREADS);
    // As many as if all might be struck: they come thicker where there are fewer.
    this.#rate = Math.min(0.5, random.pick(RATES) / this.#spread);
    this.#left = 1 + random.below(8);
    const share = random.fraction();
    this.#kinds = FAULTS.filter(() => random.fraction() < share);
  }

  decide({ label, possible }: Visit): Fault | undefined {
    if (this.#left === 0 || !this.#strikes(label) || this.#random.fraction() >= this.#rate)
      return undefined;
    const kinds = this.#kinds.filter((kind) => possible.has(kind));
    if (kinds.length === 0) return undefined;
    this.#left -= 1;
    return this.#random.pick(kinds);
  }

  #strikes(label: string): boolean {
    const known = this.#struck.get(label);
    if (known !== undefined) return known === 'yes';
    const drawn = this.#random.fraction() < this.#spread ? 'yes' : 'no';
    this.#struck.set(label, drawn);
    return drawn === 'yes';
  }
}
