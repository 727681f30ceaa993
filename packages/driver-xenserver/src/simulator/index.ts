export type { SimulatorOptions } from './options.js';
export { type Simulator, startSimulator } from './simulator.js';
