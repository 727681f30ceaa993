import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What is no address of a public host, by the registries of IANA for special purposes (RFC 6890 and its successors).
 * Addresses that carry another inside (mapped, NAT64, 6to4, Teredo) are among them: nobody serves images there.
 */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const PUBLIC_V6 = ['2000::', 3] as const;
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const SPECIAL = listOf(SPECIAL_V4, SPECIAL_V6);
const EVERYWHERE_V6 = listOf([], [PUBLIC_V6]);

/** Whether content may be fetched from an address. */
export type AddressRule = (address: string) => boolean;

/**
 * Allows public addresses, and those in `allowed` networks (`10.0.0.0/8`, `fd00::/8`, or one address). Throws TypeError
 * for what is no network.
 */
export function addressRule(allowed: readonly string[] = []): AddressRule {
  const exceptions = new BlockList();
  for (const network of allowed) allow(exceptions, network);
  return (text) => {
    const address = withoutZone(text);
    if (isIPv4(address)) return exceptions.check(address) || !SPECIAL.check(address);
    if (!isIPv6(address)) return false;
    if (exceptions.check(address, 'ipv6')) return true;
    return EVERYWHERE_V6.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
  };
}

function listOf(
  v4: readonly (readonly [string, number])[],
  v6: readonly (readonly [string, number])[],
): BlockList {
  const list = new BlockList();
  for (const [network, bits] of v4) list.addSubnet(network, bits, 'ipv4');
  for (const [network, bits] of v6) list.addSubnet(network, bits, 'ipv6');
  return list;
}

function allow(list: BlockList, network: string): void {
  const [address = '', bits, ...more] = network.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  const longest = family === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === undefined || more.length > 0 || length < 0 || length > longest)
    throw new TypeError(`${network} is no network: write 10.0.0.0/8`);
  list.addSubnet(address, length, family);
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
