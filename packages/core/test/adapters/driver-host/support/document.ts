import type { ApplianceDesired } from '@gdcloud/core';

/** The document of a network with nothing in it. */
export const DOCUMENT: ApplianceDesired = {
  name: 'private',
  revision: 1,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 137 },
  ipv4Cidr: '10.0.0.0/24',
  gatewayIpv4Address: '10.0.0.1',
  ipv6Cidr: null,
  domain: 'internal',
  rateLimitMbit: null,
  publicAddresses: [],
  outgoingAddress: null,
  forwards: [],
  balancers: [],
  rules: [],
  leases: [],
  vpn: null,
};
