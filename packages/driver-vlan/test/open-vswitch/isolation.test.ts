import { arp, datagram, FRAME_LENGTH, frame, TAG } from '@gdcloud/driver-vlan/agent';
import t from 'tap';
import { type NeighbourMessage, neighbourPacket } from '../support/neighbour-messages.js';
import { type Conversation, until } from '../support/network-sandbox.js';
import { skipWithoutTags, TaggedRig } from './tagged-rig.js';
import { FACTS, networkOf, OTHER, SERVERS, type Server, TENANTS, type Tenant } from './tenants.js';

t.setTimeout(180_000);

const EVERYONE = 'ff:ff:ff:ff:ff:ff';
/** An address that neither has a server at. */
const NOBODYS = '10.0.0.77';

/** Who is who in a probe. */
interface Cast {
  readonly sender: Server;
  /** The other tenant's server. */
  readonly victim: Server;
  /** The gateways of both, by their Ethernet addresses. */
  readonly gateway: string;
  readonly itsGateway: string;
  readonly mark: string;
}

/** Frames that a server may try. Its neighbour, of the same tenant, sees those that go anywhere at all. */
const PROBES: readonly {
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

t.test('what a tenant may send', { skip: skipWithoutTags(), bail: true }, async (group) => {
  const rig = await TaggedRig.start();
  group.teardown(() => rig.close());
  for (const tenant of TENANTS) await rig.agent.follow(networkOf(tenant));
  const gateways = { a: await gatewayOf(rig, 'a'), b: await gatewayOf(rig, 'b') };
  const places = { a: await listenTo(rig, 'a'), b: await listenTo(rig, 'b') };
  const trunk = await capture(rig, undefined, 'tr-ap', '| tee /run/trunk.pcap');
  // By now the switch knows where the gateways are.
  for (const { name } of SERVERS) await rig.run(name, 'ping -q -c 1 -W 5 10.0.0.1');

  /** Sends to everyone of a tenant, and waits until it was heard: so was all that came before. */
  const close = async (tenant: Tenant, mark: string): Promise<void> => {
    const [, second] = serversOf(tenant);
    await send(rig, second, closing(second, mark));
    for (const place of places[tenant]) await hears(place, mark);
  };

  for (const tenant of TENANTS) {
    const [sender, neighbour] = serversOf(tenant);
    const [victim] = serversOf(OTHER[tenant]);
    for (const [nth, { sentence, reaches, probe }] of PROBES.entries()) {
      await group.test(`a frame of ${tenant} ${sentence}: ${reaches}`, async (t) => {
        const mark = `probe ${nth} of ${tenant}.`;
        const after = `after ${nth} of ${tenant}.`;
        const cast = {
          sender,
          victim,
          gateway: gateways[tenant],
          itsGateway: gateways[victim.tenant],
          mark,
        };
        await send(rig, sender, probe(cast), closing(sender, after));
        for (const place of [...places[tenant], trunk]) await hears(place, after);
        await close(victim.tenant, `close ${nth} of ${victim.tenant}.`);
        for (const place of places[victim.tenant]) t.notMatch(place.heard, mark);
        const itsOwn = places[tenant][neighbourAt(neighbour)];
        t.equal(itsOwn?.heard.includes(mark), reaches === 'neighbours');
      });
    }
  }

  await group.test('who was impersonated is still reached, and by their own only', async (t) => {
    for (const tenant of TENANTS) {
      const [first, second] = serversOf(tenant);
      const mark = `ping of ${tenant}.`;
      const pattern = Buffer.from(mark).toString('hex');
      const pinged = await rig.run(second.name, `ping -c 1 -W 5 -p ${pattern} ${first.address}`);
      t.match(pinged, ' 0% packet loss');
      await close(OTHER[tenant], `close ping of ${OTHER[tenant]}.`);
      for (const place of places[OTHER[tenant]]) t.notMatch(place.heard, mark);
    }
  });

  await group.test('on the trunk, each frame has the tag of its tenant', async (t) => {
    const read = await rig.machine.run('tcpdump -ntelA -r /run/trunk.pcap 2>/dev/null');
    const frames = read.split(/^(?=(?:[0-9a-f]{2}:){5}[0-9a-f]{2} > )/m);
    for (const tenant of TENANTS) {
      const own = frames.filter((text) => text.includes(` of ${tenant}.`));
      t.ok(own.length > PROBES.length, `${own.length} frames of ${tenant}`);
      const tagged = new RegExp(`802\\.1Q \\(0x8100\\), length \\d+: vlan ${FACTS[tenant].vlan},`);
      const strays = own.filter((text) => !tagged.test(text));
      t.same(strays, []);
    }
  });
});

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

function serversOf(tenant: Tenant): readonly [Server, Server] {
  const [first, second] = SERVERS.filter((server) => server.tenant === tenant);
  if (first === undefined || second === undefined) throw new Error('there are two');
  return [first, second];
}

function neighbourAt({ name }: Server): number {
  return Number(name.slice(1)) - 1;
}

function closing({ macAddress, address }: Server, mark: string): Buffer {
  return frame(EVERYONE, macAddress, [], datagram(address, '255.255.255.255', mark), mark);
}

async function send(rig: TaggedRig, { name }: Server, ...frames: readonly Buffer[]): Promise<void> {
  const script = `socat -u -b ${FRAME_LENGTH} - INTERFACE:eth0`;
  await rig.run(name, script, Buffer.concat(frames));
}

/** Listens at both servers of a tenant, and at its gateway. */
async function listenTo(rig: TaggedRig, tenant: Tenant): Promise<readonly Conversation[]> {
  const [first, second] = serversOf(tenant);
  return [
    await capture(rig, first.name, 'eth0'),
    await capture(rig, second.name, 'eth0'),
    await capture(rig, `gd-${FACTS[tenant].network}`, 'n0'),
  ];
}

async function capture(
  rig: TaggedRig,
  namespace: string | undefined,
  device: string,
  further = '',
): Promise<Conversation> {
  const script = `tcpdump -Z root --immediate-mode -U -i ${device} -w - 2>/dev/null ${further}`;
  const listening = rig.machine.start(script, namespace);
  // Its own header comes once it listens.
  await until(
    () => listening.heard,
    (heard) => heard !== '',
  );
  return listening;
}

async function hears(place: Conversation, mark: string): Promise<void> {
  await until(
    () => place.heard,
    (heard) => heard.includes(mark),
  );
}

async function gatewayOf(rig: TaggedRig, tenant: Tenant): Promise<string> {
  const shown = await rig.run(`gd-${FACTS[tenant].network}`, 'ip -br link show dev n0');
  return shown.split(/\s+/)[2] ?? '';
}
