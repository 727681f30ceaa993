import type { Resource } from '../../model/resource.js';
import type { ConfigDriveDesired } from '../../ports/drivers/storage.js';
import { gatewayOf } from '../network/ipv4-range.js';
import { gatewayIpv6Of, serverIpv6Address } from '../network/ipv6-range.js';
import type { network } from '../network/network.js';
import type { virtualmachine } from './virtualmachine.js';

/** The label by which cloud-init finds its NoCloud source. */
const LABEL = 'cidata';
const LONGEST_HOST_NAME = 63;

/** What a server's card is known by, and the network it is in. */
export interface FirstNetwork {
  readonly address: string;
  readonly mac: string;
  readonly segment: Resource<typeof network>;
}

/** Whether a server has anything to be told at its first boot: keys, or user data, which are handed over open. */
export function hasFirstBoot(
  { spec }: Resource<typeof virtualmachine>,
  userData: string | null,
): boolean {
  return spec.sshKeys.length > 0 || (userData ?? '') !== '';
}

/**
 * What a server reads at its first boot, as cloud-init's NoCloud source has it: who it is, the keys of its first user,
 * what its owner asks of it (`userData`), and its address. JSON is YAML, and has one way to quote. Pure.
 */
export function firstBoot(
  server: Resource<typeof virtualmachine>,
  userData: string | null,
  { address, mac, segment }: FirstNetwork,
): ConfigDriveDesired {
  const { uuid, id, name, spec } = server;
  const { ipv4Cidr, ipv6Cidr, domain } = segment.spec;
  const gateway = gatewayOf(ipv4Cidr);
  const host = hostName(name) ?? `server-${id}`;
  return {
    name: `${name ?? `server ${id}`} first boot`,
    label: LABEL,
    files: [
      json('meta-data', {
        'instance-id': uuid,
        'local-hostname': typeof domain === 'string' && domain !== '' ? `${host}.${domain}` : host,
        'public-keys': spec.sshKeys,
      }),
      { name: 'user-data', text: userData ?? '#cloud-config\n{}\n' },
      json('network-config', {
        version: 2,
        ethernets: {
          first: {
            match: { macaddress: mac },
            addresses: [
              `${address}/${ipv4Cidr.split('/')[1] ?? '24'}`,
              ...(typeof ipv6Cidr === 'string' ? [`${serverIpv6Address(ipv6Cidr, mac)}/64`] : []),
            ],
            gateway4: gateway,
            // The way out over IPv6, if there is one, the network itself announces.
            ...(typeof ipv6Cidr === 'string' ? { 'accept-ra': true } : {}),
            nameservers: {
              addresses: [
                gateway,
                ...(typeof ipv6Cidr === 'string' ? [gatewayIpv6Of(ipv6Cidr)] : []),
              ],
              ...(typeof domain === 'string' && domain !== '' ? { search: [domain] } : {}),
            },
          },
        },
      }),
    ],
  };
}

function json(name: string, value: unknown): { readonly name: string; readonly text: string } {
  return { name, text: `${JSON.stringify(value, undefined, 1)}\n` };
}

// What of a name can be a label in DNS (RFC 1123); undefined when that is nothing.
function hostName(name: string | null): string | undefined {
  const label = (name ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_HOST_NAME)
    .replaceAll(/^-+|-+$/g, '');
  return label === '' ? undefined : label;
}
