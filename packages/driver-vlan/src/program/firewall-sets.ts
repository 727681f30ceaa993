import type { SetName } from './element-sets.js';

/** A set or map of the constant program. */
export interface FirewallSet {
  readonly name: SetName;
  /** The table it is in: sets are of one table, so that what ARP needs too is there a second time. */
  readonly table: FirewallTable;
  readonly kind: 'set' | 'map';
  /** The types of a key's parts. */
  readonly key: readonly PartType[];
  /** The types of a value's parts; none for sets. */
  readonly value: readonly PartType[];
  /** `interval`: its keys are ranges, which must not overlap. `counter`: each element counts what it let pass. */
  readonly flags: readonly ('interval' | 'counter')[];
}

/** The two tables of every namespace. */
export type FirewallTable = 'inet gd' | 'arp gd';

/** nft's types of what elements are made of. */
export type PartType =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'mark';

const ADDRESS_PORT = ['ipv4_addr', 'inet_service'] as const;
const ADDRESS_PROTOCOL_PORT = ['ipv4_addr', 'inet_proto', 'inet_service'] as const;

/**
 * Everything of a network's firewall that changes is in these. The types are fixed for good: a set that is there keeps
 * its type, and a table is never replaced (reference/vlan.md 0.2). No interval set has a protocol in its key, because
 * nft 1.0.6 makes of it what kernel 6.12 refuses (1.5): those are there once a protocol.
 */
export const FIREWALL_SETS: readonly FirewallSet[] = [
  /** One element: the marks of what is loaded and of what is ready, see `nft/mark-swap.ts`. */
  set('rev', ['mark', 'mark']),

  /** The network's public addresses, and what came in by each and went out. */
  set('addresses', ['ipv4_addr']),
  set('addresses_in', ['ipv4_addr'], 'counter'),
  set('addresses_out', ['ipv4_addr'], 'counter'),
  set('addresses6_in', ['ipv6_addr'], 'counter'),
  set('addresses6_out', ['ipv6_addr'], 'counter'),
  /** By which routing table answers go back to who came to an address. */
  map('ways', ['ipv4_addr'], ['mark']),

  /** The network's own ranges, and who in them may have which address. */
  set('inside', ['ipv4_addr'], 'interval'),
  set('inside6', ['ipv6_addr'], 'interval'),
  set('leased', ['ipv4_addr']),
  set('bindings', ['ether_addr', 'ipv4_addr']),
  set('arp_inside', ['ipv4_addr'], 'interval', 'arp gd'),
  set('arp_leased', ['ipv4_addr'], undefined, 'arp gd'),
  set('arp_bindings', ['ether_addr', 'ipv4_addr'], undefined, 'arp gd'),

  /** The address servers have outside, and the pairs of range and address that are good now. */
  map('outgoing', ['ipv4_addr'], ['ipv4_addr'], 'interval'),
  set('outgoing_live', ['ipv4_addr', 'ipv4_addr'], 'interval'),

  /** Where ports of public addresses lead. Ranges keep their ports. */
  map('forwards', ADDRESS_PROTOCOL_PORT, ADDRESS_PORT),
  map('ranges_tcp', ADDRESS_PORT, ['ipv4_addr'], 'interval'),
  map('ranges_udp', ADDRESS_PORT, ['ipv4_addr'], 'interval'),
  set('balanced', ADDRESS_PROTOCOL_PORT),
  set('sticky', ADDRESS_PROTOCOL_PORT),
  map('buckets', [...ADDRESS_PROTOCOL_PORT, 'mark'], ADDRESS_PORT),

  /** What may pass at all of translated flows: public address and port, server's address and port. */
  set('live_tcp', [...ADDRESS_PORT, ...ADDRESS_PORT], 'counter'),
  set('live_udp', [...ADDRESS_PORT, ...ADDRESS_PORT], 'counter'),
  set('live_ranges_tcp', [...ADDRESS_PORT, ...ADDRESS_PORT], 'interval counter'),
  set('live_ranges_udp', [...ADDRESS_PORT, ...ADDRESS_PORT], 'interval counter'),

  /** Who may come to a public address: the address, its ports, the others. An address that is in none is closed. */
  set('allowed_tcp', [...ADDRESS_PORT, 'ipv4_addr'], 'interval'),
  set('allowed_udp', [...ADDRESS_PORT, 'ipv4_addr'], 'interval'),
  set('allowed_other', ['ipv4_addr', 'ipv4_addr'], 'interval'),

  /** Where servers may go: the others' ports, the others. */
  set('reachable_tcp', ['inet_service', 'ipv4_addr'], 'interval'),
  set('reachable_udp', ['inet_service', 'ipv4_addr'], 'interval'),
  set('reachable_other', ['ipv4_addr'], 'interval'),

  /** Where the appliance itself listens: WireGuard. */
  set('listening', ADDRESS_PORT),
  set('listening6', ['ipv6_addr', 'inet_service']),
];

/** The set that tells what is loaded; it is no part of what a document comes to. */
export const MARK_SET: SetName = 'rev';

/** A set as nft declares it; repeating it changes nothing. */
export function declaration({ name, table, kind, key, value, flags }: FirewallSet): string {
  const type = [joined(key), ...(value.length === 0 ? [] : [joined(value)])].join(' : ');
  const interval = flags.includes('interval') ? ' flags interval;' : '';
  const counter = flags.includes('counter') ? ' counter;' : '';
  return `add ${kind} ${table} ${name} { type ${type};${interval}${counter} }`;
}

function joined(parts: readonly PartType[]): string {
  return parts.join(' . ');
}

type Flags = 'interval' | 'counter' | 'interval counter';

function set(
  name: SetName,
  key: readonly PartType[],
  flags?: Flags,
  table: FirewallTable = 'inet gd',
): FirewallSet {
  return { name, table, kind: 'set', key, value: [], flags: flagsOf(flags) };
}

function map(
  name: SetName,
  key: readonly PartType[],
  value: readonly PartType[],
  flags?: Flags,
): FirewallSet {
  return { name, table: 'inet gd', kind: 'map', key, value, flags: flagsOf(flags) };
}

function flagsOf(flags: Flags | undefined): FirewallSet['flags'] {
  switch (flags) {
    case undefined:
      return [];
    case 'interval counter':
      return ['interval', 'counter'];
    default:
      return [flags];
  }
}
