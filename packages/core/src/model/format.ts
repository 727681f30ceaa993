import ipaddr from 'ipaddr.js';
import type { Format } from './field.js';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DOTTED = /^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Strict dotted decimal: no leading zeros, no shortened forms, no IPv4 in IPv6 (they mean different things to different parsers). */
export function isIpv4(text: string): boolean {
  return DOTTED.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text);
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

/** What each {@link Format} asks for, in words that complete "must be …". */
export const FORMAT_WORDS: Readonly<Record<Format, string>> = {
  ipv4: 'an IPv4 address such as 192.168.0.7',
  'ipv4-cidr':
    'a private IPv4 network such as 192.168.0.0/24: /8 to /29, host bits zero, inside 10/8, 172.16/12, 192.168/16 or 100.64/10',
  domain: 'a lower-case domain name such as web.local',
  mac: 'a MAC address such as 02:00:5e:10:00:01',
};

/** What each {@link Format} accepts. All are linear in the length of the text. */
export const FORMATS: Readonly<Record<Format, (text: string) => boolean>> = {
  ipv4: isIpv4,
  'ipv4-cidr': isPrivateIpv4Cidr,
  domain: isDomain,
  mac: (text) => MAC.test(text),
};
