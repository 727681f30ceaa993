import { TENANT_DEVICE } from '../plan/plan-names.js';
import { type FamilyWords, IPV4, IPV6 } from './family-words.js';
import type { FirewallTable } from './firewall-sets.js';
import { ND_CARD, ND_OPTION, ND_TARGET } from './raw-parts.js';

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
/** What a link itself needs: nobody sends it on. */
const LINK = '{ fe80::/10, ff00::/8 }';
const NEIGHBOURS = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }';

/** The chains, in an order in which none jumps to one that isn't there yet. */
export const FIREWALL_CHAINS: readonly FirewallChain[] = [
  admit(IPV4),
  admit(IPV6),
  // As `c_admit6`, but that servers which routers outside know are closed, and that each may have rules of its own.
  chain('c_visit6', [
    ...visit('tcp', 'tcp dport . '),
    ...visit('udp', 'udp dport . '),
    'meta l4proto ipv6-icmp ct state related return',
    ...visit('other', ''),
    drop('refused_sources'),
  ]),
  // Whoever says by which card an address is reached, says it of his own: else he gets what others are sent.
  chain('c_neighbours', [
    `icmpv6 type nd-neighbor-solicit ip6 saddr @leased6 ${ND_OPTION} . ${ND_CARD} . ip6 saddr != @nd_askers ${drop('spoofed')}`,
    `icmpv6 type nd-neighbor-advert ${ND_TARGET} @nd_leased ${ND_OPTION} . ${ND_CARD} . ${ND_TARGET} != @nd_answerers ${drop('spoofed')}`,
    // There is one option, which was looked at, or none.
    `icmpv6 type nd-neighbor-solicit ip6 saddr @leased6 ip6 length > 32 ${drop('spoofed')}`,
    `icmpv6 type nd-neighbor-advert ${ND_TARGET} @nd_leased ip6 length > 32 ${drop('spoofed')}`,
  ]),
  chain('c_from_servers6', [
    `icmpv6 type { nd-router-advert, nd-redirect } ${drop('spoofed')}`,
    `icmpv6 type nd-router-solicit ip6 saddr != { fe80::/10, :: } ${drop('spoofed')}`,
    `${NEIGHBOURS} jump c_neighbours`,
    'ip6 saddr { fe80::/10, :: } accept',
    ...ownAddress(IPV6),
    ...towardsAddresses(IPV6),
  ]),
  chain('c_from_servers', [
    'meta nfproto ipv6 goto c_from_servers6',
    // Who has no address yet asks for one.
    'ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept',
    ...ownAddress(IPV4),
    ...towardsAddresses(IPV4),
  ]),
  chain('c_from_outside6', [
    `ip6 saddr @inside6 ${drop('spoofed')}`,
    `ip6 daddr ${LINK} accept`,
    `${NEIGHBOURS} ip6 daddr @addresses6 accept`,
    'ct direction original ip6 daddr @routed6 jump c_visit6',
    'ct direction original ip6 daddr != @routed6 jump c_admit6',
    'ip6 daddr @addresses6_in accept',
    'ip6 daddr @routed6_in accept',
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

  balance(IPV4),
  balance(IPV6),
  baseChain('c_translate', 'type nat hook prerouting priority dstnat; policy accept;', [
    ...translate(IPV4),
    ...translate(IPV6),
  ]),

  // To the appliance itself.
  chain('c_input6', [
    `${NEIGHBOURS} accept`,
    // Switches that pass groups on only where somebody has asked for them must be told who does.
    'icmpv6 type { echo-request, mld-listener-query } accept',
    `${SERVERS} icmpv6 type nd-router-solicit accept`,
    `${SERVERS} udp dport { 53, 547 } accept`,
    `${SERVERS} tcp dport 53 accept`,
    'ip6 daddr . udp dport @listening6 accept',
    drop('dropped'),
  ]),
  baseChain('c_input', 'type filter hook input priority filter; policy drop;', [
    'iifname "lo" accept',
    `ct state invalid ${drop('invalid')}`,
    ...proxied(IPV4),
    ...proxied(IPV6),
    'ct state established,related accept',
    'meta nfproto ipv6 goto c_input6',
    'icmp type echo-request accept',
    `${SERVERS} udp dport { 53, 67 } accept`,
    `${SERVERS} tcp dport 53 accept`,
    `${TUNNEL} meta l4proto { tcp, udp } th dport 53 accept`,
    'ip daddr . udp dport @listening accept',
    drop('dropped'),
  ]),

  baseChain('c_output', 'type filter hook output priority filter; policy accept;', [
    ...proxyAnswers(IPV4),
    ...proxyAnswers(IPV6),
  ]),

  baseChain('c_clamp', 'type filter hook forward priority mangle; policy accept;', [
    'tcp flags syn tcp option maxseg size set rt mtu',
  ]),

  translated(IPV4),
  translated(IPV6),
  leave(IPV4),
  leave(IPV6),
  chain('c_forward6', [
    ...knownFlows(IPV6),
    // Where routers outside know the servers themselves; who may come was asked when it arrived.
    `${OUTSIDE} ${TO_SERVERS} ip6 daddr @routed6 accept`,
    `${SERVERS} ${TO_OUTSIDE} accept`,
    drop('dropped'),
  ]),
  baseChain('c_forward', 'type filter hook forward priority filter; policy drop;', [
    `ct state invalid ${drop('invalid')}`,
    'meta nfproto ipv6 goto c_forward6',
    ...knownFlows(IPV4),
    `${SERVERS} ${TO_OUTSIDE} accept`,
    `${TUNNEL} ${TO_SERVERS} accept`,
    `${SERVERS} ${TO_TUNNEL} accept`,
    drop('dropped'),
  ]),

  baseChain('c_source', 'type nat hook postrouting priority srcnat; policy accept;', [
    `${TO_OUTSIDE} snat ip to ip saddr map @outgoing fully-random`,
    `${TO_OUTSIDE} snat ip6 to ip6 saddr map @outgoing6 fully-random`,
    // A server that is reached by its public address from its own network must answer through here.
    `${SERVERS} ${TO_SERVERS} ct status dnat masquerade`,
  ]),
  // Nothing leaves under an address that isn't the network's own: whatever isn't translated stays here.
  chain('c_depart6', [
    'ip6 saddr @addresses6_out accept',
    'ip6 saddr @routed6_out accept',
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

// Who may come to an address of the network; every packet, so that a tightened filter cuts flows that are open.
function admit({ ip, icmp, digit }: FamilyWords): FirewallChain {
  return chain(`c_admit${digit}`, [
    `meta l4proto tcp ${ip} daddr . tcp dport . ${ip} saddr @allowed${digit}_tcp return`,
    `meta l4proto udp ${ip} daddr . udp dport . ${ip} saddr @allowed${digit}_udp return`,
    `meta l4proto ${icmp} ct state related return`,
    `meta l4proto != { tcp, udp } ${ip} daddr . ${ip} saddr @allowed${digit}_other return`,
    drop('refused_sources'),
  ]);
}

function visit(protocol: 'tcp' | 'udp' | 'other', port: string): readonly string[] {
  const of = `meta l4proto ${protocol === 'other' ? '!= { tcp, udp }' : protocol}`;
  const [all, own] = [`${port}ip6 saddr`, `ip6 daddr . ${port}ip6 saddr`];
  return [
    `${of} ${all} @barred6_${protocol} ${drop('refused_sources')}`,
    `${of} ${own} @barred6_own_${protocol} ${drop('refused_sources')}`,
    `${of} ${all} @visitors6_${protocol} return`,
    `${of} ${own} @visitors6_own_${protocol} return`,
  ];
}

function ownAddress({ ip, digit }: FamilyWords): readonly string[] {
  return [
    `${ip} saddr != @inside${digit} ${drop('spoofed')}`,
    `${ip} saddr @leased${digit} ether saddr . ${ip} saddr != @bindings${digit} ${drop('spoofed')}`,
  ];
}

function towardsAddresses({ ip, digit }: FamilyWords): readonly string[] {
  return [
    // Answers go back by the router that the question came by.
    `ct direction reply meta mark set ct original ${ip} daddr map @ways${digit}`,
    `ct direction original ${ip} daddr @addresses${digit} jump c_admit${digit}`,
  ];
}

function balance({ ip, digit }: FamilyWords): FirewallChain {
  return chain(`c_balance${digit}`, [
    `meta mark set numgen inc mod ${BUCKETS}`,
    // The same on every appliance, so that a client keeps its server when another one takes over.
    `${service(ip)} @sticky${digit} meta mark set jhash ${ip} saddr mod ${BUCKETS} seed 0x67646364`,
    `dnat ${ip} to ${service(ip)} . meta mark map @buckets${digit}`,
  ]);
}

function translate({ ip, digit }: FamilyWords): readonly string[] {
  return [
    `${service(ip)} @balanced${digit} jump c_balance${digit}`,
    `dnat ${ip} to ${service(ip)} map @forwards${digit}`,
    `meta l4proto tcp dnat ${ip} to ${ip} daddr . tcp dport map @ranges${digit}_tcp`,
    `meta l4proto udp dnat ${ip} to ${ip} daddr . udp dport map @ranges${digit}_udp`,
  ];
}

function service(ip: FamilyWords['ip']): string {
  return `${ip} daddr . meta l4proto . th dport`;
}

// A translated flow passes as long as it is `live`: that ends with the transaction that takes its forward away.
function translated({ ip, icmp, digit }: FamilyWords): FirewallChain {
  // As it came and where it was sent: the same for each of its packets, in both directions.
  const flow = `ct original ${ip} daddr . ct original proto-dst . ct reply ${ip} saddr . ct reply proto-src`;
  return chain(`c_translated${digit}`, [
    `meta l4proto tcp ${flow} @live${digit}_tcp accept`,
    `meta l4proto udp ${flow} @live${digit}_udp accept`,
    `meta l4proto tcp ${flow} @live${digit}_ranges_tcp accept`,
    `meta l4proto udp ${flow} @live${digit}_ranges_udp accept`,
    `meta l4proto ${icmp} ct state related accept`,
    drop('revoked'),
  ]);
}

// Every packet of a connection with the proxy, both ways: when its balancer goes, it is cut.
function proxied({ ip, digit }: FamilyWords): readonly string[] {
  const asked = 'meta l4proto tcp ct direction original';
  return [
    `${asked} ${ip} daddr . tcp dport @proxied${digit} accept`,
    `${asked} ${ip} daddr @addresses${digit} ${drop('revoked')}`,
  ];
}

function proxyAnswers({ ip, digit }: FamilyWords): readonly string[] {
  const answered = 'meta l4proto tcp ct direction reply';
  return [
    `${answered} ${ip} saddr . tcp sport @proxied${digit}_answers accept`,
    `${answered} ${ip} saddr @addresses${digit} ${drop('revoked')}`,
  ];
}

function leave({ ip, icmp, digit }: FamilyWords): FirewallChain {
  return chain(`c_leave${digit}`, [
    `meta l4proto tcp tcp dport . ${ip} daddr @reachable${digit}_tcp return`,
    `meta l4proto udp udp dport . ${ip} daddr @reachable${digit}_udp return`,
    `meta l4proto ${icmp} ct state related return`,
    `meta l4proto != { tcp, udp } ${ip} daddr @reachable${digit}_other return`,
    drop('refused_destinations'),
  ]);
}

function knownFlows({ ip, digit }: FamilyWords): readonly string[] {
  return [
    `ct status dnat goto c_translated${digit}`,
    `${SERVERS} ${TO_OUTSIDE} ct direction original jump c_leave${digit}`,
    `ct status snat ct original ${ip} saddr . ct reply ${ip} daddr != @outgoing${digit}_live ${drop('revoked')}`,
    'ct state established,related accept',
  ];
}

function drop(counter: (typeof DROP_COUNTERS)[number]): string {
  return `counter name ${counter} drop`;
}

function chain(name: string, rules: readonly string[]): FirewallChain {
  return { table: 'inet gd', name, rules };
}

function baseChain(name: string, base: string, rules: readonly string[]): FirewallChain {
  return { table: 'inet gd', name, base, rules };
}
