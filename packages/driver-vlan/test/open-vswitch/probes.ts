import { arp, datagram, frame, TAG } from '@gdcloud/driver-vlan/agent';
import { type NeighbourMessage, neighbourPacket } from '../support/neighbour-messages.js';
import { FACTS, SERVERS, type Server, type Tenant } from './tenants.js';

const EVERYONE = 'ff:ff:ff:ff:ff:ff';
/** An address that neither has a server at. */
const NOBODYS = '10.0.0.77';

/** Who is who in a probe. */
export interface Cast {
  readonly sender: Server;
  /** The other tenant's server. */
  readonly victim: Server;
  /** The gateways of both, by their Ethernet addresses. */
  readonly gateway: string;
  readonly itsGateway: string;
  readonly mark: string;
}

/** Frames that a server may try. Its neighbour, of the same tenant, sees those that go anywhere at all. */
export const PROBES: readonly {
  readonly sentence: string;
  readonly reaches: 'neighbours' | 'nobody';
  readonly probe: (cast: Cast) => Buffer;
}[] = [
  {
    sentence: "to the other's server",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      frame(
        victim.macAddress,
        sender.macAddress,
        [],
        datagram(sender.address, NOBODYS, mark),
        mark,
      ),
  },
  {
    sentence: "to the other's gateway",
    reaches: 'neighbours',
    probe: ({ sender, itsGateway, mark }) =>
      frame(itsGateway, sender.macAddress, [], datagram(sender.address, NOBODYS, mark), mark),
  },
  {
    sentence: 'to everyone',
    reaches: 'neighbours',
    probe: ({ sender, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [],
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: 'to a group of IPv4',
    reaches: 'neighbours',
    probe: ({ sender, mark }) =>
      frame(
        '01:00:5e:00:00:fb',
        sender.macAddress,
        [],
        datagram(sender.address, '224.0.0.251', mark),
        mark,
      ),
  },
  {
    sentence: 'to all nodes of IPv6, as their router',
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      neighbourProbe(sender, mark, {
        kind: 'routerAdvertisement',
        source: linkAddress(sender),
        target: victim.ipv6Address.replace(/ff:fe00.*/, ''),
        card: sender.macAddress,
      }),
  },
  {
    sentence: "that asks who has the other's IPv6 address",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      neighbourProbe(sender, mark, {
        kind: 'solicitation',
        source: sender.ipv6Address,
        target: victim.ipv6Address,
        card: sender.macAddress,
      }),
  },
  {
    sentence: "that claims the other's IPv6 address",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      neighbourProbe(sender, mark, {
        kind: 'advertisement',
        source: linkAddress(sender),
        target: victim.ipv6Address,
        card: sender.macAddress,
      }),
  },
  {
    sentence: "in the name of the other's server, over IPv6",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      neighbourProbe(sender, mark, {
        kind: 'solicitation',
        source: victim.ipv6Address,
        target: 'fd12:3456:789a::1',
        card: victim.macAddress,
      }),
  },
  {
    sentence: 'to bridges, as one of them',
    reaches: 'nobody',
    probe: ({ sender, mark }) =>
      frame(
        '01:80:c2:00:00:00',
        sender.macAddress,
        [],
        { type: 0x0027, payload: Buffer.from([0x42, 0x42, 3]) },
        mark,
      ),
  },
  {
    sentence: "that asks who has the other's address",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      frame(EVERYONE, sender.macAddress, [], arp('request', sender, victim.address), mark),
  },
  {
    sentence: "that claims the other's address",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [],
        arp('reply', { ...sender, address: victim.address }, victim.address),
        mark,
      ),
  },
  {
    sentence: "in the name of the other's server",
    reaches: 'neighbours',
    probe: ({ victim, mark }) =>
      frame(
        EVERYONE,
        victim.macAddress,
        [],
        datagram(victim.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: "in the name of the other's gateway",
    reaches: 'neighbours',
    probe: ({ itsGateway, mark }) =>
      frame(EVERYONE, itsGateway, [], datagram('10.0.0.1', '255.255.255.255', mark), mark),
  },
  {
    sentence: "tagged as the other's",
    reaches: 'nobody',
    probe: ({ sender, victim, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [{ type: TAG.customer, id: victim.vlan }],
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: 'tagged as its own',
    reaches: 'nobody',
    probe: ({ sender, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [{ type: TAG.customer, id: sender.vlan }],
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: "tagged as its own, and inside as the other's",
    reaches: 'nobody',
    probe: ({ sender, victim, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [sender, victim].map(({ vlan }) => ({ type: TAG.customer, id: vlan })),
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: "tagged by a provider as the other's",
    reaches: 'nobody',
    probe: ({ sender, victim, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [{ type: TAG.service, id: victim.vlan }],
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: "tagged as nobody's, and inside as the other's",
    reaches: 'neighbours',
    probe: ({ sender, victim, mark }) =>
      frame(
        EVERYONE,
        sender.macAddress,
        [
          { type: TAG.customer, id: 0 },
          { type: TAG.customer, id: victim.vlan },
        ],
        datagram(sender.address, '255.255.255.255', mark),
        mark,
      ),
  },
  {
    sentence: 'routed to an address that only the other has',
    reaches: 'nobody',
    probe: ({ sender, gateway, mark }) =>
      frame(gateway, sender.macAddress, [], datagram(sender.address, NOBODYS, mark), mark),
  },
  {
    sentence: "routed to the other's public address, where nothing is forwarded",
    reaches: 'nobody',
    probe: ({ sender, victim, gateway, mark }) =>
      frame(
        gateway,
        sender.macAddress,
        [],
        datagram(sender.address, FACTS[victim.tenant].publicAddress, mark),
        mark,
      ),
  },
];

/** A frame to everyone of a tenant: who has heard it has heard all that was sent before. */
export function closing({ macAddress, address }: Server, mark: string): Buffer {
  return frame(EVERYONE, macAddress, [], datagram(address, '255.255.255.255', mark), mark);
}

/** The two servers of a tenant. */
export function serversOf(tenant: Tenant): readonly [Server, Server] {
  const [first, second] = SERVERS.filter((server) => server.tenant === tenant);
  if (first === undefined || second === undefined) throw new Error('there are two');
  return [first, second];
}

function neighbourProbe(
  { macAddress }: Server,
  mark: string,
  message: Omit<NeighbourMessage, 'receiver' | 'sender' | 'destination'>,
): Buffer {
  const payload = neighbourPacket({ ...message, destination: 'ff02::1' });
  return frame('33:33:00:00:00:01', macAddress, [], { type: 0x86dd, payload }, mark);
}

// The one that the server's card makes on its link.
function linkAddress({ ipv6Address }: Server): string {
  return ipv6Address.replace('fd12:3456:789a::', 'fe80::');
}
