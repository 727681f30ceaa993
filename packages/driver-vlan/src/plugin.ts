import { NETWORK, type Plugin } from '@gdcloud/core';
import { createVlanDriver, type VlanOptions } from './driver.js';

/** Adds private networks on VLANs to a cloud. */
export function vlan(options: VlanOptions): Plugin {
  return (container) => {
    container.register(NETWORK, { useValue: createVlanDriver(options) });
  };
}
