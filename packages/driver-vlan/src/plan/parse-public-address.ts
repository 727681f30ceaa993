import type { PublicAddress } from '@gdcloud/core';
import type { PublicAddressElement } from './appliance-elements.js';
import { invalidField } from './invalid-document.js';
import { type Ipv4Range, isInside, parseIpv4Address } from './ipv4.js';
import { parseIpv6Address } from './ipv6.js';
import { trunkDevice } from './plan-names.js';

/** Reads a public address, which the private `range` doesn't have. Throws `invalid`. */
export function parseOutsideAddress(sent: PublicAddress, range: Ipv4Range): PublicAddressElement {
  const { uuid, generation } = sent;
  const uplink = trunkDevice(sent.uplink, 'uplink');
  if (sent.address.includes(':')) {
    const address = parseIpv6Address(sent.address, 'address');
    const gateway = parseIpv6Address(sent.gateway, 'gateway');
    const prefixLength = parsePrefix(sent.prefixLength, 128);
    return { uuid, generation, family: 'ipv6', address, gateway, prefixLength, uplink };
  }
  const address = parseIpv4Address(sent.address, 'address');
  const gateway = parseIpv4Address(sent.gateway, 'gateway');
  const prefixLength = parsePrefix(sent.prefixLength, 32);
  for (const [text, field] of [
    [address, 'address'],
    [gateway, 'gateway'],
  ] as const) {
    if (isInside(text, range)) {
      throw invalidField('AddressInside', field, "it is not in the network's own range");
    }
  }
  return { uuid, generation, family: 'ipv4', address, gateway, prefixLength, uplink };
}

function parsePrefix(length: number, most: number): number {
  if (!Number.isInteger(length) || length < 1 || length > most) {
    throw invalidField('InvalidPrefix', 'prefixLength', `it is a whole number from 1 to ${most}`);
  }
  return length;
}
