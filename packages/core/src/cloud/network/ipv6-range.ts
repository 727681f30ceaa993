import { ipText, isWithin, parseCidr } from '../../model/ip-network.js';

/** Those that nobody outside knows (RFC 4193). */
const LOCAL = parseCidr('fd00::/8');
/** The one that every card has on its link (RFC 4291, 2.5.6). */
const OF_THE_LINK = 'fe80::/64';

/** Whether routers outside are to know the servers of a network by their own addresses: it is no local one. */
export function isRouted(ipv6Cidr: string): boolean {
  const network = parseCidr(ipv6Cidr);
  if (network === undefined || LOCAL === undefined) return false;
  return !isWithin({ version: network.version, value: network.first }, LOCAL);
}

/**
 * The address of a server in a network: the one that its card makes for itself (RFC 4291, appendix A), so that it has it
 * whether it asks for one, makes one, or is told. As no two cards are called the same, no two servers are.
 */
export function serverIpv6Address(ipv6Cidr: string, macAddress: string): string {
  const network = parseCidr(ipv6Cidr);
  if (network === undefined) throw new RangeError(`${ipv6Cidr} is no network`);
  const [first = 0n, ...others] = macAddress.split(':').map((byte) => BigInt(`0x${byte}`));
  const bytes = [first ^ 2n, ...others.slice(0, 2), 0xffn, 0xfen, ...others.slice(2)];
  const interfaceId = bytes.reduce((number, byte) => number * 256n + byte, 0n);
  return ipText({ version: 6, value: network.first + interfaceId });
}

/** The addresses that a server may send from over IPv6: its own, and its card's on its link. */
export function sendersOf(ipv6Cidr: string, macAddress: string): readonly string[] {
  return [serverIpv6Address(OF_THE_LINK, macAddress), serverIpv6Address(ipv6Cidr, macAddress)];
}

/** The address of a network's gateway: the first one, after the one of any router. */
export function gatewayIpv6Of(ipv6Cidr: string): string {
  const network = parseCidr(ipv6Cidr);
  if (network === undefined) throw new RangeError(`${ipv6Cidr} is no network`);
  return ipText({ version: 6, value: network.first + 1n });
}
