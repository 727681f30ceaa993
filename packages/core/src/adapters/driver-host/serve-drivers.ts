import type { InjectionToken, Plugin } from '../../di.js';
import type { Logger } from '../../ports/logger.js';
import { CLOCK, LOGGER, MESSAGE_BUS, RANDOM } from '../../ports/tokens.js';
import { type DriverHost, ServingHost } from './driver-host.js';
import { demandKeys, demandLargestMessage } from './envelope.js';
import { driverContainer, hostedByName, hostedDrivers } from './hosted-drivers.js';
import { type DriverManifest, manifestOf } from './manifest.js';
import { NewestFences } from './newest-fences.js';
import { Refusals } from './refusals.js';
import { LEDGER_LIMITS } from './request-ledger.js';
import { demandHostName } from './topics.js';

/** What a driver host is made of. */
export interface ServeDriversOptions {
  /** What kernels call it: letters, digits, hyphens, underscores. No two that run at a time have the same. */
  readonly name: string;
  /** What it shares with kernels: one key of at least 32 bytes, or two while it is changed; see `remoteDrivers`. */
  readonly keys: readonly Uint8Array[];
  /** The message bus and the drivers; one plug-in for each port, as in `createCloud`. */
  readonly plugins: readonly Plugin[];
  /** As in `createCloud`: ports that a plug-in may register though there is one already. Default: none. */
  readonly replaceable?: readonly InjectionToken<unknown>[] | undefined;
  readonly logger?: Logger | undefined;
  /** How many requests are carried out at a time. Default 64. */
  readonly concurrency?: number | undefined;
  /** The largest message, in bytes; the same on both sides. Default 4 MiB, at most 8 MiB. */
  readonly largestMessage?: number | undefined;
  /** Counts messages that were refused. */
  readonly refusals?: Refusals | undefined;
}

/**
 * Puts a driver host together, for a process near the hypervisors, share or appliance. Does no I/O before `start`.
 * Throws TypeError for keys and names that will not do, where no plug-in registers a bus or two register one port, and
 * where drivers share a name.
 */
export function serveDrivers(options: ServeDriversOptions): DriverHost {
  const { name, keys } = options;
  demandKeys(keys);
  demandHostName(name);
  const container = driverContainer(options.plugins, options);
  if (!container.isRegistered(MESSAGE_BUS, true)) {
    throw new TypeError('a message bus is missing: no plug-in registers MessageBus');
  }
  const drivers = hostedDrivers(container);
  const { compute, storage, network } = drivers;
  return new ServingHost({
    name,
    seal: { keys, largestMessage: demandLargestMessage(options.largestMessage) },
    manifest: manifestOf(drivers),
    drivers: { compute, storage, network, byName: hostedByName(drivers) },
    fences: new NewestFences(),
    bus: container.resolve(MESSAGE_BUS),
    clock: container.resolve(CLOCK),
    random: container.resolve(RANDOM),
    logger: container.resolve(LOGGER),
    refusals: options.refusals ?? new Refusals(),
    concurrency: options.concurrency ?? 64,
    ledger: LEDGER_LIMITS,
  });
}

/**
 * What a driver host with these plug-ins would run; needs no bus. For the configuration of kernels. Throws as `serveDrivers`
 * where two register one port.
 */
export function describeDrivers(
  plugins: readonly Plugin[],
  options: Pick<ServeDriversOptions, 'replaceable'> = {},
): DriverManifest {
  return manifestOf(hostedDrivers(driverContainer(plugins, options)));
}
