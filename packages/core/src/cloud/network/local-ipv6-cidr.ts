import { ipText } from '../../model/ip-network.js';

/** The private IPv6 network of 40 bits of chance: `fd…::/64`, the first of its /48 (RFC 4193, 3.2). */
export function localIpv6Cidr(globalId: Uint8Array): string {
  const value = [0xfd, ...globalId.slice(0, 5)].reduce(
    (number, byte) => number * 256n + BigInt(byte),
    0n,
  );
  return `${ipText({ version: 6, value: value << 80n })}/64`;
}
