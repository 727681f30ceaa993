import ipaddr from 'ipaddr.js';
import type { NumberedItems } from '../../ports/store.js';
import { numberedItems } from '../numbered-items.js';

/** The addresses of a network, as numbers: the first is the gateway's, the last but one the last server's. */
interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** The address of the network's gateway: the first one. */
export function gatewayOf(ipv4Cidr: string): string {
  return textOf(rangeOf(ipv4Cidr).first);
}

/**
 * The addresses that servers of the network may have, starting somewhere in the middle: `fraction` in [0, 1) says where.
 * Those who look for a free one at the same moment then seldom try the same. Made one by one: a /8 has 16 million.
 */
export function serverAddresses(ipv4Cidr: string, fraction: number): NumberedItems {
  const { first: gateway, last } = rangeOf(ipv4Cidr);
  const first = gateway + 1;
  const from = first + Math.floor(fraction * (last - gateway));
  return numberedItems({ first, last, from, without: [] }, textOf);
}

/** Whether a server of the network may have this address. */
export function isServerAddress(ipv4Cidr: string, address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
  const { first, last } = rangeOf(ipv4Cidr);
  const number = numberOf(ipaddr.IPv4.parse(address));
  return number > first && number <= last;
}

function rangeOf(ipv4Cidr: string): Ipv4Range {
  const network = numberOf(ipaddr.IPv4.networkAddressFromCIDR(ipv4Cidr));
  const broadcast = numberOf(ipaddr.IPv4.broadcastAddressFromCIDR(ipv4Cidr));
  return { first: network + 1, last: broadcast - 1 };
}

function numberOf(address: ipaddr.IPv4): number {
  return address.octets.reduce((number, octet) => number * 256 + octet, 0);
}

function textOf(number: number): string {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.');
}
