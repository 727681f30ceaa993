import { invalidField } from './invalid-document.js';
import { type Family, familyOf, type IpAddress, isIpv6, parseIpAddress } from './ip.js';
import { type Ipv4Address, type Ipv4Range, isHost, parseIpv4Address } from './ipv4.js';
import { type Ipv6Address, type Ipv6Range, ipv6Number, parseIpv6Address } from './ipv6.js';

/** What the elements of a document refer to. */
export interface Surroundings {
  readonly range: Ipv4Range;
  readonly gateway: Ipv4Address;
  readonly ipv6: Ipv6Range | null;
  /** The network's public addresses. */
  readonly publicAddresses: ReadonlySet<string>;
}

/** Reads an address that a server of the network has or may have, of a version. Throws `invalid`. */
export function parsePrivateAddress(
  text: string,
  family: Family,
  around: Surroundings,
  field: string,
): IpAddress {
  return family === 'ipv4'
    ? parsePrivateIpv4(text, around, field)
    : parsePrivateIpv6(text, around, field);
}

/** Reads an IPv4 address that a server of the network has or may have. Throws `invalid`. */
export function parsePrivateIpv4(
  text: string,
  { range, gateway }: Surroundings,
  field: string,
): Ipv4Address {
  const address = parseIpv4Address(text, field);
  if (!isHost(address, range) || address === gateway) throw addressOutside(field);
  return address;
}

/** Reads an IPv6 address that a server of the network has or may have. Throws `invalid`. */
export function parsePrivateIpv6(text: string, { ipv6 }: Surroundings, field: string): Ipv6Address {
  const address = parseIpv6Address(text, field);
  const number = ipv6Number(address);
  // The first is that of any router (RFC 4291, 2.6.1).
  if (ipv6 === null || number <= ipv6.first || number > ipv6.last || address === ipv6.gateway) {
    throw addressOutside(field);
  }
  return address;
}

/** Reads one of the network's public addresses. Throws `invalid`. */
export function parsePublicAddress(
  text: string,
  { publicAddresses }: Surroundings,
  field: string,
): IpAddress {
  const address = parseIpAddress(text, field);
  if (!publicAddresses.has(address)) {
    throw invalidField('UnknownAddress', field, "it is one of the network's public addresses");
  }
  return address;
}

/** Reads an address of the network that others know: a public one, or a server's in a routed range. Throws `invalid`. */
export function parseKnownAddress(text: string, around: Surroundings, field: string): IpAddress {
  const address = parseIpAddress(text, field);
  const { ipv6 } = around;
  if (!isIpv6(address) || ipv6?.scope !== 'routed') return parsePublicAddress(text, around, field);
  const number = ipv6Number(address);
  return number < ipv6.first || number > ipv6.last
    ? parsePublicAddress(text, around, field)
    : parsePrivateIpv6(text, around, field);
}

/** Reads one of the network's public addresses whose ports lead to servers, which have one of its version too. Throws `invalid`. */
export function parseEntrance(text: string, around: Surroundings, field: string): IpAddress {
  const address = parsePublicAddress(text, around, field);
  if (familyOf(address) === 'ipv6' && around.ipv6 === null) {
    throw invalidField('WrongFamily', field, 'servers of the network have no IPv6 addresses');
  }
  return address;
}

function addressOutside(field: string): Error {
  return invalidField('AddressOutside', field, "it is a server's address in the network's range");
}
