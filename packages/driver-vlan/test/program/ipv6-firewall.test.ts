import type { ApplianceDesired, PortForward, SourceRule } from '@gdcloud/core';
import t from 'tap';
import {
  ApplianceSandbox,
  OUTSIDE,
  serverIpv6,
  serverMac,
  WIDE,
} from '../support/appliance-sandbox.js';
import { uuid } from '../support/fixtures.js';
import { type NeighbourMessage, neighbourFrame } from '../support/neighbour-messages.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { OpenFlow } from '../support/open-flow.js';

t.setTimeout(180_000);

const ONE = '2001:db8::11';
const TWO = '2001:db8::12';
const FORWARD: PortForward = {
  uuid: uuid(30),
  generation: 1,
  protocol: 'tcp',
  publicAddress: ONE,
  publicStartPort: 2222,
  publicEndPort: 2222,
  privateAddress: serverIpv6(1),
  privateStartPort: 22,
};
const BALANCER: ApplianceDesired['balancers'][number] = {
  uuid: uuid(40),
  generation: 1,
  protocol: 'tcp',
  publicAddress: TWO,
  publicPort: 80,
  privatePort: 8080,
  algorithm: 'roundRobin',
  check: null,
  backends: [1, 2].map((server) => ({
    server: uuid(server),
    privateAddress: serverIpv6(server),
    weight: 1,
  })),
};
const PUBLIC: ApplianceDesired['publicAddresses'] = [
  ...WIDE.publicAddresses,
  ...WIDE.publicAddresses
    .filter(({ address }) => address === ONE)
    .map((address) => ({ ...address, uuid: uuid(24), address: TWO })),
];
const NETWORK: ApplianceDesired = {
  ...WIDE,
  publicAddresses: PUBLIC,
  outgoingIpv6Address: ONE,
  forwards: [
    FORWARD,
    // Keeps its ports.
    {
      ...FORWARD,
      uuid: uuid(31),
      publicStartPort: 8000,
      publicEndPort: 8999,
      privateStartPort: 8000,
    },
    // Doesn't.
    {
      ...FORWARD,
      uuid: uuid(32),
      publicStartPort: 9000,
      publicEndPort: 9009,
      privateStartPort: 8080,
    },
    // The same port of the other version.
    {
      ...FORWARD,
      uuid: uuid(33),
      publicAddress: '203.0.113.11',
      privateAddress: '192.168.0.12',
    },
  ],
  balancers: [BALANCER],
  leases: [
    {
      uuid: uuid(50),
      generation: 1,
      macAddress: serverMac(1),
      ipv4Address: '192.168.0.11',
      ipv6Address: serverIpv6(1),
      hostname: 'one',
    },
  ],
};

function rule(change: Partial<SourceRule>): SourceRule {
  return {
    uuid: uuid(60),
    generation: 1,
    direction: 'in',
    action: 'allow',
    publicAddress: null,
    protocol: 'any',
    cidr: '::/0',
    startPort: null,
    endPort: null,
    ...change,
  };
}

async function serve(appliance: ApplianceSandbox): Promise<void> {
  for (const server of [1, 2]) {
    await appliance.listen(`vm${server}`, 22, 'EXEC:cat');
    await appliance.listen(`vm${server}`, 8080, `SYSTEM:'echo vm${server}'`);
  }
  await appliance.listen('inet', 7, "SYSTEM:'echo $SOCAT_PEERADDR'");
}

const skip = skipWithoutSandbox('socat', 'ping', 'ss', 'conntrack');

