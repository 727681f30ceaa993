export { type MemoryDrivers, type MemoryDriversOptions, memoryDrivers } from './memory-drivers.js';
export { MemoryObjects, type MemoryObjectsOptions } from './memory-objects.js';
