export {
  draw,
  type Failure,
  failureLine,
  INVARIANTS,
  SCENARIOS,
  type Scenario,
  type SimulationOptions,
  type SimulationReport,
  type SoakOptions,
  type SoakReport,
  simulate,
  soak,
  TROUBLES,
  type Trouble,
  type Violation,
} from './cloud-simulation/index.js';
export {
  type Backend,
  type BackendEnv,
  CHECKS,
  type CheckResult,
  ConformanceReport,
  type ConformOptions,
  conform,
  type DriverProcess,
  KIT_VERSION,
  type Level,
  type ReportDocument,
  type Specs,
  type Subject,
} from './conformance/index.js';
export { type DiskStatus, MemoryDisk, type MemoryDiskOptions } from './disk/memory-disk.js';
export type { MemoryFile } from './disk/memory-file.js';
export { SystemError, type SystemErrorName } from './disk/system-error.js';
export { ManualClock } from './manual-clock.js';
export { MemoryContent } from './memory-content.js';
export { type MemoryDrivers, type MemoryDriversOptions, memoryDrivers } from './memory-drivers.js';
export { MemoryObjects, type MemoryObjectsOptions } from './memory-objects.js';
export { MemoryShare, type MemoryShares, memoryShares } from './memory-shares.js';
export { quickHasher } from './quick-hasher.js';
export { FAULTS, type Fault, type FaultPlan, noFaults, OneFault } from './simulator/fault.js';
export { MemoryStore } from './simulator/memory-store.js';
export type { Process } from './simulator/process.js';
export { SeededRandom } from './simulator/seeded-random.js';
export { type PortCall, type PortOptions, throughPoints } from './simulator/through-points.js';
export { type PointOptions, World, type WorldOptions } from './simulator/world.js';