t.test('a network with a local range of IPv6', { skip, bail: true }, async (group) => {
  const appliance = await ApplianceSandbox.start(NETWORK);
  group.teardown(() => appliance.close());
  await serve(appliance);

  await group.test('what is loaded is read again as it was written', async (t) => {
    t.same(await appliance.repairs(), []);
  });

  await group.test(
    'servers are seen outside by the outgoing address of each version',
    async (t) => {
      t.equal(await appliance.ask('vm1', '[2001:db8::1]:7'), ONE);
      t.equal(await appliance.ask('vm1', '203.0.113.1:7'), '203.0.113.11');
      await appliance.change({ ...NETWORK, outgoingIpv6Address: TWO });
      t.equal(await appliance.ask('vm1', '[2001:db8::1]:7'), TWO);
      t.equal(await appliance.ask('vm1', '203.0.113.1:7'), '203.0.113.11');
      await appliance.change({ ...NETWORK, outgoingIpv6Address: null });
      t.equal(
        await appliance.askInVain('strayed', 'vm1', '[2001:db8::1]:7'),
        '',
        'what is not translated stays',
      );
      await appliance.change(NETWORK);
    },
  );

  await group.test('a flow outwards is cut when its address is another', async (t) => {
    await appliance.listen('inet', 8, 'EXEC:cat');
    const flow = await OpenFlow.open(appliance, 'vm2', '[2001:db8::1]:8');
    await appliance.change({ ...NETWORK, outgoingIpv6Address: TWO });
    t.equal(await flow.isCut('revoked'), '');
    await appliance.change(NETWORK);
  });

  await group.test('a server that never pauses is seen by the address of now', async (t) => {
    const answer = "SYSTEM:'read -r question; echo $SOCAT_PEERADDR'";
    const listening = appliance.start('inet', `socat -t1 UDP6-RECVFROM:5000,fork ${answer}`);
    // Always from the same port.
    const ask = (): Promise<string> =>
      appliance.run(
        'vm1',
        'echo hi | timeout 2 socat -t0.3 - UDP6:[2001:db8::1]:5000,sourceport=6000 || true',
      );
    const seenBy = (ending: string): Promise<string> =>
      until(ask, (heard) => heard.trim().endsWith(`${ending}]`));
    await seenBy(':0011');
    await appliance.change({ ...NETWORK, outgoingIpv6Address: TWO });
    const before = await appliance.counted('revoked');
    t.equal(await ask(), '');
    t.ok((await appliance.counted('revoked')) > before, 'it is cut');
    t.ok((await appliance.forgetStaleFlows()) > 0);
    t.ok(await seenBy(':0012'));
    t.equal(await appliance.forgetStaleFlows(), 0, 'what is live stays');
    await appliance.change(NETWORK);
    await appliance.forgetStaleFlows();
    listening.end();
  });

  await group.test('forwards lead to their servers, ranges too', async (t) => {
    t.equal(await appliance.ask('inet', `[${ONE}]:8080`), 'vm1');
    t.equal(await appliance.ask('inet', `[${ONE}]:9000`), 'vm1', 'shifted');
    t.equal(await appliance.askInVain('dropped', 'inet', `[${ONE}]:7999`), '');
    t.equal(
      await appliance.askInVain('dropped', 'inet', `[${TWO}]:8080`),
      '',
      'of another address',
    );
  });

  await group.test('a server reaches its own network by the public address', async (t) => {
    t.equal(await appliance.ask('vm1', `[${ONE}]:8080`), 'vm1');
    t.equal(await appliance.ask('vm2', `[${ONE}]:8080`), 'vm1');
  });

  await group.test('a forward that is taken away cuts its open connections', async (t) => {
    const flow = await OpenFlow.open(appliance, 'inet', `[${ONE}]:2222`);
    const other = await OpenFlow.open(appliance, 'inet', '203.0.113.11:2222');
    await appliance.change({
      ...NETWORK,
      forwards: NETWORK.forwards.filter((each) => each !== FORWARD),
    });
    t.equal(await flow.isCut('revoked'), '');
    await other.carries();
    other.end();
    await appliance.change(NETWORK);
  });

  await group.test('a balancer takes its servers in turn, and none that is unwell', async (t) => {
    const four = async (): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (let nth = 0; nth < 4; nth += 1) answers.push(await appliance.ask('inet', `[${TWO}]:80`));
      return answers.toSorted();
    };
    t.same(await four(), ['vm1', 'vm1', 'vm2', 'vm2']);
    await appliance.change(NETWORK, new Map([[BALANCER.uuid, new Set([uuid(2)])]]));
    t.same(await four(), ['vm1', 'vm1', 'vm1', 'vm1']);
    await appliance.change({ ...NETWORK, balancers: [{ ...BALANCER, algorithm: 'source' }] });
    t.equal(new Set(await four()).size, 1, 'a client always gets the same');
    await appliance.change(NETWORK);
  });

  await group.test('a tightened filter refuses others, and cuts their open flows', async (t) => {
    const flow = await OpenFlow.open(appliance, 'inet', `[${ONE}]:2222`);
    const ports = { protocol: 'tcp', startPort: 2222, endPort: 2222 } as const;
    const rules = [rule({ cidr: '2001:db8::250/128', ...ports })];
    await appliance.change({ ...NETWORK, rules });
    t.equal(await flow.isCut('refused_sources'), '');
    const allowed = await OpenFlow.open(appliance, 'inet', `[${ONE}]:2222,bind=[2001:db8::250]`);
    allowed.end();
    t.equal(await appliance.ask('inet', `[${ONE}]:8080`), 'vm1', 'other ports are open to all');
    t.equal(
      await appliance.askInVain('refused_sources', 'inet', '203.0.113.11:2222'),
      '',
      'who is of the other version is another, too',
    );
    const denied = rule({ uuid: uuid(61), action: 'deny', cidr: '2001:db8::250/128' });
    await appliance.change({ ...NETWORK, rules: [denied] });
    const to = `[${ONE}]:8080`;
    t.equal(await appliance.askInVain('refused_sources', 'inet', to, '[2001:db8::250]'), '');
    t.equal(await appliance.ask('inet', to, '[2001:db8::1]'), 'vm1');
    t.same(await appliance.repairs(), [], 'what is loaded is read again as it was written');
    await appliance.change(NETWORK);
  });

  await group.test('servers go only where they may', async (t) => {
    const denied = { direction: 'out', action: 'deny', protocol: 'tcp' } as const;
    await appliance.change({ ...NETWORK, rules: [rule({ ...denied, cidr: '2001:db8::1/128' })] });
    t.equal(await appliance.askInVain('refused_destinations', 'vm1', '[2001:db8::1]:7'), '');
    t.equal(await appliance.ask('vm1', '[2001:db8::250]:7'), ONE);
    t.equal(await appliance.ask('vm1', '203.0.113.1:7'), '203.0.113.11');
    await appliance.change(NETWORK);
  });

  await group.test('nobody sends under an address that is not theirs', async (t) => {
    const spoof = async (from: string, address: string): Promise<void> => {
      await appliance.run(from, `ip address add ${address}/128 dev eth0 nodad`);
      const options = `-I ${address} ${from === 'inet' ? ONE : '2001:db8::1'}`;
      const pinged = await appliance.pingInVain('spoofed', from, options);
      t.match(pinged, '100% packet loss', `${from} as ${address}`);
      await appliance.run(from, `ip address del ${address}/128 dev eth0`);
    };
    await spoof('vm1', 'fd99::1');
    await spoof('vm1', '2001:db8::77');
    await spoof('inet', 'fd12:3456:789a::99');
    await spoof('vm2', serverIpv6(1));
  });

  await group.test('nobody says that he has the address of another', async (t) => {
    // To nobody else: what servers make of it is for who carries their segment to see to.
    const link = await appliance.run(appliance.namespace, 'ip -o link show dev n0');
    const receiver = /link\/ether (\S+)/.exec(link)?.[1] ?? '';
    const forge = async (what: string, message: Partial<NeighbourMessage>): Promise<void> => {
      const before = await appliance.counted('spoofed');
      const frame = neighbourFrame({
        kind: 'advertisement',
        receiver,
        sender: serverMac(2),
        source: 'fe80::ff:fe00:2',
        destination: 'ff02::1',
        target: serverIpv6(1),
        card: serverMac(2),
        ...message,
      });
      await appliance.run('vm2', 'socat -u - INTERFACE:eth0', frame);
      await until(
        () => appliance.counted('spoofed'),
        (count) => count > before,
      );
      t.pass(what);
    };
    t.equal(await appliance.ask('inet', `[${ONE}]:8080`), 'vm1');
    await forge('an answer', {});
    await forge('an answer that seems to come from its card', { sender: serverMac(1) });
    await forge('an answer with something in front', { sender: serverMac(1), before: 'nonce' });
    const asks = {
      kind: 'solicitation',
      source: serverIpv6(1),
      target: 'fd12:3456:789a::1',
    } as const;
    await forge('a question', asks);
    await forge('a question that seems to come from its card', { ...asks, sender: serverMac(1) });
    await forge('a question with something in front', {
      ...asks,
      sender: serverMac(1),
      before: 'nonce',
    });
    await forge("the gateway's own", { target: 'fd12:3456:789a::1' });
    await forge('a router', { kind: 'routerAdvertisement', target: 'fd66::' });
    // The bridge, too, has heard of the card elsewhere, until it is heard of again.
    await appliance.run('vm1', 'ping -q -c 1 -W 2 fd12:3456:789a::1');
    t.match(
      await appliance.run(appliance.namespace, `ip -6 neigh show ${serverIpv6(1)} dev n0`),
      serverMac(1),
    );
    t.equal(await appliance.ask('inet', `[${ONE}]:8080`), 'vm1');
    t.equal(
      await appliance.run(appliance.namespace, 'ip -6 address show dev n0 dynamic'),
      '',
      'it makes no address of what another router says',
    );
  });

  await group.test('what the parts of a network carry is counted', async (t) => {
    const before = await appliance.carried();
    t.match(await appliance.ask('inet', `[${TWO}]:80`), /^vm[12]$/);
    const after = await appliance.carried();
    const grown = (part: string, way: 'in' | 'out' | 'both'): number =>
      (after.get(part)?.[way]?.packets ?? 0) - (before.get(part)?.[way]?.packets ?? 0);
    const address = `address ${uuid(24)}`;
    t.ok(grown(address, 'in') >= 3, 'towards it');
    t.ok(grown(address, 'out') >= 3, 'from it');
    t.ok(grown(`balancer ${BALANCER.uuid}`, 'both') >= 6, 'both ways');
    t.equal(grown(`forward ${FORWARD.uuid}`, 'both'), 0);
  });

  await group.test('segments are never larger than the way takes', async (t) => {
    await appliance.run('inet', 'ip link set dev eth0 mtu 1300');
    const way = await appliance.run(appliance.namespace, 'ip -6 route get 2001:db8::1');
    const uplink = /\bu[0-9a-f]{12}\b/.exec(way)?.[0] ?? '';
    await appliance.run(appliance.namespace, `ip link set dev ${uplink} mtu 1300`);
    const seen = appliance.start(
      'vm1',
      'tcpdump -nlvc 1 -i eth0 "ip6[40+13] & 2 != 0 and port 22" 2>/dev/null',
    );
    await until(
      async () => {
        await appliance.ask('inet', `[${ONE}]:2222`);
        return seen.heard;
      },
      (text) => text.includes('mss'),
    );
    t.match(seen.heard, 'mss 1240', '1300 without the headers of IPv6 and TCP');
    await appliance.run('inet', 'ip link set dev eth0 mtu 1500');
    await appliance.run(appliance.namespace, `ip link set dev ${uplink} mtu 1500`);
  });
});

