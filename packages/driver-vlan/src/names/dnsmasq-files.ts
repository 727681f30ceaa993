import { TENANT_DEVICE } from '../plan/plan-names.js';
import type { AnnouncedRange, NamedLease, NetworkProgram } from '../program/network-program.js';

/** Where a network's name service keeps what. */
export interface DnsmasqPaths {
  readonly folder: string;
  readonly configuration: string;
  readonly leases: string;
  readonly names: string;
  readonly processId: string;
}

/** The contents of its files. */
export interface DnsmasqTexts {
  readonly configuration: string;
  /** `mac,address,[IPv6 address],name` a line. */
  readonly leases: string;
  /** `address name.domain name` a line. */
  readonly names: string;
}

/** How long a server may keep its address without asking again. Static, so this only bounds how long a change takes. */
const LEASE_TIME = '1h';

/** The paths in a folder of the network's own. */
export function dnsmasqPaths(folder: string): DnsmasqPaths {
  return {
    folder,
    configuration: `${folder}/dnsmasq.conf`,
    leases: `${folder}/leases`,
    names: `${folder}/names`,
    processId: `${folder}/dnsmasq.pid`,
  };
}

/** What a network's dnsmasq is to say. `servers` are asked for names of others; without any only its own are known. */
export function dnsmasqTexts(
  { names: service }: NetworkProgram,
  paths: DnsmasqPaths,
  servers: readonly string[],
): DnsmasqTexts {
  const { domain, gateway, network, netmask, ipv6, leases } = service;
  const lines = [
    `interface=${TENANT_DEVICE}`,
    'except-interface=lo',
    'bind-dynamic',
    'user=root',
    'no-resolv',
    'no-hosts',
    'no-poll',
    ...servers.map((server) => `server=${server}`),
    `domain=${domain}`,
    `local=/${domain}/`,
    'domain-needed',
    'bogus-priv',
    `addn-hosts=${paths.names}`,
    `dhcp-range=${network},static,${netmask},${LEASE_TIME}`,
    `dhcp-option=option:router,${gateway}`,
    `dhcp-option=option:dns-server,${gateway}`,
    `dhcp-hostsfile=${paths.leases}`,
    // Addresses are fixed by the file above: what it remembers of leases would only keep a changed one back.
    'leasefile-ro',
    'dhcp-authoritative',
    'no-ping',
    ...(ipv6 === null ? [] : ipv6Lines(ipv6)),
    `pid-file=${paths.processId}`,
  ];
  return {
    configuration: `${lines.join('\n')}\n`,
    leases: leases.map((lease) => `${leaseWords(lease).join()}\n`).join(''),
    names: [
      nameLine(gateway, 'gateway', domain),
      ...(ipv6 === null ? [] : [nameLine(ipv6.gateway, 'gateway', domain)]),
      ...leases.flatMap(({ address, ipv6Address, hostname }) =>
        [address, ...(ipv6Address === null ? [] : [ipv6Address])].map((each) =>
          nameLine(each, hostname, domain),
        ),
      ),
    ].join(''),
  };
}

// Servers may ask for their address, or make it: by their card's own they come to the same.
function ipv6Lines({ cidr, leadsOut }: AnnouncedRange): readonly string[] {
  return [
    'enable-ra',
    `dhcp-range=${cidr.split('/')[0]},static,slaac,64,${LEASE_TIME}`,
    'dhcp-option=option6:dns-server,[::]',
    // How often it is said is left as it is. That it is a router for no time at all says that it is none.
    ...(leadsOut ? [] : [`ra-param=${TENANT_DEVICE},0,0`]),
  ];
}

function leaseWords({ macAddress, address, ipv6Address, hostname }: NamedLease): readonly string[] {
  return [macAddress, address, ...(ipv6Address === null ? [] : [`[${ipv6Address}]`]), hostname];
}

function nameLine(address: string, name: string, domain: string): string {
  return `${address} ${name}.${domain} ${name}\n`;
}

/**
 * Whether an address that somebody may have by now is to be another's, or nobody's. A running dnsmasq would not give it
 * to the other before the first one's time is up.
 */
export function takesLeaseAway(before: string, after: string): boolean {
  const kept = new Set(after.split('\n').flatMap(bindings));
  return before
    .split('\n')
    .flatMap(bindings)
    .some((binding) => !kept.has(binding));
}

// Of each address which card has it.
function bindings(line: string): readonly string[] {
  const [macAddress = '', ...others] = line.split(',');
  return others.slice(0, -1).map((address) => `${macAddress},${address}`);
}
