import type { Branded } from '@gdcloud/core';
import ipaddr from 'ipaddr.js';
import { invalidField } from './invalid-document.js';

/** An address in the form of RFC 5952: lower case, zeros left out. */
export type Ipv6Address = Branded<'Ipv6Address'>;

/** A network of 64 bits of prefix, as servers make their own addresses in. */
export interface Ipv6Range {
  /** `fd12:3456:789a::/64` */
  readonly cidr: string;
  /**
   * `local`: nobody outside knows it (RFC 4193), so that servers are seen by another address there. `routed`: routers
   * outside send what is for it here.
   */
  readonly scope: 'local' | 'routed';
  readonly first: bigint;
  readonly last: bigint;
  /** The appliance's own address in it: the first after the network's. */
  readonly gateway: Ipv6Address;
}

/** Reads an address. Throws `invalid` for every form but the canonical one, zones and IPv4 in IPv6. */
export function parseIpv6Address(text: string, field: string): Ipv6Address {
  if (!/^[0-9a-f:]{2,39}$/.test(text) || !ipaddr.IPv6.isValid(text)) throw notCanonical(field);
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress() || address.toRFC5952String() !== text) {
    throw notCanonical(field);
  }
  return text as Ipv6Address;
}

/** Reads an address that a machine can be reached by from elsewhere: no group, no loopback, none of a link. Throws `invalid`. */
export function parseIpv6Host(text: string, field: string): Ipv6Address {
  const address = parseIpv6Address(text, field);
  const leading = ipv6Number(address) >> 112n;
  // ::/8, fe80::/10, ff00::/8: this machine, its link, groups (RFC 4291, 2.4).
  if (leading >> 8n === 0n || leading >> 6n === 0x3fan || leading >> 8n === 0xffn) {
    throw invalidField(
      'InvalidIpv6Address',
      field,
      'it is an address of a host, and not of a link',
    );
  }
  return address;
}

/** Reads `2001:db8::/32`, with any prefix from 0 to 128. Throws `invalid` for host bits that are set. */
export function parseIpv6Cidr(
  text: string,
  field: string,
): { readonly first: bigint; readonly last: bigint; readonly prefixLength: number } {
  const [, address = '', prefix = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const prefixLength = Number(prefix);
  if (prefix === '' || prefixLength > 128) {
    throw invalidField('InvalidIpv6Cidr', field, 'a range is an address, a slash and 0 to 128');
  }
  const first = ipv6Number(parseIpv6Address(address, field));
  const size = 1n << BigInt(128 - prefixLength);
  if (first % size !== 0n) {
    throw invalidField('InvalidIpv6Cidr', field, 'a range starts at an address without host bits');
  }
  return { first, last: first + size - 1n, prefixLength };
}

/** Reads `fd12:3456:789a::/64`. Throws `invalid` for other lengths, host bits that are set, and ranges that aren't unicast. */
export function parseIpv6Range(text: string, field: string): Ipv6Range {
  const { first, last, prefixLength } = parseIpv6Cidr(text, field);
  if (prefixLength !== 64) throw invalidField('InvalidIpv6Cidr', field, 'a network is a /64');
  const scope = scopeOf(ipv6Text(first));
  if (scope === undefined) {
    throw invalidField('InvalidIpv6Cidr', field, 'a network is of unicast addresses');
  }
  return { cidr: text, scope, first, last, gateway: ipv6Text(first + 1n) };
}

/** The address as a number from 0 to 2¹²⁸ − 1. */
export function ipv6Number(address: Ipv6Address): bigint {
  return ipaddr.IPv6.parse(address).parts.reduce(
    (number, part) => number * 65_536n + BigInt(part),
    0n,
  );
}

/** The address of a number from 0 to 2¹²⁸ − 1. */
export function ipv6Text(number: bigint): Ipv6Address {
  const parts = Array.from({ length: 8 }, (_, nth) =>
    Number((number >> BigInt(112 - 16 * nth)) & 0xffffn),
  );
  return new ipaddr.IPv6(parts).toRFC5952String() as Ipv6Address;
}

function scopeOf(address: Ipv6Address): Ipv6Range['scope'] | undefined {
  const leading = ipv6Number(address) >> 120n;
  if (leading === 0xfdn) return 'local';
  // 2000::/3, all that is given to anybody (RFC 4291, 2.4).
  return leading >> 5n === 1n ? 'routed' : undefined;
}

function notCanonical(field: string): Error {
  return invalidField(
    'InvalidIpv6Address',
    field,
    'an IPv6 address is in its canonical form (RFC 5952)',
  );
}
