import type { PublicAddress } from '@gdcloud/core';
import type { PublicAddressElement } from './appliance-elements.js';
import { invalidField } from './invalid-document.js';
import { familyOf } from './ip.js';
import { type Ipv4Range, isInside, parseIpv4Address } from './ipv4.js';
import { type Ipv6Range, ipv6Number, parseIpv6Address, parseIpv6Host } from './ipv6.js';
import { trunkDevice } from './plan-names.js';

/** Reads a public address, which the network's own ranges don't have. Throws `invalid`. */
export function parseOutsideAddress(
  sent: PublicAddress,
  range: Ipv4Range,
  ipv6: Ipv6Range | null,
): PublicAddressElement {
  const { uuid, generation } = sent;
  const uplink = trunkDevice(sent.uplink, 'uplink');
  if (familyOf(sent.address) === 'ipv6') {
    const address = parseIpv6Host(sent.address, 'address');
    // Of routers the one of the link is often all that is known.
    const gateway = parseIpv6Address(sent.gateway, 'gateway');
    const prefixLength = parsePrefix(sent.prefixLength, 128);
    refuseInside(
      [address, gateway].map((text) => {
        const number = ipv6Number(text);
        return ipv6 !== null && number >= ipv6.first && number <= ipv6.last;
      }),
    );
    return { uuid, generation, family: 'ipv6', address, gateway, prefixLength, uplink };
  }
  const address = parseIpv4Address(sent.address, 'address');
  const gateway = parseIpv4Address(sent.gateway, 'gateway');
  const prefixLength = parsePrefix(sent.prefixLength, 32);
  refuseInside([address, gateway].map((text) => isInside(text, range)));
  return { uuid, generation, family: 'ipv4', address, gateway, prefixLength, uplink };
}

function refuseInside(areInside: readonly boolean[]): void {
  for (const [nth, field] of ['address', 'gateway'].entries()) {
    if (areInside[nth] === true) {
      throw invalidField('AddressInside', field, "it is not in the network's own range");
    }
  }
}

function parsePrefix(length: number, most: number): number {
  if (!Number.isInteger(length) || length < 1 || length > most) {
    throw invalidField('InvalidPrefix', 'prefixLength', `it is a whole number from 1 to ${most}`);
  }
  return length;
}
