import type { ServerLease } from '@gdcloud/core';
import type { LeaseElement } from './appliance-elements.js';
import { parseHostname } from './domain-name.js';
import { parseMacAddress } from './ethernet-address.js';
import { parsePrivateAddress, type Surroundings } from './surroundings.js';

/** Reads a lease. Throws `invalid`. */
export function parseLease(sent: ServerLease, around: Surroundings): LeaseElement {
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    macAddress: parseMacAddress(sent.macAddress, 'macAddress'),
    ipv4Address: parsePrivateAddress(sent.ipv4Address, around, 'ipv4Address'),
    hostname: parseHostname(sent.hostname, 'hostname'),
  };
}
