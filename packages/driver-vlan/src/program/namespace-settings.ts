import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { Setting } from './network-program.js';

/** The kernel's settings of a network's namespace, before it has a link; forwarding comes last. */
export function namespaceSettings({
  ipv6,
  publicAddresses,
}: ApplianceDocument): readonly Setting[] {
  const usesIpv6 = ipv6 !== null || publicAddresses.some(({ family }) => family === 'ipv6');
  return [
    // An address is announced as soon as its link is up.
    ...everywhere('ipv4', 'arp_notify', '1'),
    // A public address is answered for on its own uplink only, and servers never hear of it.
    ...everywhere('ipv4', 'arp_ignore', '1'),
    ...everywhere('ipv4', 'arp_announce', '2'),
    // The firewall knows who may send from where; the kernel's own check knows nothing of routing by mark.
    ...everywhere('ipv4', 'rp_filter', '0'),
    // Servers that reach each other by a public address must go on doing so through here.
    ...everywhere('ipv4', 'send_redirects', '0'),
    ...everywhere('ipv4', 'accept_redirects', '0'),
    // One address of several may go without the others.
    ...everywhere('ipv4', 'promote_secondaries', '1'),
    ...everywhere('ipv6', 'disable_ipv6', usesIpv6 ? '0' : '1'),
    ...everywhere('ipv6', 'accept_ra', '0'),
    // An address is announced as soon as it is there: by one that nobody else can have, so that it need not ask around first.
    ...everywhere('ipv6', 'ndisc_notify', '1'),
    ...everywhere('ipv6', 'accept_dad', '0'),
    ...everywhere('ipv6', 'accept_redirects', '0'),
    ...(ipv6 === null ? [] : everywhere('ipv6', 'forwarding', '1')),
    { name: 'net.ipv4.ip_forward', value: '1' },
  ];
}

// `default` is what links get that come later, `all` what those have that are there.
function everywhere(family: 'ipv4' | 'ipv6', name: string, value: string): readonly Setting[] {
  return ['all', 'default'].map((scope) => ({
    name: `net.${family}.conf.${scope}.${name}`,
    value,
  }));
}
