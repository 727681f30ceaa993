import {
  type ApplianceDesired,
  asFence,
  asOperationKey,
  asUuid,
  type DriverCall,
  type Fence,
  type ObjectKey,
  type ResourceUuid,
} from '@gdcloud/core';

export const DESIRED: ApplianceDesired = {
  name: 'private',
  revision: 3,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 137 },
  ipv4Cidr: '192.168.0.0/24',
  gatewayIpv4Address: '192.168.0.1',
  domain: 'net.example',
  ipv6Cidr: null,
  rateLimitMbit: null,
  publicAddresses: [],
  outgoingAddress: null,
  forwards: [],
  balancers: [],
  rules: [],
  leases: [],
  vpn: null,
};

/** The uuid number `n` of this test. */
export function uuid(n: number): ResourceUuid {
  return asUuid(`01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

export function keyOf(n: number): ObjectKey {
  return { uuid: uuid(n), epoch: 1 };
}

export function call(
  signal: AbortSignal = new AbortController().signal,
  fence: Fence = asFence('1'),
): DriverCall {
  return {
    signal,
    deadline: Number.MAX_SAFE_INTEGER,
    fence,
    operation: asOperationKey('o'),
  };
}
