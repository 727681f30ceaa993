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
  /** The one that its card makes. */
  readonly ipv6Address: string;
}

/** What is another for each tenant. */
export const FACTS = {
  a: {
    network: uuid(1),
    vlan: 101,
    publicAddress: '203.0.113.11',
    publicIpv6Address: '2001:db8::11',
  },
  b: {
    network: uuid(2),
    vlan: 102,
    publicAddress: '203.0.113.12',
    publicIpv6Address: '2001:db8::12',
  },
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
    ipv6Address: `fd12:3456:789a::ff:fe00:${tenant}0${nth}`,
  })),
);

/** A tenant's network with everything that a network can have; a change of it, if need be. */
export function networkOf(tenant: Tenant, change: Partial<ApplianceDesired> = {}): ToldNetwork {
  const { network, vlan, publicAddress, publicIpv6Address } = FACTS[tenant];
  const servers = SERVERS.filter((server) => server.tenant === tenant);
  const desired: ApplianceDesired = {
    ...DESIRED,
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: vlan },
    ipv4Cidr: '10.0.0.0/24',
    gatewayIpv4Address: '10.0.0.1',
    ipv6Cidr: 'fd12:3456:789a::/64',
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
      {
        uuid: uuid(11),
        generation: 1,
        address: publicIpv6Address,
        prefixLength: 64,
        gateway: '2001:db8::1',
        uplink: 'ext',
      },
    ],
    outgoingAddress: publicAddress,
    outgoingIpv6Address: publicIpv6Address,
    forwards: [
      forward(20, 'tcp', publicAddress, [2222, 2222], 22),
      forward(21, 'udp', publicAddress, [5353, 5353], 53),
      forward(22, 'tcp', publicAddress, [9000, 9009], 7000),
      forward(23, 'tcp', publicIpv6Address, [2222, 2222], 22),
      forward(24, 'tcp', publicIpv6Address, [9000, 9009], 7000),
    ].map((each) =>
      each.publicAddress === publicIpv6Address
        ? { ...each, privateAddress: servers[0]?.ipv6Address ?? '' }
        : each,
    ),
    balancers: [
      balancer(
        BALANCER,
        publicAddress,
        servers.map(({ address }) => address),
      ),
      balancer(
        IPV6_BALANCER,
        publicIpv6Address,
        servers.map(({ ipv6Address }) => ipv6Address),
      ),
    ],
    leases: servers.map((server, nth) => ({
      uuid: uuid(40 + nth),
      generation: 1,
      macAddress: server.macAddress,
      ipv4Address: server.address,
      ipv6Address: server.ipv6Address,
      hostname: `server-${nth + 1}`,
    })),
    ...change,
  };
  return { network, desired };
}

/** The balancers of each network: over IPv4 and over IPv6. */
export const BALANCER: ResourceUuid = uuid(30);
export const IPV6_BALANCER: ResourceUuid = uuid(31);

// Its servers are 1, 2, in their order.
function balancer(
  own: ResourceUuid,
  publicAddress: string,
  servers: readonly string[],
): ApplianceDesired['balancers'][number] {
  return {
    uuid: own,
    generation: 1,
    protocol: 'tcp',
    publicAddress,
    publicPort: 80,
    privatePort: 8080,
    algorithm: 'roundRobin',
    check: null,
    backends: servers.map((privateAddress, nth) => ({
      server: uuid(nth + 1),
      privateAddress,
      weight: 1,
    })),
  };
}

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
