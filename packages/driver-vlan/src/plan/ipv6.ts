import type { Branded } from '@gdcloud/core';
import ipaddr from 'ipaddr.js';
import { invalidField } from './invalid-document.js';

/** An address in the form of RFC 5952: lower case, zeros left out. */
export type Ipv6Address = Branded<'Ipv6Address'>;

/** A network of 64 bits of prefix, as servers make their own addresses in. */
export interface Ipv6Range {
  /** `fd12:3456:789a::/64` */
  readonly cidr: string;
  /** The appliance's own address in it: the first after the network's. */
  readonly gateway: Ipv6Address;
}

/** Reads an address. Throws `invalid` for every form but the canonical one, zones and IPv4 in IPv6. */
export function parseIpv6Address(text: string, field: string): Ipv6Address {
  if (!/^[0-9a-f:]+$/.test(text) || !ipaddr.IPv6.isValid(text)) throw notCanonical(field);
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress() || address.toRFC5952String() !== text) {
    throw notCanonical(field);
  }
  return text as Ipv6Address;
}

/** Reads `fd12:3456:789a::/64`. Throws `invalid` for other lengths, host bits that are set, and ranges that aren't unicast. */
export function parseIpv6Range(text: string, field: string): Ipv6Range {
  const [address = '', prefix = '', ...more] = text.split('/');
  const network = parseIpv6Address(address, field);
  const parts = ipaddr.IPv6.parse(network).parts;
  const kind = ipaddr.IPv6.parse(network).range();
  if (prefix !== '64' || more.length > 0 || parts.slice(4).some((part) => part !== 0)) {
    throw invalidField(
      'InvalidIpv6Cidr',
      field,
      'a network is an address without host bits and /64',
    );
  }
  if (kind !== 'unicast' && kind !== 'uniqueLocal') {
    throw invalidField('InvalidIpv6Cidr', field, 'a network is of unicast addresses');
  }
  const gateway = new ipaddr.IPv6([...parts.slice(0, 7), 1]).toRFC5952String();
  return { cidr: text, gateway: parseIpv6Address(gateway, field) };
}

function notCanonical(field: string): Error {
  return invalidField(
    'InvalidIpv6Address',
    field,
    'an IPv6 address is in its canonical form (RFC 5952)',
  );
}
