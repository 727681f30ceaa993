import ipaddr from 'ipaddr.js';
import type { Field, Format } from './field.js';
import { isWithin, parseCidr, parseIp, reservedWithin } from './ip-network.js';
import type { Json } from './json.js';
import { CREDENTIAL_BYTES } from './username.js';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Strict dotted decimal: no leading zeros, no shortened forms, no IPv4 in IPv6 (they mean different things to different parsers). */
export function isIpv4(text: string): boolean {
  return parseIp(text)?.version === 4;
}

/**
 * A private IPv4 network that servers can live in: strict address, prefix /8 to /29, host bits zero, inside
 * 10/8, 172.16/12, 192.168/16 or 100.64/10.
 */
export function isPrivateIpv4Cidr(text: string): boolean {
  const [address, prefix, ...rest] = text.split('/');
  if (address === undefined || prefix === undefined || rest.length > 0) return false;
  if (!isIpv4(address) || !/^([89]|1[0-9]|2[0-9])$/.test(prefix)) return false;
  const network = ipaddr.IPv4.networkAddressFromCIDR(text);
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(text);
  return network.toString() === address && isPrivate(network, last);
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((cidr) =>
  ipaddr.IPv4.parseCIDR(cidr),
);

// Both ends: a network that only begins in private space takes in other people's addresses.
function isPrivate(first: ipaddr.IPv4, last: ipaddr.IPv4): boolean {
  return PRIVATE.some((range) => first.match(range) && last.match(range));
}

/** A lower-case DNS name of at most 253 characters, labels of 1–63 (RFC 1123). */
export function isDomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

/** An address that a host can have and be reached by: canonical, in no reserved range. */
export function isHostAddress(text: string): boolean {
  const address = parseIp(text);
  if (address === undefined) return false;
  const { version, value } = address;
  return reservedWithin({ version, first: value, last: value }) === undefined;
}

/** A network that an operator may hand out addresses of: canonical, and nothing of it reserved. */
export function isHostCidr(text: string): boolean {
  const network = parseCidr(text);
  return network !== undefined && reservedWithin(network) === undefined;
}

const FOR_SERVERS = ['fd00::/8', '2000::/3'].flatMap((cidr) => parseCidr(cidr) ?? []);

/** An IPv6 network for servers: a canonical /64, a local one (RFC 4193) or one that is given to somebody (2000::/3). */
export function isServerIpv6Cidr(text: string): boolean {
  const network = parseCidr(text);
  if (network?.prefixLength !== 64) return false;
  const address = { version: network.version, value: network.first };
  return FOR_SERVERS.some((range) => isWithin(address, range));
}

/** 32 bytes in the one base64 text that WireGuard takes for them. */
export function isWireguardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
}

const ENDPOINT = /^(?:\[([0-9a-f:]{2,39})\]|([0-9.]{7,15})):([1-9][0-9]{0,4})$/;

/** An address that a host can have, and a port; an IPv6 address in brackets. */
export function isEndpoint(text: string): boolean {
  const [, ipv6, ipv4, port] = ENDPOINT.exec(text) ?? [];
  const address = ipv6 ?? ipv4 ?? '';
  return isHostAddress(address) && Number(port) <= 65_535;
}

/** What each {@link Format} asks for, in words that complete "must be …". */
export const FORMAT_WORDS: Readonly<Record<Format, string>> = {
  ipv4: 'an IPv4 address such as 192.168.0.7',
  'ipv4-cidr':
    'a private IPv4 network such as 192.168.0.0/24: /8 to /29, host bits zero, inside 10/8, 172.16/12, 192.168/16 or 100.64/10',
  domain: 'a lower-case domain name such as web.local',
  mac: 'a MAC address such as 02:00:5e:10:00:01',
  ip: 'an address such as 203.0.113.7 or 2001:db8::7, in its shortest form and in no reserved range',
  cidr: 'a network such as 203.0.113.0/24 or 2001:db8::/32, host bits zero',
  'host-cidr':
    'a network such as 203.0.113.0/24 or 2001:db8:1::/64, host bits zero, with no reserved addresses in it',
  'ipv6-cidr': 'an IPv6 network such as fd12:3456:789a::/64: a /64 in fd00::/8, or in 2000::/3',
  'wireguard-key': 'a WireGuard key: 32 bytes as 44 characters of base64',
  endpoint: 'an address and a port such as 198.51.100.7:51820 or [2001:db8::7]:51820',
  'url-path': 'a path such as /healthz: it begins with a slash and has no spaces',
  'pem-certificate': 'certificates in PEM, the own one first',
  'pem-private-key': 'a private key in PEM, not encrypted',
  'upload-id': 'what the header Upload-Id of an upload’s answers says',
  'current-password': `the password as it was set last, of at most ${CREDENTIAL_BYTES} bytes`,
};

/** A text of each {@link Format}; none of those that only somebody else can make. */
const FORMAT_EXAMPLES: Readonly<Partial<Record<Format, string>>> = {
  ipv4: '192.168.0.7',
  'ipv4-cidr': '192.168.0.0/24',
  domain: 'web.local',
  mac: '02:00:5e:10:00:01',
  ip: '203.0.113.7',
  cidr: '203.0.113.0/24',
  'host-cidr': '203.0.113.0/24',
  'ipv6-cidr': 'fd12:3456:789a::/64',
  endpoint: '198.51.100.7:51820',
  'url-path': '/healthz',
};

/** A value that fits the field, where its declaration or its format names one. */
export function exampleOf({ example, format }: Field): Json | undefined {
  return example ?? (format === undefined ? undefined : FORMAT_EXAMPLES[format]);
}

/** What each {@link Format} accepts. All are linear in the length of the text. */
export const FORMATS: Readonly<Record<Format, (text: string) => boolean>> = {
  ipv4: isIpv4,
  'ipv4-cidr': isPrivateIpv4Cidr,
  domain: isDomain,
  mac: (text) => MAC.test(text),
  ip: isHostAddress,
  cidr: (text) => parseCidr(text) !== undefined,
  'host-cidr': isHostCidr,
  'ipv6-cidr': isServerIpv6Cidr,
  'wireguard-key': isWireguardKey,
  endpoint: isEndpoint,
  'url-path': (text) => /^\/[!-~]*$/.test(text),
  // What is in them is read by those who use them.
  'pem-certificate': (text) => text.includes('-----BEGIN CERTIFICATE-----'),
  'pem-private-key': (text) => /-----BEGIN [A-Z0-9 ]{0,16}PRIVATE KEY-----/.test(text),
  'upload-id': (text) => /^[!-~]{1,64}$/.test(text),
  'current-password': (text) => text.length <= CREDENTIAL_BYTES,
};
