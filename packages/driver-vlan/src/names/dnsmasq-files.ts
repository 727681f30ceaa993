import { TENANT_DEVICE } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';

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
  /** `mac,address,name` a line. */
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
  const { domain, gateway, network, netmask, ipv6Cidr, leases } = service;
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
    ...(ipv6Cidr === null
      ? []
      : [
          'enable-ra',
          `dhcp-range=${ipv6Cidr.split('/')[0]},ra-stateless,64`,
          'dhcp-option=option6:dns-server,[::]',
        ]),
    `pid-file=${paths.processId}`,
  ];
  return {
    configuration: `${lines.join('\n')}\n`,
    leases: leases
      .map((lease) => `${lease.macAddress},${lease.address},${lease.hostname}\n`)
      .join(''),
    names: [
      `${gateway} gateway.${domain} gateway\n`,
      ...leases.map(({ address, hostname }) => `${address} ${hostname}.${domain} ${hostname}\n`),
    ].join(''),
  };
}

/**
 * Whether an address that somebody may have by now is to be another's, or nobody's. A running dnsmasq would not give it
 * to the other before the first one's time is up.
 */
export function takesLeaseAway(before: string, after: string): boolean {
  const kept = new Set(after.split('\n').map(boundAddress));
  return before.split('\n').some((line) => line !== '' && !kept.has(boundAddress(line)));
}

function boundAddress(line: string): string {
  return line.split(',', 2).join(',');
}
