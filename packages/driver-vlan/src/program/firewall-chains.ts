import { TENANT_DEVICE } from '../plan/plan-names.js';
import type { FirewallTable } from './firewall-sets.js';

/**
 * A chain of the constant program. Names begin with `c_`, as some words are nft's own; the hook, priority and policy of
 * a base chain are fixed for good, because packets are lost when one is replaced (reference/vlan.md 0.2). Rules may
 * change from release to release.
 */
export interface FirewallChain {
  readonly table: FirewallTable;
  readonly name: string;
  /** Of a base chain: where it is in a packet's way. */
  readonly base?: string | undefined;
  readonly rules: readonly string[];
}

/** What counts packets that were not let pass, by reason. */
export const DROP_COUNTERS = [
  'spoofed',
  'strayed',
  'refused_sources',
  'refused_destinations',
  'revoked',
  'invalid',
  'dropped',
] as const;

/** Buckets of a balancer, over which its connections are spread. */
export const BUCKETS = 64;

const SERVERS = `iifname "${TENANT_DEVICE}"`;
const TO_SERVERS = `oifname "${TENANT_DEVICE}"`;
const OUTSIDE = 'iifname "u*"';
const TO_OUTSIDE = 'oifname "u*"';
const TUNNEL = 'iifname "wg-*"';
const TO_TUNNEL = 'oifname "wg-*"';
const SERVICE = 'ip daddr . meta l4proto . th dport';
/** A flow as it came and where it was sent: the same for each of its packets, in both directions. */
const FLOW =
  'ct original ip daddr . ct original proto-dst . ct reply ip saddr . ct reply proto-src';

