export { draw } from './draw.js';
export { INVARIANTS } from './invariants/invariants.js';
export { SCENARIOS, type Scenario } from './scenario.js';
export { simulate } from './simulation.js';
export type {
  SimulationOptions,
  SimulationReport,
  Tamper,
  Violation,
} from './simulation-options.js';
export { type SoakOptions, soak } from './soak.js';
export { type Failure, failureLine, type SoakReport } from './soak-batch.js';
export { TROUBLES, type Trouble } from './troubles.js';
