import type { Branded } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** A dotted address without leading zeros. */
export type Ipv4Address = Branded<'Ipv4Address'>;

/** A range by its first and last address. `192.168.0.0/24` has 24 bits of prefix. */
export interface Ipv4Range {
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
  readonly prefixLength: number;
}

// Octal, hexadecimal and short forms are read differently by different tools, so none of them is taken.
const ADDRESS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const CIDR = /^([^/]+)\/(0|[1-9]\d?)$/;

/** Reads an address. Throws `invalid` for every form but four decimal numbers. */
export function parseIpv4Address(text: string, field: string): Ipv4Address {
  if (!ADDRESS.test(text)) {
    throw invalidField(
      'InvalidIpv4Address',
      field,
      'an IPv4 address is four decimal numbers from 0 to 255',
    );
  }
  return text as Ipv4Address;
}

/** Reads `198.51.100.0/24`, with any prefix from 0 to 32. Throws `invalid` for host bits that are set. */
export function parseIpv4Cidr(text: string, field: string): Ipv4Range {
  const [, address = '', prefix = ''] = CIDR.exec(text) ?? [];
  const prefixLength = Number(prefix);
  if (prefix === '' || prefixLength > 32) {
    throw invalidField('InvalidIpv4Cidr', field, 'a range is an address, a slash and 0 to 32');
  }
  const first = parseIpv4Address(address, field);
  const number = ipv4Number(first);
  const size = 2 ** (32 - prefixLength);
  if (number % size !== 0) {
    throw invalidField('InvalidIpv4Cidr', field, 'a range starts at an address without host bits');
  }
  return { first, last: ipv4Text(number + size - 1), prefixLength };
}

/** Reads a private network's range: 8 to 30 bits of prefix, so that a gateway and a server fit in. Throws `invalid`. */
export function parseIpv4Range(text: string, field: string): Ipv4Range {
  const range = parseIpv4Cidr(text, field);
  if (range.prefixLength < 8 || range.prefixLength > 30) {
    throw invalidField('InvalidIpv4Cidr', field, 'a network has a prefix of 8 to 30');
  }
  return range;
}

/** Reads the gateway's address, which lies in `range` and is neither its first nor its last. Throws `invalid`. */
export function parseGateway(text: string, range: Ipv4Range, field: string): Ipv4Address {
  const gateway = parseIpv4Address(text, field);
  if (!isHost(gateway, range)) {
    throw invalidField('InvalidGateway', field, 'the gateway is a usable address of the network');
  }
  return gateway;
}

/** The range of this length that an address is in. */
export function rangeAround(address: Ipv4Address, prefixLength: number): Ipv4Range {
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(ipv4Number(address) / size) * size;
  return { first: ipv4Text(first), last: ipv4Text(first + size - 1), prefixLength };
}

/** Whether servers can have this address: in the range, and neither its first nor its last. */
export function isHost(address: Ipv4Address, range: Ipv4Range): boolean {
  return isInside(address, range) && address !== range.first && address !== range.last;
}

/** Whether the range has this address. */
export function isInside(address: Ipv4Address, { first, last }: Ipv4Range): boolean {
  const number = ipv4Number(address);
  return number >= ipv4Number(first) && number <= ipv4Number(last);
}

/** Whether two ranges have an address in common. */
export function overlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return isInside(one.first, other) || isInside(other.first, one);
}

/** The range as it is written: `192.168.0.0/24`. */
export function cidrText({ first, prefixLength }: Ipv4Range): string {
  return `${first}/${prefixLength}`;
}

/** The address as a number from 0 to 2³² − 1. */
export function ipv4Number(address: Ipv4Address): number {
  let number = 0;
  for (const part of address.split('.')) number = number * 256 + Number(part);
  return number;
}

/** The address of a number from 0 to 2³² − 1. */
export function ipv4Text(number: number): Ipv4Address {
  return [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.') as Ipv4Address;
}

/** `255.255.255.0` for 24. */
export function netmask(prefixLength: number): Ipv4Address {
  return ipv4Text(2 ** 32 - 2 ** (32 - prefixLength));
}
