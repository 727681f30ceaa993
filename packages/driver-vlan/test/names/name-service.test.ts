import type { ApplianceDesired, ServerLease } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { EXCHANGE, granted, solicitation } from '../support/dhcpv6.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

t.setTimeout(180_000);

const RANGE = 'fd12:3456:789a::/64';
const CARD = '02:00:00:00:00:01';

function lease(change: Partial<ServerLease> = {}): ServerLease {
  return {
    uuid: uuid(50),
    generation: 1,
    macAddress: CARD,
    ipv4Address: '192.168.0.11',
    ipv6Address: 'fd12:3456:789a::ff:fe00:1',
    hostname: 'one',
    ...change,
  };
}

const OTHER = lease({
  uuid: uuid(51),
  macAddress: '02:00:00:00:00:02',
  ipv4Address: '192.168.0.12',
  ipv6Address: 'fd12:3456:789a::ff:fe00:2',
  hostname: 'two',
});

function served(revision: number, ...leases: readonly ServerLease[]): ApplianceDesired {
  return { ...CARRIED, revision, ipv6Cidr: RANGE, leases };
}

const skip = skipWithoutSandbox('socat', 'busybox', 'dnsmasq');

t.test('servers of a network with IPv6', { skip, bail: true }, async (group) => {
  const network = await CarriedNetwork.start(served(3, OTHER), new ManualClock());
  group.teardown(() => network.close());
  await network.addServer(1);
  await network.ip(`link set dev eth0 address ${CARD}`, 'vm1');

  const ask = (): Promise<string> => network.answer('vm1', EXCHANGE, solicitation(CARD));
  const gets = (address: string): Promise<string> =>
    until(ask, (answer) => granted(answer).address === address);
  const names = (name: string): Promise<string> =>
    network.answer('vm1', `busybox nslookup -type=AAAA ${name}.net.example 192.168.0.1 || true`);
  const process = (): Promise<string> =>
    network.answer('vm1', `cat /run/gdcloud/${network.namespace}/names/dnsmasq.pid`);

  await group.test('who has no lease makes an address of its own', async (t) => {
    await until(
      () => network.answer('vm1', 'ip -6 address show dev eth0 scope global -tentative'),
      (shown) => shown.includes('fd12:3456:789a::ff:fe00:1/64'),
    );
    t.equal(granted(await ask()).address, '', 'and is given none');
  });

  await group.test('a network without a way out is no way out', async (t) => {
    t.equal(await network.answer('vm1', 'ip -6 route show default'), '');
  });

  await group.test('a lease that comes is given at once', async (t) => {
    const before = await process();
    await network.change(served(4, lease(), OTHER));
    await gets('fd12:3456:789a::ff:fe00:1');
    t.match(await names('one'), 'fd12:3456:789a::ff:fe00:1');
    t.equal(await process(), before, 'nothing was started anew');
  });

  await group.test('a lease that changes is given as it is now', async (t) => {
    const changed = lease({ ipv6Address: 'fd12:3456:789a::77', hostname: 'uno' });
    await network.change(served(5, changed, OTHER));
    await gets('fd12:3456:789a::77');
    t.match(await names('uno'), 'fd12:3456:789a::77');
    t.notMatch(await names('one'), 'fd12:3456:789a::ff:fe00:1');
  });

  await group.test('an address that somebody had can be another’s at once', async (t) => {
    const theirs = lease({ macAddress: '02:00:00:00:00:03', ipv6Address: 'fd12:3456:789a::77' });
    await network.change(served(6, theirs, OTHER));
    await until(ask, (answer) => answer !== '' && granted(answer).address === '');
    const answer = await network.answer('vm1', EXCHANGE, solicitation('02:00:00:00:00:03'));
    t.notOk(answer.includes('fd12'), 'from its own card only');
    await network.change(served(7, lease({ ipv6Address: 'fd12:3456:789a::78' }), OTHER));
    await gets('fd12:3456:789a::78');
  });

  await group.test('a lease that goes is given no more', async (t) => {
    await network.change(served(8, OTHER));
    await until(ask, (answer) => answer !== '' && granted(answer).address === '');
    t.notMatch(await names('one'), 'fd12:');
  });
});
