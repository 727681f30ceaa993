import type { SetName } from './element-sets.js';
import { type FamilyWords, IPV4, IPV6 } from './family-words.js';
import { isRaw, ND_CARD, ND_OPTION, ND_TARGET, type RawPart } from './raw-parts.js';

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
  | 'mark'
  | RawPart;

/**
 * Everything of a network's firewall that changes is in these. The types are fixed for good: a set that is there keeps
 * its type, and a table is never replaced (reference/vlan.md 0.2). No interval set has a protocol in its key, because
 * nft 1.0.6 makes of it what kernel 6.12 refuses (1.5): those are there once a protocol.
 */
export const FIREWALL_SETS: readonly FirewallSet[] = [
  /** One element: the marks of what is loaded and of what is ready, see `nft/mark-swap.ts`. */
  set('marks', ['mark', 'mark', 'mark']),
  ...familySets(IPV4),
  ...familySets(IPV6),

  /** What ARP may say. */
  set('arp_inside', ['ipv4_addr'], 'interval', 'arp gd'),
  set('arp_leased', ['ipv4_addr'], undefined, 'arp gd'),
  set('arp_bindings', ['ether_addr', 'ipv4_addr'], undefined, 'arp gd'),

  /** What neighbour discovery may say: of which addresses only one card may speak, and how that one asks and answers. */
  set('nd_leased', [ND_TARGET]),
  set('nd_askers', [ND_OPTION, ND_CARD, 'ipv6_addr']),
  set('nd_answerers', [ND_OPTION, ND_CARD, ND_TARGET]),

  /** The network's range, where routers outside know it, and what came for it and went out. */
  set('routed6', ['ipv6_addr'], 'interval'),
  set('routed6_in', ['ipv6_addr'], 'interval counter'),
  set('routed6_out', ['ipv6_addr'], 'interval counter'),

  /** Who may come to its servers, and who may not in spite of that: to all of them, and to one by its address. */
  ...['visitors6', 'barred6'].flatMap((name) => [
    set(`${name}_tcp`, ['inet_service', 'ipv6_addr'], 'interval'),
    set(`${name}_udp`, ['inet_service', 'ipv6_addr'], 'interval'),
    set(`${name}_other`, ['ipv6_addr'], 'interval'),
    set(`${name}_own_tcp`, ['ipv6_addr', 'inet_service', 'ipv6_addr'], 'interval'),
    set(`${name}_own_udp`, ['ipv6_addr', 'inet_service', 'ipv6_addr'], 'interval'),
    set(`${name}_own_other`, ['ipv6_addr', 'ipv6_addr'], 'interval'),
  ]),
];

function familySets({ type, digit }: FamilyWords): readonly FirewallSet[] {
  const addressPort = [type, 'inet_service'] as const;
  const addressProtocolPort = [type, 'inet_proto', 'inet_service'] as const;
  return [
    /** The network's public addresses, and what came in by each and went out. */
    set(`addresses${digit}`, [type]),
    set(`addresses${digit}_in`, [type], 'counter'),
    set(`addresses${digit}_out`, [type], 'counter'),
    /** By which routing table answers go back to who came to an address. */
    map(`ways${digit}`, [type], ['mark']),

    /** The network's own ranges, and who in them may have which address. */
    set(`inside${digit}`, [type], 'interval'),
    set(`leased${digit}`, [type]),
    set(`bindings${digit}`, ['ether_addr', type]),

    /** The address servers have outside, and the pairs of range and address that are good now. */
    map(`outgoing${digit}`, [type], [type], 'interval'),
    set(`outgoing${digit}_live`, [type, type], 'interval'),

    /** Where ports of public addresses lead. Ranges keep their ports. */
    map(`forwards${digit}`, addressProtocolPort, addressPort),
    map(`ranges${digit}_tcp`, addressPort, [type], 'interval'),
    map(`ranges${digit}_udp`, addressPort, [type], 'interval'),
    set(`balanced${digit}`, addressProtocolPort),
    set(`sticky${digit}`, addressProtocolPort),
    map(`buckets${digit}`, [...addressProtocolPort, 'mark'], addressPort),

    /** What may pass at all of translated flows: public address and port, server's address and port. */
    set(`live${digit}_tcp`, [...addressPort, ...addressPort], 'counter'),
    set(`live${digit}_udp`, [...addressPort, ...addressPort], 'counter'),
    set(`live${digit}_ranges_tcp`, [...addressPort, ...addressPort], 'interval counter'),
    set(`live${digit}_ranges_udp`, [...addressPort, ...addressPort], 'interval counter'),

    /** Who may come to an address from outside: the address, its ports, the others. An address that is in none is closed. */
    set(`allowed${digit}_tcp`, [...addressPort, type], 'interval'),
    set(`allowed${digit}_udp`, [...addressPort, type], 'interval'),
    set(`allowed${digit}_other`, [type, type], 'interval'),

    /** Where servers may go: the others' ports, the others. */
    set(`reachable${digit}_tcp`, ['inet_service', type], 'interval'),
    set(`reachable${digit}_udp`, ['inet_service', type], 'interval'),
    set(`reachable${digit}_other`, [type], 'interval'),

    /** Where the appliance itself listens: WireGuard. */
    set(`listening${digit}`, addressPort),

    /** Where its proxy answers for servers, with what it is asked, and what it says. */
    set(`proxied${digit}`, addressPort, 'counter'),
    set(`proxied${digit}_answers`, addressPort, 'counter'),
  ];
}

/** The set that tells what is loaded; it is no part of what a document comes to. */
export const MARK_SET: SetName = 'marks';

/** A set as nft declares it; repeating it changes nothing. */
export function declaration({ name, table, kind, key, value, flags }: FirewallSet): string {
  const type = [joined(key), ...(value.length === 0 ? [] : [joined(value)])].join(' : ');
  // Bits without a name have a type by their place only, and so has then what is beside them.
  const typed = key.some(isRaw)
    ? `typeof ${type.replaceAll('ipv6_addr', 'ip6 saddr')}`
    : `type ${type}`;
  const interval = flags.includes('interval') ? ' flags interval;' : '';
  const counter = flags.includes('counter') ? ' counter;' : '';
  return `add ${kind} ${table} ${name} { ${typed};${interval}${counter} }`;
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
