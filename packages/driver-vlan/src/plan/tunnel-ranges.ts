import type { Branded } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';
import {
  cidrText,
  type Ipv4Range,
  isHost,
  parseIpv4Address,
  parseIpv4Cidr,
  rangeAround,
} from './ipv4.js';
import { parseIpv6Address } from './ipv6.js';
import { parsePort } from './ports.js';

/** `10.99.0.1/24`, `198.51.100.0/24`: an address with a length of prefix, of IPv4. */
export type Cidr = Branded<'Cidr'>;

/** `198.51.100.7:51820`, `[2001:db8::1]:51820` */
export type Endpoint = Branded<'Endpoint'>;

/** Reads a range that lies behind a tunnel. Throws `invalid`. */
export function parseTunnelRange(
  text: string,
  field: string,
): { readonly range: Ipv4Range; readonly cidr: Cidr } {
  const range = parseIpv4Cidr(text, field);
  return { range, cidr: cidrText(range) as Cidr };
}

/** Reads an interface's address with its range's prefix of 8 to 32 bits. Throws `invalid`. */
export function parseInterfaceAddress(
  text: string,
  field: string,
): { readonly range: Ipv4Range; readonly cidr: Cidr } {
  const [first = '', prefix = '', ...more] = text.split('/');
  const address = parseIpv4Address(first, field);
  if (!/^([89]|[12]\d|3[0-2])$/.test(prefix) || more.length > 0) {
    throw invalidField('InvalidIpv4Cidr', field, 'it is an address, a slash and 8 to 32');
  }
  const range = rangeAround(address, Number(prefix));
  if (range.prefixLength < 31 && !isHost(address, range)) {
    throw invalidField('InvalidIpv4Cidr', field, 'it is a usable address of its range');
  }
  return { range, cidr: `${address}/${prefix}` as Cidr };
}

/** Reads where another site's gateway is: an address and a port; names would have to be asked for. Throws `invalid`. */
export function parseEndpoint(text: string, field: string): Endpoint {
  const [, inner, outer = '', port = ''] =
    /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || port.startsWith('0')) {
    throw invalidField('InvalidEndpoint', field, 'an endpoint is an address, a colon and a port');
  }
  if (inner === undefined) parseIpv4Address(outer, field);
  else parseIpv6Address(inner, field);
  parsePort(Number(port), field);
  return text as Endpoint;
}
