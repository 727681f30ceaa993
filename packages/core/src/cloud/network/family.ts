/** The versions of IP. */
export const FAMILIES = ['ipv4', 'ipv6'] as const;

/** One of them. */
export type Family = (typeof FAMILIES)[number];

/** The version of an address, or a network, in its canonical form. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'ipv6' : 'ipv4';
}
