import type { Driver } from '../driver.js';
import type { DiskDrivers } from './storage.js';

/** Drivers by their names, in their order. Throws TypeError when two have the same: what they made is found again by it. */
export function driversByName(
  drivers: readonly Driver<unknown, unknown>[],
): ReadonlyMap<string, Driver<unknown, unknown>> {
  const byName = new Map<string, Driver<unknown, unknown>>();
  for (const driver of drivers) {
    if ((byName.get(driver.name) ?? driver) !== driver)
      throw new TypeError(`two drivers are called ${driver.name}`);
    byName.set(driver.name, driver);
  }
  return byName;
}

/** The drivers of what is kept in one place: what uses others comes before what it uses. */
export function diskDrivers({
  volumes,
  snapshots,
  arrivals,
  configDrives,
  images,
}: DiskDrivers): Driver<never, unknown>[] {
  return [
    volumes,
    ...(snapshots === undefined ? [] : [snapshots]),
    ...(arrivals === undefined ? [] : [arrivals]),
    ...(configDrives === undefined ? [] : [configDrives]),
    images,
  ];
}
