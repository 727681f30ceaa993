export { draw } from './draw.js';
export { INVARIANTS } from './invariants/invariants.js';
export { SCENARIOS, type Scenario } from './scenario.js';
export {
  type SimulationOptions,
  type SimulationReport,
  simulate,
  type Tamper,
  type Violation,
} from './simulation.js';
export { type SoakOptions, soak } from './soak.js';
export { type Failure, failureLine, type SoakReport } from './soak-batch.js';
export { TROUBLES, type Trouble } from './troubles.js';
