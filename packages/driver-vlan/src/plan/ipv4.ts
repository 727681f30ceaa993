import type { Branded } from '@gdcloud/core';
import ipaddr from 'ipaddr.js';
import { invalidDocument } from './invalid-document.js';

/** A dotted address without leading zeros. */
export type Ipv4Address = Branded<'Ipv4Address'>;

/** A private network's range: its first address, and 8 to 30 bits of prefix. */
export interface Ipv4Range {
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
  readonly prefixLength: number;
}

/** Reads an address. Throws `invalid` for every form but four decimal numbers. */
export function parseIpv4Address(text: string): Ipv4Address {
  // ipaddr.js alone takes octal, hexadecimal and short forms, which other tools read differently.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) || !ipaddr.IPv4.isValid(text)) {
    throw invalidDocument(
      'InvalidIpv4Address',
      'an IPv4 address is four decimal numbers from 0 to 255',
    );
  }
  return text as Ipv4Address;
}

/** Reads `192.168.0.0/24`. Throws `invalid` for host bits that are set, and for ranges too small for a gateway and a server. */
export function parseIpv4Range(text: string): Ipv4Range {
  const [address = '', prefix = '', ...more] = text.split('/');
  const first = parseIpv4Address(address);
  const prefixLength = /^([89]|[12]\d|30)$/.test(prefix) ? Number(prefix) : undefined;
  if (prefixLength === undefined || more.length > 0) {
    throw invalidDocument('InvalidIpv4Cidr', 'a network is an address, a slash and 8 to 30');
  }
  const cidr = `${first}/${prefixLength}`;
  if (ipaddr.IPv4.networkAddressFromCIDR(cidr).toString() !== first) {
    throw invalidDocument('InvalidIpv4Cidr', 'a network starts at an address without host bits');
  }
  const last = parseIpv4Address(ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString());
  return { first, last, prefixLength };
}

/** Reads the gateway's address, which lies in `range` and is neither its first nor its last. */
export function parseGateway(text: string, range: Ipv4Range): Ipv4Address {
  const gateway = parseIpv4Address(text);
  const inside = ipaddr.IPv4.parse(gateway).match(
    ipaddr.IPv4.parse(range.first),
    range.prefixLength,
  );
  if (!inside || gateway === range.first || gateway === range.last) {
    throw invalidDocument('InvalidGateway', 'the gateway is a usable address of the network');
  }
  return gateway;
}
