import { DEFAULT_PHYSICAL_NETWORKS, parseAppliance } from '@gdcloud/driver-vlan';
import { DESIRED, uuid } from './fixtures.js';

type Backends = ReturnType<typeof parseAppliance>['balancers'][number]['backends'];

/** Validated servers behind a balancer, with these weights. */
export function parseBackends(weights: readonly number[]): Backends {
  const address = '203.0.113.11';
  const { balancers } = parseAppliance(
    uuid(1),
    {
      ...DESIRED,
      publicAddresses: [
        {
          uuid: uuid(1),
          generation: 1,
          address,
          prefixLength: 24,
          gateway: '203.0.113.1',
          uplink: 'ext',
        },
      ],
      balancers: [
        {
          uuid: uuid(2),
          generation: 1,
          protocol: 'tcp',
          publicAddress: address,
          publicPort: 80,
          privatePort: 80,
          algorithm: 'source',
          check: null,
          backends: weights.map((weight, nth) => ({
            server: uuid(100 + nth),
            privateAddress: `192.168.0.${10 + nth}`,
            weight,
          })),
        },
      ],
    },
    DEFAULT_PHYSICAL_NETWORKS,
  );
  return balancers[0]?.backends ?? [];
}
