import type { ApplianceDesired, PortForward, SourceRule } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { ApplianceSandbox, serverMac, WIDE } from '../support/appliance-sandbox.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

t.setTimeout(180_000);

const FORWARD: PortForward = {
  uuid: uuid(30),
  generation: 1,
  protocol: 'tcp',
  publicAddress: '203.0.113.11',
  publicStartPort: 2222,
  publicEndPort: 2222,
  privateAddress: '192.168.0.11',
  privateStartPort: 22,
};
const BALANCER: ApplianceDesired['balancers'][number] = {
  uuid: uuid(40),
  generation: 1,
  protocol: 'tcp',
  publicAddress: '203.0.113.12',
  publicPort: 80,
  privatePort: 8080,
  algorithm: 'roundRobin',
  check: null,
  backends: [
    { server: uuid(1), privateAddress: '192.168.0.11', weight: 1 },
    { server: uuid(2), privateAddress: '192.168.0.12', weight: 1 },
  ],
};
const NETWORK: ApplianceDesired = {
  ...WIDE,
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
  ],
  balancers: [BALANCER],
  leases: [
    {
      uuid: uuid(50),
      generation: 1,
      macAddress: serverMac(1),
      ipv4Address: '192.168.0.11',
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
    cidr: '0.0.0.0/0',
    startPort: null,
    endPort: null,
    ...change,
  };
}

const skip = skipWithoutSandbox('socat', 'ping', 'ss', 'conntrack');

