import { CERTIFICATE_A, CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { type Conversation, until } from '../support/network-sandbox.js';
import type { ToldNetwork } from './agent-process.js';
import { skipWithoutTags, TaggedRig } from './tagged-rig.js';
import { FACTS, forward, networkOf, TENANTS, type Tenant } from './tenants.js';

t.setTimeout(180_000);

/** How many packets are to come through, of all flows together. */
const PACKETS = 5000;

/** Who pings whom: out of both networks, and into one by its forward's address. */
const FLOWS = [
  ['a1', '203.0.113.1'],
  ['b1', '203.0.113.1'],
  ['b2', '203.0.113.250'],
  ['inet', FACTS.b.publicAddress],
  ['a2', '2001:db8::1'],
  ['inet', FACTS.b.publicIpv6Address],
] as const;

/** A third network, of yet another account, on a tag of its own. */
const NEXT_DOOR: ToldNetwork = {
  network: uuid(3),
  desired: {
    ...networkOf('a').desired,
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 103 },
    publicAddresses: networkOf('a').desired.publicAddresses.map((each) => ({
      ...each,
      address: each.address.includes(':') ? '2001:db8::13' : '203.0.113.13',
    })),
    outgoingAddress: '203.0.113.13',
    outgoingIpv6Address: '2001:db8::13',
    forwards: [],
    balancers: [],
  },
};

const CHANGED = networkOf('a', {
  forwards: [forward(23, 'tcp', FACTS.a.publicAddress, [4000, 4009], 4000)],
  balancers: [],
});

