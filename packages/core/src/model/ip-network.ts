import ipaddr from 'ipaddr.js';

/** An address as a number. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** All addresses from one to another, both included. */
export interface IpRange {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** A network: its addresses, and how many of their bits are the same. */
export interface IpNetwork extends IpRange {
  readonly prefixLength: number;
}

const DOTTED = /^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}$/;
const COLONS = /^[0-9a-f:]{2,39}$/;
const PREFIX = /^(0|[1-9][0-9]{0,2})$/;
const BITS = { 4: 32, 6: 128 } as const;

/**
 * Reads an address in its one canonical form: dotted decimal without leading zeros, or RFC 5952; undefined for all else.
 * Other forms mean different things to different readers. IPv4 in IPv6 is none: it would be another way to write IPv4.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  return DOTTED.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text)
    ? { version: 4, value: numberOf(ipaddr.IPv4.parse(text).toByteArray()) }
    : undefined;
}

function parseIpv6(text: string): IpAddress | undefined {
  if (!COLONS.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  if (address.toRFC5952String() !== text || address.isIPv4MappedAddress()) return undefined;
  return { version: 6, value: numberOf(address.toByteArray()) };
}

/** Reads a network: a canonical address whose host bits are zero, and a prefix; undefined for all else. */
export function parseCidr(text: string): IpNetwork | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const parsed = parseIp(address);
  if (parsed === undefined || rest.length > 0 || !PREFIX.test(prefix)) return undefined;
  const bits = BITS[parsed.version];
  const prefixLength = Number(prefix);
  if (prefixLength > bits) return undefined;
  const size = 1n << BigInt(bits - prefixLength);
  if (parsed.value % size !== 0n) return undefined;
  const { version, value: first } = parsed;
  return { version, first, last: first + size - 1n, prefixLength };
}

/** The canonical text of an address. */
export function ipText({ version, value }: IpAddress): string {
  const bytes = Array.from({ length: BITS[version] / 8 }, (_, index) =>
    Number((value >> BigInt(BITS[version] - 8 - index * 8)) & 255n),
  );
  return version === 4 ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String();
}

/** Whether two ranges have an address in common. */
export function overlap(one: IpRange, other: IpRange): boolean {
  return one.version === other.version && one.first <= other.last && other.first <= one.last;
}

/** Whether an address is in a range. */
export function isWithin({ version, value }: IpAddress, range: IpRange): boolean {
  return version === range.version && value >= range.first && value <= range.last;
}

// RFC 6890 and RFC 4291: what no host can be reached by from elsewhere.
const RESERVED = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/8',
  'fe80::/10',
  'ff00::/8',
].flatMap((cidr) => parseCidr(cidr) ?? []);

/** The first reserved range that a range reaches into: this host, loopback, link-local, multicast, broadcast. */
export function reservedWithin(range: IpRange): IpNetwork | undefined {
  return RESERVED.find((reserved) => overlap(reserved, range));
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}
