import { invalidField } from './invalid-document.js';
import { type Ipv4Address, type Ipv4Range, isHost, parseIpv4Address } from './ipv4.js';

/** What the elements of a document refer to. */
export interface Surroundings {
  readonly range: Ipv4Range;
  readonly gateway: Ipv4Address;
  /** The network's public addresses of IPv4. */
  readonly publicAddresses: ReadonlySet<string>;
}

/** Reads an address that a server of the network has or may have. Throws `invalid`. */
export function parsePrivateAddress(
  text: string,
  { range, gateway }: Surroundings,
  field: string,
): Ipv4Address {
  const address = parseIpv4Address(text, field);
  if (!isHost(address, range) || address === gateway) {
    throw invalidField('AddressOutside', field, "it is a server's address in the network's range");
  }
  return address;
}

/** Reads one of the network's public addresses of IPv4. Throws `invalid`. */
export function parsePublicAddress(
  text: string,
  { publicAddresses }: Surroundings,
  field: string,
): Ipv4Address {
  const address = parseIpv4Address(text, field);
  if (!publicAddresses.has(address)) {
    throw invalidField('UnknownAddress', field, "it is one of the network's public addresses");
  }
  return address;
}
