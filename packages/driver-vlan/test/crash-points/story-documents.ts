import type { ApplianceDesired, HttpProxying } from '@gdcloud/core';
import { CERTIFICATE_A, CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import { CARRIED } from '../support/carried-network.js';
import { DESIRED, uuid } from '../support/fixtures.js';

// The documents between which a network goes in `stories.ts`.

const SECOND = '203.0.113.12';

/** A network with everything that takes a program or a file. */
export const FULL: ApplianceDesired = {
  ...CARRIED,
  publicAddresses: [
    ...CARRIED.publicAddresses,
    {
      uuid: uuid(21),
      generation: 1,
      address: SECOND,
      prefixLength: 24,
      gateway: '203.0.113.1',
      uplink: 'outside',
    },
  ],
  forwards: [
    forward(31, '203.0.113.11', 2222),
    forward(32, SECOND, 2223),
    forward(33, SECOND, 2224),
  ],
  leases: [
    {
      uuid: uuid(12),
      generation: 1,
      macAddress: '02:00:00:00:00:07',
      ipv4Address: '192.168.0.7',
      hostname: 'web',
    },
  ],
  vpn: {
    uuid: uuid(60),
    generation: 1,
    publicAddress: '203.0.113.11',
    listenPort: 51_820,
    privateKey: 'WLnBdmCJuvj6C3lrEk2TPGlj4z+TjqZDDsQrZcFPoUE=',
    ipv4Address: '10.99.0.1/24',
    peers: [
      {
        uuid: uuid(61),
        generation: 1,
        publicKey: '5lNsAYSvdlqMH2mdxtzTcNeXOAbaRJnRnIUtBSWbmTc=',
        presharedKey: null,
        allowedCidrs: ['10.99.0.2/32'],
        endpoint: null,
      },
    ],
  },
};

/** {@link FULL} but for the VPN, which takes long to make. */
export const LEASED: ApplianceDesired = { ...FULL, vpn: null };

/** The second address is given up, and what led from it; the VPN ends, and with the last lease the name service. */
export const GIVEN_UP: ApplianceDesired = {
  ...FULL,
  revision: 4,
  publicAddresses: CARRIED.publicAddresses,
  forwards: [forward(31, '203.0.113.11', 2222)],
  leases: [],
  vpn: null,
  rateLimitMbit: 100,
};

/** Without what takes IPv4, but with IPv6. */
export const IPV6_ONLY: ApplianceDesired = { ...GIVEN_UP, ipv6Cidr: 'fd12:3456:789a::/64' };

export const MOVED: ApplianceDesired = {
  ...LEASED,
  revision: 4,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 139 },
};

/** With another lease: the name service is told, and goes on. */
export const LEASED_TWICE: ApplianceDesired = {
  ...LEASED,
  revision: 4,
  leases: [
    ...LEASED.leases,
    {
      uuid: uuid(13),
      generation: 1,
      macAddress: '02:00:00:00:00:08',
      ipv4Address: '192.168.0.8',
      hostname: 'mail',
    },
  ],
};

/** The same but for a forward: so one transaction is enough. */
export const LESS: ApplianceDesired = {
  ...LEASED,
  domain: 'other.example',
  revision: 4,
  forwards: LEASED.forwards.slice(1),
};

const CERTIFIED: HttpProxying = {
  scheme: 'https',
  certificate: CERTIFICATE_A,
  privateKey: KEY_A,
};

/** With a balancer that speaks HTTP itself. */
export const PROXIED: ApplianceDesired = {
  ...CARRIED,
  revision: 4,
  balancers: [
    {
      uuid: uuid(41),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicPort: 443,
      privatePort: 8080,
      algorithm: 'roundRobin',
      proxy: CERTIFIED,
      check: null,
      backends: [{ server: uuid(1), privateAddress: '192.168.0.11', weight: 1 }],
    },
  ],
};

export const PROXIED_CHECKED: ApplianceDesired = {
  ...PROXIED,
  balancers: PROXIED.balancers.map((balancer) => ({
    ...balancer,
    check: { kind: 'tcp', path: null, intervalMs: 200, timeoutMs: 200, rise: 1, fall: 1 },
  })),
};

export const PROXIED_ANEW: ApplianceDesired = {
  ...PROXIED,
  revision: 5,
  balancers: PROXIED.balancers.map((balancer) => ({
    ...balancer,
    proxy: { scheme: 'https', certificate: CERTIFICATE_B, privateKey: KEY_B },
  })),
};

export const NEXT_DOOR: ApplianceDesired = {
  ...DESIRED,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 138 },
};

export const CHECKED: ApplianceDesired = {
  ...CARRIED,
  balancers: [
    {
      uuid: uuid(40),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicPort: 80,
      privatePort: 8080,
      algorithm: 'roundRobin',
      check: { kind: 'tcp', path: null, intervalMs: 1000, timeoutMs: 1000, rise: 1, fall: 1 },
      // The first is the network's own gateway, for want of a server.
      backends: [11, 12].map((host, nth) => ({
        server: uuid(nth + 1),
        privateAddress: `192.168.0.${host}`,
        weight: 1,
      })),
    },
  ],
};

export const CHECKED_NEXT: ApplianceDesired = { ...CHECKED, revision: 4, domain: 'other.example' };

function forward(
  number: number,
  publicAddress: string,
  port: number,
): ApplianceDesired['forwards'][number] {
  return {
    uuid: uuid(number),
    generation: 1,
    protocol: 'tcp',
    publicAddress,
    publicStartPort: port,
    publicEndPort: port,
    privateAddress: '192.168.0.7',
    privateStartPort: 22,
  };
}
