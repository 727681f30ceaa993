import type { SourceRule } from '@gdcloud/core';
import type { Test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { until } from '../support/network-sandbox.js';
import { OpenFlow } from '../support/open-flow.js';
import type { ToldNetwork } from './agent-process.js';
import { tellOfIpv6 } from './ipv6-story.js';
import type { TenantRig } from './tenant-rig.js';
import {
  BALANCER,
  FACTS,
  IPV6_BALANCER,
  networkOf,
  OTHER,
  TENANTS,
  type Tenant,
} from './tenants.js';
import { startTunnelClient } from './tunnel-client.js';

/** Long enough for one more try of the kernel's, on a machine that is busy. */
const PATIENTLY = ',connect-timeout=2.8';

/** Prints a lease instead of taking the address. */
const LEASE_SCRIPT = `#!/bin/sh
[ "$1" = bound ] && echo "$ip/$mask by $router, names from $dns in $domain"
exit 0
`;

function only(cidr: string): SourceRule {
  return {
    uuid: uuid(50),
    generation: 1,
    direction: 'in',
    action: 'allow',
    publicAddress: null,
    protocol: 'tcp',
    cidr,
    startPort: 2222,
    endPort: 2222,
  };
}

/** The documents of two tenants, and what was there before them. */
export interface TenantStory {
  readonly told: Readonly<Record<Tenant, ToldNetwork>>;
  readonly before: string;
}

/**
 * Tells, test by test, that two tenants have everything that networks can have, and nothing of each other. Both are carried
 * at the end.
 */
export async function tellOfTenants(group: Test, rig: TenantRig): Promise<TenantStory> {
  const clients = {
    a: await startTunnelClient(rig, 'a', '203.0.113.98/24'),
    b: await startTunnelClient(rig, 'b', '203.0.113.99/24'),
  };
  await rig.machine.run('cat >/run/lease.sh; chmod +x /run/lease.sh', { input: LEASE_SCRIPT });
  await rig.listen('inet', 'tcp', 7, "SYSTEM:'echo $SOCAT_PEERADDR'");
  for (const name of ['a1', 'a2', 'b1', 'b2']) {
    await rig.listen(name, 'tcp', 22, 'EXEC:cat');
    await rig.listen(name, 'tcp', 8080, `SYSTEM:'echo ${name}'`);
  }
  for (const name of ['a1', 'b1']) {
    await rig.listen(name, 'tcp', 7004, `SYSTEM:'echo ${name}'`);
    await rig.listen(name, 'udp', 53, `SYSTEM:'read -r question; echo ${name}'`);
  }
  const before = await rig.remains();
  const told = {
    a: networkOf('a', { vpn: clients.a.vpn }),
    b: networkOf('b', { vpn: clients.b.vpn }),
  };

  for (const tenant of TENANTS) {
    await rig.agent.follow(told[tenant]);
  }

  for (const tenant of TENANTS) {
    const other = OTHER[tenant];
    const { publicAddress, publicIpv6Address, network } = FACTS[tenant];
    const [first, second] = [`${tenant}1`, `${tenant}2`];
    const change = async (...parts: Parameters<typeof networkOf>): Promise<string | undefined> => {
      const { network: its, desired } = networkOf(...parts);
      const vpn = clients[tenant].vpn;
      return (await rig.agent.follow({ network: its, desired: { ...desired, vpn } }))?.by;
    };

    await group.test(`${tenant} is seen outside by its own address`, async (t) => {
      t.equal(await rig.answer(first, '203.0.113.1:7'), publicAddress);
      t.equal(await rig.answer(second, '203.0.113.1:7'), publicAddress);
    });

    for (const [sentence, from, port] of [
      ['from outside', 'inet', 9004],
      ['from itself', first, 9004],
      ['from a neighbour', second, 9004],
      ['from the other tenant, as by anyone outside', `${other}1`, 9004],
    ] as const) {
      await group.test(`${tenant}'s forward is reached ${sentence}`, async (t) => {
        t.equal(await rig.answer(from, `${publicAddress}:${port}`), first);
      });
    }

    await tellOfIpv6(group, rig, tenant, change, () => rig.agent.follow(told[tenant]));

    await group.test(`${tenant}'s forward of UDP leads to its server`, async (t) => {
      t.equal(await rig.answerDatagram('inet', `${publicAddress}:5353`), first);
    });

    await group.test(`${tenant}'s ports that are not forwarded lead nowhere`, async (t) => {
      t.equal(await rig.ask('inet', `${publicAddress}:9010`), '');
    });

    await group.test(`${tenant}'s balancer takes its servers in turn`, async (t) => {
      t.same(await rig.fourAnswers('inet', `${publicAddress}:80`), [first, first, second, second]);
    });

    await group.test(`${tenant}'s balancer passes over a server that died`, async (t) => {
      await rig.run(second, 'ip link set dev eth0 down');
      const followed = await rig.agent.follow({
        ...told[tenant],
        unwell: [BALANCER, IPV6_BALANCER].map((balancer) => [balancer, [uuid(2)]]),
      });
      t.equal(followed?.by, 'elements');
      for (let nth = 0; nth < 3; nth += 1) {
        // Asked once: a second time, another server might answer.
        t.equal(await rig.ask('inet', `${publicAddress}:80`, PATIENTLY), first);
        t.equal(await rig.ask('inet', `[${publicIpv6Address}]:80`, PATIENTLY), first);
      }
      await rig.run(second, 'ip link set dev eth0 up; ip route add default via 10.0.0.1');
      await rig.agent.follow(told[tenant]);
    });

    await group.test(`${tenant}'s server that drains gets nothing new`, async (t) => {
      const balancers = told[tenant].desired.balancers.map((balancer) => ({
        ...balancer,
        backends: balancer.backends.map((backend) => ({
          ...backend,
          weight: backend.server === uuid(1) ? 0 : 1,
        })),
      }));
      t.equal(await change(tenant, { balancers }), 'elements');
      for (let nth = 0; nth < 3; nth += 1) {
        t.equal(await rig.answer('inet', `${publicAddress}:80`), second);
      }
      await rig.agent.follow(told[tenant]);
    });

    await group.test(`${tenant}'s servers get their addresses and names`, async (t) => {
      const ask = 'busybox udhcpc -i eth0 -f -n -q -t 5 -T 2 -s /run/lease.sh 2>/dev/null';
      t.equal(
        (await rig.run(second, ask)).trim(),
        `10.0.0.12/24 by 10.0.0.1, names from 10.0.0.1 in ${tenant}.example`,
      );
      const known = await rig.run(first, `busybox nslookup server-2.${tenant}.example 10.0.0.1`);
      t.match(known, /Name:\s+server-2\.\w\.example\s+Address: 10\.0\.0\.12/);
      t.equal((await rig.run(first, 'ping -c 1 -W 5 10.0.0.12')).includes(' 0% packet loss'), true);
    });

    await group.test(`${tenant} does not know the other's names`, async (t) => {
      const asked = `busybox nslookup server-2.${other}.example 10.0.0.1 || true`;
      t.notMatch(await rig.run(first, asked), '10.0.0.12');
    });

    await group.test(`${tenant}'s VPN leads to its servers`, async (t) => {
      t.equal(await rig.answer(clients[tenant].name, '10.0.0.11:8080'), first);
      t.equal(await rig.answer(clients[tenant].name, '10.0.0.12:8080'), second);
    });

    await group.test(`a source that ${tenant} filters is refused, and cut off`, async (t) => {
      const flow = await OpenFlow.open(rig.placeOf(network), 'inet', `${publicAddress}:2222`);
      t.equal(await change(tenant, { rules: [only('203.0.113.250/32')] }), 'elements');
      t.equal(await flow.isCut('refused_sources'), '');
      const allowed = await OpenFlow.open(
        rig.placeOf(network),
        'inet',
        `${publicAddress}:2222,bind=203.0.113.250`,
      );
      const denied = { ...only('203.0.113.250/32'), uuid: uuid(51), action: 'deny' as const };
      t.equal(await change(tenant, { rules: [only('203.0.113.0/24'), denied] }), 'elements');
      t.equal(await allowed.isCut('refused_sources'), '');
      await rig.agent.follow(told[tenant]);
    });

    await group.test(`a forward that ${tenant} removes is cut by that transaction`, async (t) => {
      const place = rig.placeOf(network);
      const cut = await OpenFlow.open(place, 'inet', `${publicAddress}:2222`);
      const cutOverIpv6 = await OpenFlow.open(place, 'inet', `[${publicIpv6Address}]:2222`);
      const forwards = told[tenant].desired.forwards.filter(
        ({ publicStartPort }) => publicStartPort !== 2222,
      );
      t.equal(await change(tenant, { forwards }), 'elements');
      t.equal(await cut.isCut('revoked'), '');
      t.equal(await cutOverIpv6.isCut('revoked'), '');
      t.equal(await rig.answer('inet', `${publicAddress}:9004`), first, 'others stay');
      t.equal(await rig.answer('inet', `[${publicIpv6Address}]:9004`), first);
      await rig.agent.follow(told[tenant]);
    });
  }

  return { told, before };
}

/** Tells of the end of what {@link tellOfTenants} has told of. */
export async function tellOfTheirEnd(
  group: Test,
  rig: TenantRig,
  { told, before }: TenantStory,
): Promise<void> {
  await group.test('nothing is left of networks that are dissolved', async (t) => {
    for (const tenant of TENANTS) await rig.agent.dissolve(told[tenant]);
    const looks = await until(
      () => rig.remains(),
      (remains) => remains === before,
    );
    t.equal(looks, before);
  });
}
