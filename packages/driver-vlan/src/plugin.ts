import {
  CLOCK,
  CLOSEABLE,
  DriverFailure,
  HEALTH_CHECK,
  LOCK_SERVICE,
  LOGGER,
  type LockService,
  METER,
  NETWORK,
  type Plugin,
  RANDOM,
} from '@gdcloud/core';
import { createVlanDriver, type VlanDriver, type VlanOptions, type VlanPorts } from './driver.js';

/** Adds private networks on VLANs to a cloud, with the cloud's own chance and time. `files` puts another file system under it. */
export function vlan(
  options: VlanOptions,
  { files }: Partial<Pick<VlanPorts, 'files'>> = {},
): Plugin {
  return (container) => {
    let driver: VlanDriver | undefined;
    container.register(NETWORK, {
      useFactory: (c) =>
        (driver ??= createVlanDriver(options, {
          ...(files === undefined ? {} : { files }),
          random: c.resolve(RANDOM),
          clock: c.resolve(CLOCK),
          logger: c.resolve(LOGGER),
          meter: c.resolve(METER),
          locks: locksWhenNeeded(() => {
            if (!c.isRegistered(LOCK_SERVICE, true)) throw noLockService();
            return c.resolve(LOCK_SERVICE);
          }),
        })),
    });
    if ((options.highAvailability?.kind ?? 'none') !== 'none') {
      const check = async (): Promise<void> => driver?.checkPair();
      container.register(HEALTH_CHECK, {
        useValue: { name: 'appliance-pair', needed: 'no', check },
      });
    }
    container.register(CLOSEABLE, { useValue: { close: async () => driver?.close() } });
  };
}

// Most appliances need none, and a process that only tells what its drivers are has none.
function locksWhenNeeded(resolve: () => LockService): LockService {
  return {
    tryAcquire: async (key) => resolve().tryAcquire(key),
    holder: async (key) => resolve().holder(key),
    whenHolderGone: (tell) => resolve().whenHolderGone?.(tell) ?? (() => {}),
  };
}

function noLockService(): DriverFailure {
  return new DriverFailure('unavailable', 'NoLockService', 'this process has no lock service', {
    remedy: 'Give it one that both appliances of the pair reach, as by zookeeper().',
  });
}
