import {
  CLOCK,
  CLOSEABLE,
  HEALTH_CHECK,
  LOCK_SERVICE,
  LOGGER,
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
          ...(options.highAvailability?.kind === 'lease' ? { locks: c.resolve(LOCK_SERVICE) } : {}),
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
