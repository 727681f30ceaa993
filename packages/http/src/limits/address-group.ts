import ipaddr from 'ipaddr.js';

/**
 * Whom an address is taken for: an IPv4 address for itself, an IPv6 address for its network of 64 bits, because one
 * customer of a provider has at least as many. What is neither is taken for itself.
 */
export function addressGroup(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return 'parts' in parsed
    ? `${parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsed.toString();
}
