/** A step that the simulator is allowed to answer otherwise than the recording. */
export interface Exception {
  readonly scenario: string;
  readonly step: string;
  readonly reason: string;
}

/** All of them: each a decision, none a gap to be filled later. The test fails when one has become needless. */
export const EXCEPTIONS: readonly Exception[] = [];
