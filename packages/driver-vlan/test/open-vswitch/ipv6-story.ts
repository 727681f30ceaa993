import type { ApplianceDesired } from '@gdcloud/core';
import type { Test } from 'tap';
import { EXCHANGE, granted, solicitation } from '../support/dhcpv6.js';
import { uuid } from '../support/fixtures.js';
import { until } from '../support/network-sandbox.js';
import { OpenFlow } from '../support/open-flow.js';
import type { TenantRig } from './tenant-rig.js';
import { FACTS, OTHER, SERVERS, type Tenant } from './tenants.js';

/**
 * Tells what a tenant has over IPv6, whose range is the other's too: that its servers get their addresses, get out, are
 * reached, and may be reached no more. `change`: brings its network to another document; `restore`: to the one of before.
 */
export async function tellOfIpv6(
  group: Test,
  rig: TenantRig,
  tenant: Tenant,
  change: (tenant: Tenant, change: Partial<ApplianceDesired>) => Promise<string | undefined>,
  restore: () => Promise<unknown>,
): Promise<void> {
  const { publicIpv6Address, network } = FACTS[tenant];
  const other = OTHER[tenant];
  const [first, second] = [`${tenant}1`, `${tenant}2`];
  const own = SERVERS.filter((server) => server.tenant === tenant);

  await group.test(`${tenant}'s servers make the addresses that they are known by`, async (t) => {
    for (const { name, ipv6Address } of own) {
      await until(
        () => rig.run(name, 'ip -6 address show dev eth0 scope global -tentative'),
        (shown) => shown.includes(`${ipv6Address}/64`),
      );
      t.match(await rig.run(name, 'ip -6 route show default'), /via fe80::\S+ dev eth0 proto ra/);
    }
  });

  await group.test(`${tenant}'s servers get the same ones where they ask for them`, async (t) => {
    for (const { name, macAddress, ipv6Address } of own) {
      const answer = await until(
        () => rig.run(name, EXCHANGE, solicitation(macAddress)),
        (heard) => granted(heard).address !== '',
      );
      t.same(granted(answer), { address: ipv6Address, nameServer: 'fd12:3456:789a::1' });
    }
    const known = await rig.run(
      first,
      `busybox nslookup -type=AAAA server-2.${tenant}.example 10.0.0.1`,
    );
    t.match(known, own[1]?.ipv6Address);
  });

  await group.test(`${tenant} is seen outside over IPv6 by its own address`, async (t) => {
    t.equal(await rig.answer(first, '[2001:db8::1]:7'), publicIpv6Address);
    t.equal(await rig.answer(second, '[2001:db8::1]:7'), publicIpv6Address);
  });

  for (const [sentence, from] of [
    ['from outside', 'inet'],
    ['from itself', first],
    ['from a neighbour', second],
    ['from the other tenant, as by anyone outside', `${other}1`],
  ] as const) {
    await group.test(`${tenant}'s forward of IPv6 is reached ${sentence}`, async (t) => {
      t.equal(await rig.answer(from, `[${publicIpv6Address}]:9004`), first);
    });
  }

  await group.test(`${tenant}'s balancer over IPv6 takes its servers in turn`, async (t) => {
    t.same(await rig.fourAnswers('inet', `[${publicIpv6Address}]:80`), [
      first,
      first,
      second,
      second,
    ]);
  });

  await group.test(`a source of IPv6 that ${tenant} filters is refused, and cut off`, async (t) => {
    const flow = await OpenFlow.open(rig.placeOf(network), 'inet', `[${publicIpv6Address}]:2222`);
    const only = {
      uuid: uuid(50),
      generation: 1,
      direction: 'in',
      action: 'allow',
      publicAddress: publicIpv6Address,
      protocol: 'tcp',
      cidr: '2001:db8::250/128',
      startPort: 2222,
      endPort: 2222,
    } as const;
    t.equal(await change(tenant, { rules: [only] }), 'elements');
    t.equal(await flow.isCut('refused_sources'), '');
    const to = `[${publicIpv6Address}]:2222,bind=[2001:db8::250]`;
    const allowed = await OpenFlow.open(rig.placeOf(network), 'inet', to);
    await allowed.carries();
    allowed.end();
    await restore();
  });
}