t.test('flows on tagged links', { skip: skipWithoutTags() }, async (group) => {
  const rig = await TaggedRig.start();
  group.teardown(() => rig.close());
  for (const tenant of TENANTS) await rig.agent.follow(networkOf(tenant));
  // Until it has an address of IPv6, and the way.
  for (const [from, to] of FLOWS)
    await until(
      () => rig.run(from, `ping -q -c 1 -W 2 ${to} || true`),
      (pinged) => pinged.includes(' 0% packet loss'),
    );
  const flows = FLOWS.map(([from, to]) => ({
    sentence: `from ${from} to ${to}`,
    // The switch has a few thousand packets a second in it.
    flow: rig.start(from, `ping -i ${to.includes(':') ? '0.05' : '0.002'} ${to}`),
  }));
  for (const { flow } of flows)
    await until(
      () => numbersOf(flow).length,
      (count) => count > 0,
    );
  /** How far each flow had come when a part of the test had ended. */
  const ends: (readonly [part: string, last: ReadonlyMap<Conversation, number>])[] = [];
  group.afterEach((t) => {
    ends.push([t.name, new Map(flows.map(({ flow }) => [flow, lastOf(flow)]))]);
  });
  const isThere = async ({ network }: ToldNetwork): Promise<boolean> =>
    (await rig.machine.run('ls /run/netns')).includes(network);
  const seesAll = async (t: Test, by: string): Promise<void> => {
    for (const tenant of TENANTS) {
      t.equal((await rig.agent.follow(networkOf(tenant))).by, by, `${tenant} by ${by}`);
    }
  };

  await group.test('while nothing is to be done', async (t) => {
    for (let nth = 0; nth < 10; nth += 1) await seesAll(t, 'nothing');
  });

  await group.test('while everything is looked at', async (t) => {
    for (const tenant of [...TENANTS, ...TENANTS]) {
      t.equal((await rig.agent.audit(networkOf(tenant))).outcome, 'audited');
    }
  });

  await group.test('while the agent is upgraded', async (t) => {
    await rig.agent.stop();
    await rig.startAgent();
    await seesAll(t, 'nothing');
  });

  await group.test('while a neighbour changes, there and back', async (t) => {
    for (let nth = 0; nth < 10; nth += 1) {
      t.equal((await rig.agent.follow(CHANGED)).by, 'elements');
      t.equal((await rig.agent.follow(networkOf('a'))).by, 'elements');
    }
  });

  // What a network itself sends in the moment in which its first limit comes may be lost: the kernel takes the device's queue out.
  await group.test(
    'while a network next door gets a rate limit, another one, and none',
    async (t) => {
      for (const rateLimitMbit of [null, 100, 1000, 10, null]) {
        const limited = { ...NEXT_DOOR, desired: { ...NEXT_DOOR.desired, rateLimitMbit } };
        t.equal((await rig.agent.follow(limited)).by, 'whole');
      }
      await rig.agent.dissolve(NEXT_DOOR);
    },
  );

  await group.test(
    'while audits repair what strangers have changed, in it and next door',
    async (t) => {
      for (const tenant of TENANTS) {
        // From its first look on it knows how its rules are printed.
        t.equal((await rig.agent.audit(networkOf(tenant))).outcome, 'audited');
        const namespace = `gd-${FACTS[tenant].network}`;
        await rig.run(
          namespace,
          `nft add chain inet gd stranger
           nft flush set inet gd live_udp
           ip address add 10.0.0.99/24 dev n0`,
        );
        await rig.machine.run(`kill -KILL $(cat /run/gdcloud/${namespace}/names/dnsmasq.pid)`);
      }
      for (const tenant of TENANTS) {
        const { repairs } = await rig.agent.audit(networkOf(tenant));
        t.same(repairs.toSorted(), ['elements', 'links', 'names', 'rules']);
        t.same((await rig.agent.audit(networkOf(tenant))).repairs, []);
      }
    },
  );

  await group.test('while its name service starts anew', async (t) => {
    const { leases } = networkOf('b').desired;
    const fewer = networkOf('b', { leases: leases.slice(1) });
    t.equal((await rig.agent.follow(fewer)).by, 'whole');
    t.equal((await rig.agent.follow(networkOf('b'))).by, 'whole');
  });

  await group.test('while it gets a proxy, another certificate for it, and none', async (t) => {
    const balancers = [
      { certificate: CERTIFICATE_A, privateKey: KEY_A },
      { certificate: CERTIFICATE_B, privateKey: KEY_B },
    ].map((pair) => ({ ...proxiedBalancer('b'), proxy: { scheme: 'https' as const, ...pair } }));
    for (const balancer of balancers) {
      const proxied = networkOf('b', { balancers: [balancer] });
      t.equal((await rig.agent.follow(proxied)).by, 'whole');
    }
    t.equal((await rig.agent.follow(networkOf('b'))).by, 'whole');
  });

  await group.test('while another network comes and goes', async (t) => {
    t.equal((await rig.agent.follow(NEXT_DOOR)).by, 'whole');
    await rig.agent.dissolve(NEXT_DOOR);
    t.notOk(await isThere(NEXT_DOOR));
  });

  await group.test(
    'while the agent is killed as it brings a network, and as it takes it away',
    async (t) => {
      rig.agent.tell({ deed: 'follow', ...NEXT_DOOR });
      await until(
        () => isThere(NEXT_DOOR),
        (there) => there,
      );
      await rig.agent.kill();
      await rig.startAgent();
      t.equal((await rig.agent.follow(NEXT_DOOR)).by, 'whole');
      rig.agent.tell({ deed: 'dissolve', ...NEXT_DOOR });
      await rig.agent.kill();
      await rig.startAgent();
      await rig.agent.dissolve(NEXT_DOOR);
      t.notOk(await isThere(NEXT_DOOR));
      await seesAll(t, 'nothing');
    },
  );

  await group.test('while the agent is killed as it changes a neighbour', async (t) => {
    rig.agent.tell({ deed: 'follow', ...CHANGED });
    await rig.agent.kill();
    await rig.startAgent();
    await rig.agent.follow(networkOf('a'));
    await seesAll(t, 'nothing');
  });

  await until(
    () => flows.reduce((sum, { flow }) => sum + numbersOf(flow).length, 0),
    (sum) => sum >= PACKETS,
  );
  for (const { sentence, flow } of flows) {
    await group.test(`no packet was lost ${sentence}`, async (t) => {
      const numbers = new Set(numbersOf(flow));
      const last = lastOf(flow);
      const lost = Array.from({ length: last }, (_, nth) => nth + 1)
        .filter((nth) => !numbers.has(nth))
        .map((nth) => `${nth} ${ends.find(([, its]) => nth <= (its.get(flow) ?? 0))?.[0]}`);
      t.same(lost, [], `${last} packets`);
    });
  }
});

function lastOf(flow: Conversation): number {
  return Math.max(...numbersOf(flow));
}

// On a port of its own.
function proxiedBalancer(tenant: Tenant): ToldNetwork['desired']['balancers'][number] {
  const [balancer] = networkOf(tenant).desired.balancers;
  if (balancer === undefined) throw new Error('it has one');
  return { ...balancer, publicPort: 443 };
}

/** The numbers of the packets that were answered. */
function numbersOf({ heard }: Conversation): readonly number[] {
  return [...heard.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, number]) => Number(number));
}