t.test('a network carried by its plan', { skip, bail: true }, async (group) => {
  const appliance = await ApplianceSandbox.start(NETWORK);
  group.teardown(() => appliance.close());
  await appliance.listen('vm1', 22, 'EXEC:cat');
  for (const server of [1, 2]) {
    await appliance.listen(`vm${server}`, 8080, `SYSTEM:'echo vm${server}'`);
  }
  await appliance.listen('inet', 7, "SYSTEM:'echo $SOCAT_PEERADDR'");

  const converse = async (
    from: string,
    to: string,
  ): Promise<ReturnType<typeof appliance.start>> => {
    const flow = appliance.start(from, `socat -T60 - TCP:${to}`);
    flow.say('one\n');
    await until(
      () => flow.heard,
      (heard) => heard === 'one\n',
    );
    return flow;
  };
  // A packet of the flow is seen to be dropped, so that its silence is no accident.
  const seesItCut = async (
    t: Test,
    flow: ReturnType<typeof appliance.start>,
    counter: string,
  ): Promise<void> => {
    const before = await appliance.counted(counter);
    flow.say('two\n');
    await until(
      () => appliance.counted(counter),
      (count) => count > before,
    );
    t.equal(flow.heard, 'one\n');
    flow.end();
  };

  await group.test('servers are seen outside by the outgoing address', async (t) => {
    t.equal(await appliance.ask('vm1', '203.0.113.1:7'), '203.0.113.11');
    await appliance.change({ ...NETWORK, outgoingAddress: '203.0.113.12' });
    t.equal(await appliance.ask('vm1', '203.0.113.1:7'), '203.0.113.12');
  });

  await group.test('servers of a network without an outgoing address do not get out', async (t) => {
    await appliance.change({ ...NETWORK, outgoingAddress: null });
    t.equal(
      await appliance.askInVain('strayed', 'vm1', '203.0.113.1:7'),
      '',
      'what is not translated stays',
    );
    await appliance.change(NETWORK);
  });

  await group.test('forwards lead to their servers, ranges too', async (t) => {
    t.equal(await appliance.ask('inet', '203.0.113.11:8080'), 'vm1');
    t.equal(await appliance.ask('inet', '203.0.113.11:9000'), 'vm1', 'shifted');
    t.equal(await appliance.askInVain('dropped', 'inet', '203.0.113.11:7999'), '');
    t.equal(
      await appliance.askInVain('dropped', 'inet', '203.0.113.12:8080'),
      '',
      'of another address',
    );
  });

  await group.test('a server reaches its own network by the public address', async (t) => {
    t.equal(await appliance.ask('vm1', '203.0.113.11:8080'), 'vm1');
    t.equal(await appliance.ask('vm2', '203.0.113.11:8080'), 'vm1');
  });

  await group.test('a balancer takes its servers in turn', async (t) => {
    const answers: string[] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      answers.push(await appliance.ask('inet', '203.0.113.12:80'));
    }
    t.same(answers.toSorted(), ['vm1', 'vm1', 'vm2', 'vm2']);
  });

  await group.test('a server that drains keeps what it has, and gets no more', async (t) => {
    const source = { ...BALANCER, privatePort: 22, backends: BALANCER.backends.slice(0, 1) };
    await appliance.change({ ...NETWORK, balancers: [source] });
    const flow = await converse('inet', '203.0.113.12:80');
    const drained = BALANCER.backends.map((backend) => ({
      ...backend,
      weight: backend.server === uuid(1) ? 0 : 1,
    }));
    await appliance.change({ ...NETWORK, balancers: [{ ...source, backends: drained }] });
    flow.say('two\n');
    await until(
      () => flow.heard,
      (heard) => heard === 'one\ntwo\n',
    );
    flow.end();
    const draining = { ...BALANCER, backends: drained };
    await appliance.change({ ...NETWORK, balancers: [draining] });
    for (let nth = 0; nth < 3; nth += 1) {
      t.equal(await appliance.ask('inet', '203.0.113.12:80'), 'vm2');
    }
    await appliance.change(NETWORK);
  });

  await group.test('an unwell server gets no new connections', async (t) => {
    await appliance.change(NETWORK, new Map([[BALANCER.uuid, new Set([uuid(2)])]]));
    for (let nth = 0; nth < 3; nth += 1) {
      t.equal(await appliance.ask('inet', '203.0.113.12:80'), 'vm1');
    }
    await appliance.change(NETWORK);
  });

  await group.test('a client of a source balancer always gets the same server', async (t) => {
    await appliance.change({ ...NETWORK, balancers: [{ ...BALANCER, algorithm: 'source' }] });
    const answers = new Set<string>();
    for (let nth = 0; nth < 4; nth += 1) {
      answers.add(await appliance.ask('inet', '203.0.113.12:80', '203.0.113.250'));
    }
    t.equal(answers.size, 1);
    t.match([...answers][0], /^vm[12]$/);
    await appliance.change(NETWORK);
  });

  await group.test('the transaction that takes a forward away cuts its open flows', async (t) => {
    const flow = await converse('inet', '203.0.113.11:2222');
    await appliance.change({ ...NETWORK, forwards: [] });
    await seesItCut(t, flow, 'revoked');
    await appliance.change(NETWORK);
  });

  await group.test('a client that never pauses is led to where its port leads now', async (t) => {
    const udp = { ...FORWARD, uuid: uuid(34), protocol: 'udp' } as const;
    const range = {
      ...FORWARD,
      uuid: uuid(35),
      publicStartPort: 8000,
      publicEndPort: 8999,
      privateStartPort: 8000,
    };
    const forwards = [range, udp];
    await appliance.change({ ...NETWORK, forwards });
    const [one, two] = [1, 2].map((server) =>
      appliance.start(`vm${server}`, 'socat -u UDP-RECV:22 -'),
    );
    const send = (): Promise<string> =>
      appliance.run('inet', 'echo hi | socat -u - UDP-SENDTO:203.0.113.11:2222,sourceport=5000');
    const reaches = (server: typeof one): Promise<string | undefined> =>
      until(
        async () => {
          await send();
          return server?.heard;
        },
        (heard) => heard !== '',
      );
    await reaches(one);
    const elsewhere = { ...udp, privateAddress: '192.168.0.12' };
    await appliance.change({ ...NETWORK, forwards: [range, elsewhere] });
    const before = await appliance.counted('revoked');
    await send();
    await until(
      () => appliance.counted('revoked'),
      (count) => count > before,
    );
    t.equal(two?.heard, '', 'it is cut');
    t.ok((await appliance.forgetStaleFlows()) >= 1);
    await reaches(two);
    t.equal(await appliance.ask('inet', '203.0.113.11:8080'), 'vm1', 'through a range');
    t.equal(await appliance.ask('vm2', '203.0.113.1:7'), '203.0.113.11', 'outwards');
    t.equal(await appliance.forgetStaleFlows(), 0, 'flows that are live stay');
    one?.end();
    two?.end();
    await appliance.change(NETWORK);
  });

  await group.test('a flow goes on while all around it changes', async (t) => {
    const flow = await converse('inet', '203.0.113.11:2222');
    const forwards = [FORWARD];
    await appliance.change({ ...NETWORK, forwards, balancers: [], leases: [] });
    await appliance.change(NETWORK);
    flow.say('two\n');
    await until(
      () => flow.heard,
      (heard) => heard === 'one\ntwo\n',
    );
    t.pass();
    flow.end();
  });

  await group.test('a tightened filter refuses others, and cuts their open flows', async (t) => {
    const flow = await converse('inet', '203.0.113.11:2222');
    const rules = [
      rule({ cidr: '203.0.113.250/32', protocol: 'tcp', startPort: 2222, endPort: 2222 }),
    ];
    await appliance.change({ ...NETWORK, rules });
    await seesItCut(t, flow, 'refused_sources');
    const allowed = appliance.start(
      'inet',
      'socat -T60 - TCP:203.0.113.11:2222,bind=203.0.113.250',
    );
    allowed.say('hi\n');
    await until(
      () => allowed.heard,
      (heard) => heard === 'hi\n',
    );
    allowed.end();
    t.equal(await appliance.ask('inet', '203.0.113.11:8080'), 'vm1', 'other ports are open to all');
    t.equal(await appliance.ask('vm2', '203.0.113.1:7'), '203.0.113.11', 'answers come in');
    await appliance.change({
      ...NETWORK,
      rules: [...rules, rule({ uuid: uuid(61), action: 'deny', cidr: '203.0.113.250/32' })],
    });
    t.equal(
      await appliance.askInVain('refused_sources', 'inet', '203.0.113.11:8080', '203.0.113.250'),
      '',
      'denied',
    );
    t.equal(await appliance.ask('inet', '203.0.113.11:8080', '203.0.113.1'), 'vm1');
    await appliance.change(NETWORK);
  });

  await group.test('servers go only where they may', async (t) => {
    await appliance.change({
      ...NETWORK,
      rules: [rule({ direction: 'out', action: 'deny', cidr: '203.0.113.1/32', protocol: 'tcp' })],
    });
    t.equal(await appliance.askInVain('refused_destinations', 'vm1', '203.0.113.1:7'), '');
    t.equal(await appliance.ask('vm1', '203.0.113.250:7'), '203.0.113.11');
    await appliance.change(NETWORK);
  });

  await group.test('nobody sends under an address that is not theirs', async (t) => {
    const spoof = async (from: string, address: string): Promise<void> => {
      await appliance.run(from, `ip address add ${address}/32 dev eth0`);
      const options = `-I ${address} ${from === 'inet' ? '203.0.113.11' : '203.0.113.1'}`;
      const pinged = await appliance.pingInVain('spoofed', from, options);
      t.match(pinged, '100% packet loss', `${from} as ${address}`);
      await appliance.run(from, `ip address del ${address}/32 dev eth0`);
    };
    await spoof('vm1', '10.9.9.9');
    await spoof('vm1', '203.0.113.250');
    await spoof('inet', '192.168.0.99');
    // The address is leased to the other server's card. ARP of it is not answered either, so it has to be known.
    await appliance.run('vm1', 'ip link set dev eth0 down');
    await appliance.run(
      'vm2',
      'ip neigh replace 192.168.0.1 dev eth0 nud permanent lladdr $(ip neigh show 192.168.0.1 | sed "s/.*lladdr \\([^ ]*\\).*/\\1/")',
    );
    await spoof('vm2', '192.168.0.11');
    await appliance.run('vm1', 'ip link set dev eth0 up; ip route replace default via 192.168.0.1');
  });

  await group.test('what came by a router goes back by it', async (t) => {
    const elsewhere = { ...FORWARD, uuid: uuid(33), publicAddress: '198.51.100.9' };
    const forwards = [
      { ...elsewhere, publicStartPort: 80, publicEndPort: 80, privateStartPort: 8080 },
    ];
    await appliance.change({ ...NETWORK, forwards });
    // Only that router knows the client; all else goes to the other one.
    t.equal(await appliance.ask('isp', '198.51.100.9:80', '192.0.2.7'), 'vm1', 'of a server');
    t.match(
      await appliance.run('isp', 'ping -q -c 1 -W 2 -I 192.0.2.7 198.51.100.9'),
      ' 0% packet loss',
      'of the appliance itself',
    );
    t.equal(await appliance.ask('vm1', '198.51.100.9:80'), 'vm1', 'near by, there is no router');
    await appliance.change(NETWORK);
  });

  await group.test('IPv6 is answered inside and outside', async (t) => {
    const ping = (from: string, to: string): Promise<string> =>
      appliance.run(from, `ping -q -c 1 -W 2 ${to} || true`);
    t.match(await ping('vm2', 'fd12:3456:789a::1'), ' 0% packet loss', "the servers' gateway");
    t.match(await ping('inet', '2001:db8::11'), ' 0% packet loss', 'a public address');
  });

  await group.test('only the port of the VPN is open on the appliance itself', async (t) => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const vpn = {
      uuid: uuid(70),
      generation: 1,
      publicAddress: '203.0.113.11',
      listenPort: 51_820,
      privateKey: key,
      ipv4Address: '10.99.0.1/24',
      peers: [],
    };
    const heard = appliance.start(appliance.namespace, 'socat -u UDP-RECV:51820 -');
    const other = appliance.start(appliance.namespace, 'socat -u UDP-RECV:51821 -');
    const send = (port: number): Promise<string> =>
      appliance.run('inet', `echo hi | socat -u - UDP-SENDTO:203.0.113.11:${port}`);
    const before = await appliance.counted('dropped');
    await send(51_820);
    await until(
      () => appliance.counted('dropped'),
      (count) => count > before,
    );
    await appliance.change({ ...NETWORK, vpn });
    await send(51_821);
    await until(
      async () => {
        await send(51_820);
        return heard.heard;
      },
      (text) => text !== '',
    );
    t.equal(other.heard, '');
    heard.end();
    other.end();
    await appliance.change(NETWORK);
  });

  await group.test('what the parts of a network carry is counted', async (t) => {
    const before = await appliance.carried();
    t.match(await appliance.ask('inet', '203.0.113.12:80'), /^vm[12]$/);
    const after = await appliance.carried();
    const grown = (part: string, way: 'in' | 'out' | 'both'): number =>
      (after.get(part)?.[way]?.packets ?? 0) - (before.get(part)?.[way]?.packets ?? 0);
    const address = `address ${uuid(21)}`;
    t.ok(grown(address, 'in') >= 3, 'towards it');
    t.ok(grown(address, 'out') >= 3, 'from it');
    t.ok(grown(`balancer ${BALANCER.uuid}`, 'both') >= 6, 'both ways');
    t.equal(grown(`forward ${FORWARD.uuid}`, 'both'), 0);
  });

  await group.test('no packet is lost while elements change', async (t) => {
    const pinging = appliance.run('vm2', 'ping -q -i 0.002 -c 1000 203.0.113.1');
    let pinged = '';
    void pinging.then((text) => {
      pinged = text;
    });
    let changes = 0;
    while (pinged === '') {
      const forwards = changes % 2 === 0 ? [] : NETWORK.forwards;
      await appliance.change({ ...NETWORK, forwards });
      changes += 1;
    }
    t.match(pinged, ' 0% packet loss');
    t.ok(changes > 5, `${changes} changes`);
  });
});
