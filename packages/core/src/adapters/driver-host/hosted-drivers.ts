import {
  type DependencyContainer,
  type InjectionToken,
  type Plugin,
  rootContainer,
} from '../../di.js';
import { plugIn } from '../../plug-in.js';
import type { Driver } from '../../ports/driver.js';
import { diskDrivers, driversByName } from '../../ports/drivers/by-name.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Logger } from '../../ports/logger.js';
import { NO_METER } from '../../ports/meter.js';
import {
  CLOCK,
  COMPUTE,
  LOGGER,
  METER,
  NETWORK,
  RANDOM,
  STORAGE,
  SWEPT_DRIVER,
} from '../../ports/tokens.js';
import { silentLogger } from '../system/silent-logger.js';
import { systemClock } from '../system/system-clock.js';
import { systemRandom } from '../system/system-random.js';

/** The drivers of a driver host; any of them may run elsewhere. */
export interface HostedDrivers {
  readonly compute?: ComputeDriver | undefined;
  readonly storage?: StorageDriver | undefined;
  readonly network?: NetworkDriver | undefined;
  readonly others: readonly Driver<unknown, unknown>[];
}

/** What is put into a driver host besides plug-ins. */
export interface DriverContainerOptions {
  /** Default: says nothing. */
  readonly logger?: Logger | undefined;
  /** As in `createCloud`: ports that a plug-in may register though there is one already. Default: none. */
  readonly replaceable?: readonly InjectionToken<unknown>[] | undefined;
}

/**
 * A container of its own with the ports that every process has, and what plug-ins register. Throws TypeError where two
 * register one port.
 */
export function driverContainer(
  plugins: readonly Plugin[],
  { logger = silentLogger, replaceable }: DriverContainerOptions = {},
): DependencyContainer {
  const container = rootContainer.createChildContainer();
  container.register(CLOCK, { useValue: systemClock });
  container.register(RANDOM, { useValue: systemRandom });
  container.register(LOGGER, { useValue: logger });
  container.register(METER, { useValue: NO_METER });
  plugIn(container, plugins, replaceable);
  return container;
}

/** The drivers that plug-ins registered. */
export function hostedDrivers(container: DependencyContainer): HostedDrivers {
  return {
    compute: registered(container, COMPUTE),
    storage: registered(container, STORAGE),
    network: registered(container, NETWORK),
    others: container.isRegistered(SWEPT_DRIVER, true) ? container.resolveAll(SWEPT_DRIVER) : [],
  };
}

/** All drivers of objects by name. Throws when two have the same name. */
export function hostedByName({
  compute,
  storage,
  network,
  others,
}: HostedDrivers): ReadonlyMap<string, Driver<unknown, unknown>> {
  const all: readonly Driver<unknown, unknown>[] = [
    ...others,
    ...(compute ? [compute.servers, compute.disks, compute.segments] : []),
    ...(compute?.maintenance ? [compute.maintenance] : []),
    ...(compute?.shares ? [compute.shares] : []),
    ...(compute?.snapshots ? [compute.snapshots] : []),
    ...(storage ? [storage, ...(storage.shares ?? [])].flatMap(diskDrivers) : []),
    ...(network ? [network.appliances] : []),
  ];
  return driversByName(all);
}

// tsyringe throws where nothing is registered.
function registered<T>(container: DependencyContainer, token: InjectionToken<T>): T | undefined {
  return container.isRegistered(token, true) ? container.resolve(token) : undefined;
}
