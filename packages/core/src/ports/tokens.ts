import type { InjectionToken } from '../di.js';
import type { ComputeDriver } from './drivers/compute.js';
import type { NetworkDriver } from './drivers/network.js';
import type { StorageDriver } from './drivers/storage.js';

// Symbol.for makes the tokens survive two copies of this package in one process.

/** The driver that runs servers. */
export const COMPUTE: InjectionToken<ComputeDriver> = Symbol.for('@gdcloud/core/ComputeDriver');

/** The driver that keeps images and volumes. */
export const STORAGE: InjectionToken<StorageDriver> = Symbol.for('@gdcloud/core/StorageDriver');

/** The driver that carries private networks. */
export const NETWORK: InjectionToken<NetworkDriver> = Symbol.for('@gdcloud/core/NetworkDriver');
