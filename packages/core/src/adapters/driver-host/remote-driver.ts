import { DriverFailure } from '../../model/errors.js';
import type { Driver } from '../../ports/driver.js';
import { parseAccepted, parseForeseen, parseObservation, parsePage } from './driver-answer.js';
import type { DriverHostClient } from './driver-host-client.js';
import type { DescribedDriver } from './manifest.js';

/** Stands in for a driver that runs in a driver host. Its name, backend and traits are those of the manifest. */
export function remoteDriver<Desired, Actual>(
  described: DescribedDriver,
  client: DriverHostClient,
): Driver<Desired, Actual> {
  const { name: driver, backend, traits, quarantine, foresee } = described;
  const methods: Driver<Desired, Actual> = {
    name: driver,
    backend,
    traits,
    observe: async (key, desired, call) => {
      try {
        const request = { verb: 'observe', driver, key, desired } as const;
        return await client.ask(request, call, (json) => parseObservation<Actual>(json));
      } catch (thrown) {
        if (!(thrown instanceof DriverFailure) || thrown.outcome !== 'unavailable') throw thrown;
        return { presence: 'unknown', failure: thrown };
      }
    },
    create: (key, desired, call) =>
      client.ask({ verb: 'create', driver, key, desired }, call, parseAccepted),
    update: (key, desired, change, call) =>
      client.ask({ verb: 'update', driver, key, desired, change }, call, parseAccepted),
    delete: (key, call) => client.ask({ verb: 'delete', driver, key }, call, parseAccepted),
    list: (cursor, call) => client.ask({ verb: 'list', driver, cursor }, call, parsePage),
  };
  // Present where the driver has them: whether they are there decides what plans and orphans come to.
  return {
    ...methods,
    ...(foresee === 'possible' && {
      foresee: (desired, call) =>
        client.ask({ verb: 'foresee', driver, desired }, call, (json) =>
          parseForeseen<Actual>(json),
        ),
    }),
    ...(quarantine === 'possible' && {
      quarantine: (key, call) =>
        client.ask({ verb: 'quarantine', driver, key }, call, parseAccepted),
    }),
  } satisfies Driver<Desired, Actual>;
}
