import type { ApplianceDesired, ResourceUuid } from '@gdcloud/core';
import { DESIRED, uuid } from '../support/fixtures.js';
import type { ToldNetwork } from './agent-process.js';

/** Two accounts that know nothing of each other, and chose the same addresses. */
export type Tenant = 'a' | 'b';

/** Both, for tests of what is to hold either way. */
export const TENANTS: readonly Tenant[] = ['a', 'b'];

/** The other one. */
export const OTHER = { a: 'b', b: 'a' } as const satisfies Record<Tenant, Tenant>;

/** A server on an access port. */
export interface Server {
  readonly name: string;
  readonly tenant: Tenant;
  readonly uuid: ResourceUuid;
  readonly vlan: number;
  readonly macAddress: string;
  readonly address: string;
}

/** What is another for each tenant. */
export const FACTS = {
  a: { network: uuid(1), vlan: 101, publicAddress: '203.0.113.11' },
  b: { network: uuid(2), vlan: 102, publicAddress: '203.0.113.12' },
} as const satisfies Record<Tenant, unknown>;

/** The two servers of each: `a1`, `a2`, `b1`, `b2`; the same addresses again. */
export const SERVERS: readonly Server[] = TENANTS.flatMap((tenant) =>
  [1, 2].map((nth) => ({
    name: `${tenant}${nth}`,
    tenant,
    uuid: uuid(nth),
    vlan: FACTS[tenant].vlan,
    macAddress: `02:00:00:00:0${tenant}:0${nth}`,
    address: `10.0.0.1${nth}`,
  })),
);

/** A tenant's network with everything that a network can have; a change of it, if need be. */
export function networkOf(tenant: Tenant, change: Partial<ApplianceDesired> = {}): ToldNetwork {
  const { network, vlan, publicAddress } = FACTS[tenant];
  const desired: ApplianceDesired = {
    ...DESIRED,
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: vlan },
    ipv4Cidr: '10.0.0.0/24',
    gatewayIpv4Address: '10.0.0.1',
    domain: `${tenant}.example`,
    publicAddresses: [
      {
        uuid: uuid(10),
        generation: 1,
        address: publicAddress,
        prefixLength: 24,
        gateway: '203.0.113.1',
        uplink: 'ext',
      },
    ],
    outgoingAddress: publicAddress,
    forwards: [
      forward(20, 'tcp', publicAddress, [2222, 2222], 22),
      forward(21, 'udp', publicAddress, [5353, 5353], 53),
      forward(22, 'tcp', publicAddress, [9000, 9009], 7000),
    ],
    balancers: [
      {
        uuid: BALANCER,
        generation: 1,
        protocol: 'tcp',
        publicAddress,
        publicPort: 80,
        privatePort: 8080,
        algorithm: 'roundRobin',
        check: null,
        backends: SERVERS.filter((server) => server.tenant === tenant).map((server) => ({
          server: server.uuid,
          privateAddress: server.address,
          weight: 1,
        })),
      },
    ],
    leases: SERVERS.filter((server) => server.tenant === tenant).map((server, nth) => ({
      uuid: uuid(40 + nth),
      generation: 1,
      macAddress: server.macAddress,
      ipv4Address: server.address,
      hostname: `server-${nth + 1}`,
    })),
    ...change,
  };
  return { network, desired };
}

/** The balancer of each network. */
export const BALANCER: ResourceUuid = uuid(30);

/** Ports that lead to the first server. */
export function forward(
  number: number,
  protocol: 'tcp' | 'udp',
  publicAddress: string,
  [publicStartPort, publicEndPort]: readonly [number, number],
  privateStartPort: number,
): ApplianceDesired['forwards'][number] {
  return {
    uuid: uuid(number),
    generation: 1,
    protocol,
    publicAddress,
    publicStartPort,
    publicEndPort,
    privateAddress: '10.0.0.11',
    privateStartPort,
  };
}
