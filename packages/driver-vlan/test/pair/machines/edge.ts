import type { Plugin } from '@gdcloud/core';
import { vlan } from '@gdcloud/driver-vlan';

/** Both machines of the pair, as they and the kernel know them. The network that there is room for has the tag 101. */
export function edge(): Plugin {
  return vlan({
    folder: '/run/records',
    mode: 'full',
    physicalNetworks: [{ name: 'physnet1', kind: 'vlan', firstId: 101, lastId: 101 }],
    machine: {
      trunks: [
        { name: 'physnet1', by: 'openvswitch', device: 'ap', datapath: 'netdev', cards: ['tr'] },
      ],
      uplinks: [
        { name: 'ext', by: 'openvswitch', device: 'out', datapath: 'netdev', cards: ['wan'] },
      ],
    },
    highAvailability: { kind: 'lease', pair: 'edge', pollMs: 50 },
  });
}
