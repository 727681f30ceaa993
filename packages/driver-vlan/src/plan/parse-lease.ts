import type { ServerLease } from '@gdcloud/core';
import type { LeaseElement } from './appliance-elements.js';
import { parseHostname } from './domain-name.js';
import { parseMacAddress } from './ethernet-address.js';
import { parsePrivateIpv4, parsePrivateIpv6, type Surroundings } from './surroundings.js';

/** Reads a lease. Throws `invalid`. */
export function parseLease(sent: ServerLease, around: Surroundings): LeaseElement {
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    macAddress: parseMacAddress(sent.macAddress, 'macAddress'),
    ipv4Address: parsePrivateIpv4(sent.ipv4Address, around, 'ipv4Address'),
    ipv6Address:
      typeof sent.ipv6Address === 'string'
        ? parsePrivateIpv6(sent.ipv6Address, around, 'ipv6Address')
        : null,
    hostname: parseHostname(sent.hostname, 'hostname'),
  };
}
