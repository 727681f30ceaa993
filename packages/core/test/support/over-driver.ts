import type { Driver } from '@gdcloud/core';

/** The same driver as far as every driver must go: without what is optional of it. */
export function bareDriver<Desired, Actual>(
  driver: Driver<Desired, Actual>,
): Driver<Desired, Actual> {
  const { name, traits } = driver;
  return {
    name,
    traits,
    observe: (...args) => driver.observe(...args),
    create: (...args) => driver.create(...args),
    update: (...args) => driver.update(...args),
    delete: (...args) => driver.delete(...args),
    list: (...args) => driver.list(...args),
  };
}

/** Puts other methods in the place of some of a driver's own. It may be an instance of a class, which no spread copies. */
export function overDriver<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  change: Partial<Driver<Desired, Actual>>,
): Driver<Desired, Actual> {
  return {
    ...bareDriver(driver),
    backend: driver.backend,
    ...(driver.foresee && { foresee: driver.foresee.bind(driver) }),
    ...(driver.quarantine && { quarantine: driver.quarantine.bind(driver) }),
    ...change,
  };
}
