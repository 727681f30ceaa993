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
export { type MemoryDrivers, type MemoryDriversOptions, memoryDrivers } from './memory-drivers.js';
export { MemoryObjects, type MemoryObjectsOptions } from './memory-objects.js';
