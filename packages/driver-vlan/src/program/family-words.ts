import { type Family, familyOf } from '../plan/ip.js';

/** How nft calls what a version of IP has: the rules of both are the same but for these words. */
export interface FamilyWords {
  readonly family: Family;
  /** Of its header. */
  readonly ip: 'ip' | 'ip6';
  readonly icmp: 'icmp' | 'ipv6-icmp';
  readonly type: 'ipv4_addr' | 'ipv6_addr';
  /** After the first word of the names of what there is once for each: `live_tcp`, `live6_tcp`. */
  readonly digit: '' | '6';
}

export const IPV4: FamilyWords = {
  family: 'ipv4',
  ip: 'ip',
  icmp: 'icmp',
  type: 'ipv4_addr',
  digit: '',
};

export const IPV6: FamilyWords = {
  family: 'ipv6',
  ip: 'ip6',
  icmp: 'ipv6-icmp',
  type: 'ipv6_addr',
  digit: '6',
};

/** The words of an address's, or a range's, version. */
export function wordsOf(text: string): FamilyWords {
  return familyOf(text) === 'ipv6' ? IPV6 : IPV4;
}
