export type { DiskChanges, DiskFile, DiskFiles } from './disk-files.js';
export type { GuestEvent, MachineRoom } from './machine-room.js';
export type { PoolOptions } from './options.js';
export type { PoolRow, PoolRows } from './pool-rows.js';
export { type SimulatedPool, type SimulatedPoolOptions, simulatedPool } from './simulated-pool.js';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.js';
