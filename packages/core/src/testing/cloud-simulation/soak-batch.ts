import { draw } from './draw.js';
import { simulate } from './simulation.js';
import type { SimulationReport } from './simulation-options.js';

/** A seed whose run broke an invariant, in a line that says how to see it again. */
export interface Failure {
  readonly seed: number;
  readonly step: number;
  readonly line: string;
}

/** What many runs came to. */
export interface SoakReport {
  readonly runs: number;
  readonly steps: number;
  /** Faults that struck single calls; troubles of the whole world are not among them. */
  readonly faults: number;
  readonly failures: readonly Failure[];
  /** Seeds that were run twice and did not do the same: something draws on chance or time of its own. */
  readonly unlike: readonly number[];
  /** How many seeds were run twice. */
  readonly repeated: number;
}

/** Which seeds to run. */
export interface SoakRange {
  readonly from: number;
  readonly count: number;
  /** Every so many seeds one is run twice; 0 for none. */
  readonly repeatEvery: number;
}

/** The report of no runs. */
export const NO_RUNS: SoakReport = {
  runs: 0,
  steps: 0,
  faults: 0,
  failures: [],
  unlike: [],
  repeated: 0,
};

/** Runs seeds one after another. */
export async function soakBatch({ from, count, repeatEvery }: SoakRange): Promise<SoakReport> {
  let total = NO_RUNS;
  for (let seed = from; seed < from + count; seed += 1) {
    const report = await simulate(draw(seed));
    total = added(total, reportOf(report));
    if (repeatEvery === 0 || seed % repeatEvery !== 0) continue;
    const again = await simulate(draw(seed));
    const unlike = again.hash === report.hash ? [] : [seed];
    total = added(total, { ...NO_RUNS, unlike, repeated: 1 });
  }
  return total;
}

/** Two reports as one. */
export function added(one: SoakReport, other: SoakReport): SoakReport {
  return {
    runs: one.runs + other.runs,
    steps: one.steps + other.steps,
    faults: one.faults + other.faults,
    failures: [...one.failures, ...other.failures],
    unlike: [...one.unlike, ...other.unlike],
    repeated: one.repeated + other.repeated,
  };
}

/** The one line that every failure is told in: it names the seed and the step, and how to see them again. */
export function failureLine({ seed, scenario, violation }: SimulationReport): string {
  if (violation === undefined) return `seed ${seed}: ${scenario}: nothing is wrong`;
  const { invariant, message, step } = violation;
  return `seed ${seed} step ${step}: ${scenario}: ${invariant}: ${message} · replay: npm run soak -- --seed ${seed}`;
}

function reportOf(report: SimulationReport): SoakReport {
  const { seed, steps, faults, violation } = report;
  const failures =
    violation === undefined ? [] : [{ seed, step: violation.step, line: failureLine(report) }];
  return { ...NO_RUNS, runs: 1, steps, faults, failures };
}
