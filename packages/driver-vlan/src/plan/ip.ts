import { type Ipv4Address, ipv4Number, ipv4Text, parseIpv4Address, parseIpv4Cidr } from './ipv4.js';
import { type Ipv6Address, ipv6Number, ipv6Text, parseIpv6Address, parseIpv6Cidr } from './ipv6.js';

/** The versions of IP. */
export type Family = 'ipv4' | 'ipv6';

/** An address of either version. */
export type IpAddress = Ipv4Address | Ipv6Address;

/** Addresses in a row, as numbers, both ends included. */
export interface AddressSpan {
  readonly first: bigint;
  readonly last: bigint;
}

/** A row of addresses of one version. */
export interface IpSpan extends AddressSpan {
  readonly family: Family;
}

/** How many bits an address has. */
export const ADDRESS_BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** The version of a canonical text: of an address, or of a range. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'ipv6' : 'ipv4';
}

/** Reads an address of either version in its canonical form. Throws `invalid`. */
export function parseIpAddress(text: string, field: string): IpAddress {
  return familyOf(text) === 'ipv6' ? parseIpv6Address(text, field) : parseIpv4Address(text, field);
}

/** Reads `198.51.100.0/24` or `2001:db8::/32`. Throws `invalid` for host bits that are set. */
export function parseIpCidr(text: string, field: string): IpSpan {
  if (familyOf(text) === 'ipv6') return { family: 'ipv6', ...parseIpv6Cidr(text, field) };
  const { first, last } = parseIpv4Cidr(text, field);
  return { family: 'ipv4', first: BigInt(ipv4Number(first)), last: BigInt(ipv4Number(last)) };
}

/** The address as a number. */
export function ipNumber(address: IpAddress): bigint {
  return isIpv6(address) ? ipv6Number(address) : BigInt(ipv4Number(address));
}

/** The address of a number. */
export function ipText(family: Family, number: bigint): IpAddress {
  return family === 'ipv6' ? ipv6Text(number) : ipv4Text(Number(number));
}

/** Whether an address is of IPv6. */
export function isIpv6(address: IpAddress): address is Ipv6Address {
  return familyOf(address) === 'ipv6';
}
