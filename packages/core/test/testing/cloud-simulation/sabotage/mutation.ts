import type { Tamper } from '../../../../dist/testing/cloud-simulation/simulation-options.js';

/** A safety mechanism that is taken away, to see whether the simulator notices. */
export interface Mutation {
  /** What is missing, in a few words. */
  readonly name: string;
  /** What the mechanism is there for. */
  readonly reason: string;
  /** A seed that turned red last time: where the search begins. */
  readonly seed: number;
  /** Takes the mechanism away. Called once a run, so that nothing is remembered from one to the next. */
  tamper(): Tamper;
}