/** The chains, in an order in which none jumps to one that isn't there yet. */
export const FIREWALL_CHAINS: readonly FirewallChain[] = [
  // Who may come to a public address; every packet, so that a tightened filter cuts flows that are open.
  chain('c_admit', [
    'meta l4proto tcp ip daddr . tcp dport . ip saddr @allowed_tcp return',
    'meta l4proto udp ip daddr . udp dport . ip saddr @allowed_udp return',
    'meta l4proto icmp ct state related return',
    'meta l4proto != { tcp, udp } ip daddr . ip saddr @allowed_other return',
    drop('refused_sources'),
  ]),
  chain('c_from_servers6', [
    'ip6 saddr { fe80::/10, :: } accept',
    'ip6 saddr @inside6 accept',
    drop('spoofed'),
  ]),
  chain('c_from_servers', [
    'meta nfproto ipv6 goto c_from_servers6',
    // Who has no address yet asks for one.
    'ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept',
    `ip saddr != @inside ${drop('spoofed')}`,
    `ip saddr @leased ether saddr . ip saddr != @bindings ${drop('spoofed')}`,
    // Answers go back by the router that the question came by.
    'ct direction reply meta mark set ct original ip daddr map @ways',
    'ct direction original ip daddr @addresses jump c_admit',
  ]),
  chain('c_from_outside6', [
    `ip6 saddr @inside6 ${drop('spoofed')}`,
    'ip6 daddr { fe80::/10, ff00::/8 } accept',
    'ip6 daddr @addresses6_in accept',
    drop('strayed'),
  ]),
  chain('c_from_outside', [
    'meta nfproto ipv6 goto c_from_outside6',
    `ip saddr @inside ${drop('spoofed')}`,
    'ct direction original jump c_admit',
    'ip daddr @addresses_in accept',
    drop('strayed'),
  ]),
  baseChain('c_arrival', 'type filter hook prerouting priority mangle; policy accept;', [
    `${SERVERS} goto c_from_servers`,
    `${OUTSIDE} goto c_from_outside`,
    `${TUNNEL} ct direction original ip daddr @addresses jump c_admit`,
  ]),

  chain('c_balance', [
    `meta mark set numgen inc mod ${BUCKETS}`,
    // The same on every appliance, so that a client keeps its server when another one takes over.
    `${SERVICE} @sticky meta mark set jhash ip saddr mod ${BUCKETS} seed 0x67646364`,
    `dnat ip to ${SERVICE} . meta mark map @buckets`,
  ]),
  baseChain('c_translate', 'type nat hook prerouting priority dstnat; policy accept;', [
    `${SERVICE} @balanced jump c_balance`,
    `dnat ip to ${SERVICE} map @forwards`,
    'meta l4proto tcp dnat ip to ip daddr . tcp dport map @ranges_tcp',
    'meta l4proto udp dnat ip to ip daddr . udp dport map @ranges_udp',
  ]),

  // To the appliance itself.
  chain('c_input6', [
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, echo-request } accept',
    `${SERVERS} icmpv6 type nd-router-solicit accept`,
    `${SERVERS} udp dport { 53, 547 } accept`,
    `${SERVERS} tcp dport 53 accept`,
    'ip6 daddr . udp dport @listening6 accept',
    drop('dropped'),
  ]),
  baseChain('c_input', 'type filter hook input priority filter; policy drop;', [
    'iifname "lo" accept',
    `ct state invalid ${drop('invalid')}`,
    'ct state established,related accept',
    'meta nfproto ipv6 goto c_input6',
    'icmp type echo-request accept',
    `${SERVERS} udp dport { 53, 67 } accept`,
    `${SERVERS} tcp dport 53 accept`,
    `${TUNNEL} meta l4proto { tcp, udp } th dport 53 accept`,
    'ip daddr . udp dport @listening accept',
    drop('dropped'),
  ]),

  baseChain('c_clamp', 'type filter hook forward priority mangle; policy accept;', [
    'tcp flags syn tcp option maxseg size set rt mtu',
  ]),

  // A translated flow passes as long as it is `live`: that ends with the transaction that takes its forward away.
  chain('c_translated', [
    `meta l4proto tcp ${FLOW} @live_tcp accept`,
    `meta l4proto udp ${FLOW} @live_udp accept`,
    `meta l4proto tcp ${FLOW} @live_ranges_tcp accept`,
    `meta l4proto udp ${FLOW} @live_ranges_udp accept`,
    'meta l4proto icmp ct state related accept',
    drop('revoked'),
  ]),
  chain('c_leave', [
    'meta l4proto tcp tcp dport . ip daddr @reachable_tcp return',
    'meta l4proto udp udp dport . ip daddr @reachable_udp return',
    'meta l4proto icmp ct state related return',
    'meta l4proto != { tcp, udp } ip daddr @reachable_other return',
    drop('refused_destinations'),
  ]),
  baseChain('c_forward', 'type filter hook forward priority filter; policy drop;', [
    `ct state invalid ${drop('invalid')}`,
    `meta nfproto ipv6 ${drop('dropped')}`,
    'ct status dnat goto c_translated',
    `${SERVERS} ${TO_OUTSIDE} ct direction original jump c_leave`,
    `ct status snat ct original ip saddr . ct reply ip daddr != @outgoing_live ${drop('revoked')}`,
    'ct state established,related accept',
    `${SERVERS} ${TO_OUTSIDE} accept`,
    `${TUNNEL} ${TO_SERVERS} accept`,
    `${SERVERS} ${TO_TUNNEL} accept`,
    drop('dropped'),
  ]),

  baseChain('c_source', 'type nat hook postrouting priority srcnat; policy accept;', [
    `${TO_OUTSIDE} snat ip to ip saddr map @outgoing fully-random`,
    // A server that is reached by its public address from its own network must answer through here.
    `${SERVERS} ${TO_SERVERS} ct status dnat masquerade`,
  ]),
  // Nothing leaves under an address that isn't the network's own: whatever isn't translated stays here.
  chain('c_depart6', [
    'ip6 saddr @addresses6_out accept',
    'ip6 saddr { fe80::/10, :: } meta l4proto ipv6-icmp accept',
    drop('strayed'),
  ]),
  chain('c_depart', [
    'meta nfproto ipv6 goto c_depart6',
    'ip saddr @addresses_out accept',
    drop('strayed'),
  ]),
  baseChain('c_departure', 'type filter hook postrouting priority 110; policy accept;', [
    `${TO_OUTSIDE} goto c_depart`,
  ]),

  {
    table: 'arp gd',
    name: 'c_arp',
    base: 'type filter hook input priority filter; policy accept;',
    rules: [
      `${SERVERS} arp saddr ip != 0.0.0.0 arp saddr ip != @arp_inside drop`,
      `${SERVERS} arp saddr ip @arp_leased arp saddr ether . arp saddr ip != @arp_bindings drop`,
    ],
  },
];

function drop(counter: (typeof DROP_COUNTERS)[number]): string {
  return `counter name ${counter} drop`;
}

function chain(name: string, rules: readonly string[]): FirewallChain {
  return { table: 'inet gd', name, rules };
}

function baseChain(name: string, base: string, rules: readonly string[]): FirewallChain {
  return { table: 'inet gd', name, base, rules };
}