const ROUTED = '2001:db8:77::/64';
const OWN: ApplianceDesired = {
  ...OUTSIDE,
  ipv6Cidr: ROUTED,
  publicAddresses: PUBLIC,
  outgoingIpv6Address: ONE,
  leases: NETWORK.leases.map((lease) => ({ ...lease, ipv6Address: serverIpv6(1, ROUTED) })),
};

t.test(
  'a network with a range of IPv6 that is routed to it',
  { skip, bail: true },
  async (group) => {
    const appliance = await ApplianceSandbox.start(OWN);
    group.teardown(() => appliance.close());
    await serve(appliance);
    await appliance.run('inet', `ip -6 route add ${ROUTED} via ${ONE}`);
    const to = (server: number, port: number): string => `[${serverIpv6(server, ROUTED)}]:${port}`;

    await group.test('servers are seen outside by their own addresses', async (t) => {
      t.equal(await appliance.ask('vm1', '[2001:db8::1]:7'), serverIpv6(1, ROUTED));
      t.equal(await appliance.ask('vm2', '[2001:db8::250]:7'), serverIpv6(2, ROUTED));
    });

    await group.test('nobody gets in to them whom no rule allows', async (t) => {
      t.equal(await appliance.askInVain('refused_sources', 'inet', to(1, 8080)), '');
      const pinged = await appliance.pingInVain('refused_sources', 'inet', serverIpv6(1, ROUTED));
      t.match(pinged, '100% packet loss');
      const denied = rule({ action: 'deny', cidr: '2001:db8::250/128' });
      await appliance.change({ ...OWN, rules: [denied] });
      t.equal(await appliance.askInVain('refused_sources', 'inet', to(1, 8080)), '', 'of a denial');
    });

    await group.test('who is allowed gets in, as long as he is', async (t) => {
      const web = rule({ protocol: 'tcp', startPort: 22, endPort: 22 });
      await appliance.change({ ...OWN, rules: [web] });
      const flow = await OpenFlow.open(appliance, 'inet', to(1, 22));
      t.equal(
        await appliance.askInVain('refused_sources', 'inet', to(1, 8080)),
        '',
        'another port',
      );
      await appliance.change(OWN);
      t.equal(await flow.isCut('refused_sources'), '');
      await appliance.change({ ...OWN, rules: [rule({ cidr: '2001:db8::1/128' })] });
      const ping = await appliance.run('inet', `ping -q -c 1 -W 2 ${serverIpv6(2, ROUTED)}`);
      t.match(ping, ' 0% packet loss', 'all of one neighbour');
      t.equal(await appliance.ask('inet', to(2, 8080), '[2001:db8::1]'), 'vm2');
      t.equal(
        await appliance.askInVain('refused_sources', 'inet', to(2, 8080), '[2001:db8::250]'),
        '',
      );
      await appliance.change(OWN);
    });

    await group.test('a rule of one server opens that one', async (t) => {
      const one = rule({ publicAddress: serverIpv6(1, ROUTED), protocol: 'tcp' });
      const none = rule({ uuid: uuid(61), action: 'deny', cidr: '2001:db8::250/128' });
      await appliance.change({ ...OWN, rules: [one, none] });
      t.equal(await appliance.ask('inet', to(1, 8080), '[2001:db8::1]'), 'vm1');
      t.equal(await appliance.askInVain('refused_sources', 'inet', to(2, 8080)), '', 'not another');
      t.equal(
        await appliance.askInVain('refused_sources', 'inet', to(1, 8080), '[2001:db8::250]'),
        '',
        'a rule of all is of it, too',
      );
      t.same(await appliance.repairs(), []);
      await appliance.change(OWN);
    });

    await group.test('forwards lead to them, too', async (t) => {
      const forward = { ...FORWARD, privateAddress: serverIpv6(1, ROUTED), privateStartPort: 8080 };
      await appliance.change({ ...OWN, forwards: [forward] });
      t.equal(await appliance.ask('inet', `[${ONE}]:2222`), 'vm1');
      t.equal(await appliance.ask('vm2', `[${ONE}]:2222`), 'vm1', 'from beside it');
      t.same(await appliance.repairs(), []);
      await appliance.change(OWN);
    });
  },
);
