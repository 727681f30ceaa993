import type { Driver } from '../../ports/driver.js';
import { diskDrivers, driversByName } from '../../ports/drivers/by-name.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';

/** The drivers of a cloud. */
export interface CloudDrivers {
  readonly compute: ComputeDriver;
  readonly storage: StorageDriver;
  readonly network: NetworkDriver;
  /** What plug-ins registered besides. */
  readonly others: readonly Driver<unknown, unknown>[];
}

/**
 * The drivers that are swept for orphans, by name and in the order of the sweep: what uses others comes before what it
 * uses. Throws when two have the same name, because an orphan is found again by the name of its driver.
 */
export function sweptDrivers({
  compute,
  storage,
  network,
  others,
}: CloudDrivers): ReadonlyMap<string, Driver<unknown, unknown>> {
  const { servers, snapshots, disks, segments } = compute;
  const swept: readonly Driver<unknown, unknown>[] = [
    ...others,
    ...(snapshots === undefined ? [] : [snapshots]),
    servers,
    disks,
    // Each share by itself: one that is away keeps none of the others from being swept.
    ...(storage.shares ?? [storage]).flatMap(diskDrivers),
    network.appliances,
    segments,
  ];
  return driversByName(swept);
}
