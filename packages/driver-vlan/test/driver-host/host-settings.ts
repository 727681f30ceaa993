import type { Plugin } from '@gdcloud/core';
import { vlan } from '@gdcloud/driver-vlan';

/** What kernels call the appliance. */
export const HOST = 'edge-a';

/** What the appliance and kernels share. */
export const KEY: Uint8Array = new Uint8Array(32).fill(7);

/** The driver as the appliance runs it: networks are carried in a sandbox, whose way out is the bridge `outside`. */
export function appliance(folder: string): Plugin {
  return vlan({
    folder,
    mode: 'sandboxed',
    machine: { trunks: [], uplinks: [{ name: 'outside', by: 'bridge', device: 'outside' }] },
  });
}
