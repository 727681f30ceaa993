import type { FaultPlan } from '../simulator/fault.js';
import type { SimulationOptions } from './simulation-options.js';

/** A run that is always the same up to the moment when one fault more is put into it. */
export interface Story {
  readonly name: string;
  /** The run's options with fault plans that nothing has been drawn from yet. */
  readonly options: () => SimulationOptions;
}

/** The faults of a story and one more, which goes before them. */
export function besides(one: FaultPlan, others: FaultPlan): FaultPlan {
  // Both are asked each time: a plan that draws by chance must go on as in the run without the one.
  return {
    decide: (visit) => {
      const other = others.decide(visit);
      return one.decide(visit) ?? other;
    },
  };
}
