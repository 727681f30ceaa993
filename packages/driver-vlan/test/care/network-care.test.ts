import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, keyOf, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { withoutTurn } from '../support/without-turn.js';

const FORWARDED: ApplianceDesired = {
  ...CARRIED,
  rateLimitMbit: 800,
  forwards: [1, 2].map((nth) => ({
    uuid: uuid(40 + nth),
    generation: 1,
    protocol: 'tcp',
    publicAddress: '203.0.113.11',
    publicStartPort: 2220 + nth,
    publicEndPort: 2220 + nth,
    privateAddress: '192.168.0.11',
    privateStartPort: 8080,
  })),
  leases: [
    {
      uuid: uuid(50),
      generation: 1,
      macAddress: '02:00:00:00:00:07',
      ipv4Address: '192.168.0.7',
      hostname: 'web',
    },
  ],
};

t.test('a network that strangers change', { skip: skipWithoutSandbox('conntrack') }, async (t) => {
  const clock = new ManualClock();
  const network = await CarriedNetwork.start(FORWARDED, clock);
  t.teardown(() => network.close());
  const nft = (...words: readonly string[]) => network.inside(network.namespace, 'nft', ...words);
  const tc = (...words: readonly string[]) => network.inside(network.namespace, 'tc', ...words);
  const looks = async (): Promise<string> =>
    [
      withoutTurn(await nft('-s', 'list', 'ruleset')),
      await network.ip('address show', network.namespace),
      // What is on a bridge, and up.
      [
        ...(await network.ip('link show')).matchAll(/[vx][0-9a-f]{12}@.*(?:master \w+|,UP)/g),
      ].join(),
      (await tc('qdisc', 'show')).replaceAll(/tbf \w+:/g, 'tbf'),
    ].join('\n');
  /** Time goes by until an audit has looked at everything once more. */
  const audited = async (): Promise<void> => {
    const before = network.audits;
    await until(
      () => {
        // Slowly: by the same clock an audit may take no longer than a minute.
        clock.advance(200);
        return network.audits;
      },
      // One of them may have begun before.
      (count) => count >= before + 2,
    );
  };

  await t.test(
    'nothing is repaired where nothing is changed, by a new agent neither',
    async (t) => {
      const before = await looks();
      await audited();
      network.restart();
      await network.observed(FORWARDED);
      await audited();
      t.same(network.repairs, []);
      t.equal(await looks(), before);
    },
  );

  const changes: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['elements', 'takes elements away', () => nft('flush', 'map', 'inet', 'gd', 'forwards')],
    [
      'elements',
      'lets others in',
      () => nft('add element inet gd live_tcp { 203.0.113.11 . 99 . 192.168.0.12 . 99 }'),
    ],
    ['rules', 'opens the firewall', () => nft('insert rule inet gd c_forward accept')],
    ['rules', 'takes rules away', () => nft('flush', 'chain', 'inet', 'gd', 'c_arrival')],
    [
      'rules',
      'adds a chain',
      () => nft('add chain inet gd mine { type filter hook forward priority -9; }'),
    ],
    ['rules', 'changes a policy', () => nft('add chain inet gd c_forward { policy accept; }')],
    [
      'links',
      'adds an address',
      () => network.ip('address add 192.168.0.99/24 dev n0', network.namespace),
    ],
    ['rateLimits', 'takes the limit away', () => tc('qdisc', 'delete', 'dev', 'n0', 'root')],
    [
      'rateLimits',
      'sets another limit',
      () => tc(...'qdisc replace dev n0 root tbf rate 1mbit burst 1600 limit 3000'.split(' ')),
    ],
    ['rateLimits', 'looks at what arrives', () => tc('qdisc', 'add', 'dev', 'n0', 'clsact')],
    [
      'links',
      'takes a link off its bridge',
      async () => {
        const [, port = ''] = /\b(x[0-9a-f]{12})@/.exec(await network.ip('link show')) ?? [];
        await network.ip(`link set dev ${port} nomaster`);
      },
    ],
    [
      'links',
      'takes the other end of a link down',
      async () => {
        const [, port = ''] = /\b(v[0-9a-f]{12})@/.exec(await network.ip('link show')) ?? [];
        await network.ip(`link set dev ${port} down`);
      },
    ],
    [
      'settings',
      'stops forwarding',
      () => network.inside(network.namespace, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=0'),
    ],
  ];
  for (const [part, deed, change] of changes) {
    await t.test(`is repaired after somebody ${deed}`, async (t) => {
      const before = await looks();
      // Before: an audit that is under way may find it already.
      network.repairs.length = 0;
      await change();
      await audited();
      t.same(network.repairs, [part]);
      t.equal(await looks(), before);
    });
  }

  await t.test('who watches hears of a repair, and finds out what it was', async (t) => {
    const stop = new AbortController();
    const heard: string[] = [];
    const { driver } = network;
    const watching = driver.watch?.((which) => void heard.push(which), { signal: stop.signal });
    const { actual: before } = await network.observed(FORWARDED);
    await nft('flush', 'map', 'inet', 'gd', 'forwards');
    await audited();
    t.same(heard, [uuid(1)]);
    const { actual } = await network.observed(FORWARDED);
    t.same(actual.repairs?.at(-1)?.parts, ['elements']);
    t.ok(Number(actual.repairs?.at(-1)?.at) > Number(before.repairs?.at(-1)?.at));
    stop.abort();
    await watching;
    await nft('flush', 'map', 'inet', 'gd', 'forwards');
    await audited();
    t.equal(heard.length, 1, 'nobody is told who does not listen any more');
  });

  await t.test('what is right goes on counting through a repair', async (t) => {
    await network.addServer(1);
    await network.listen('vm1', 8080, 'SYSTEM:echo vm1');
    t.equal(await network.ask('203.0.113.11:2221'), 'vm1');
    const counted = () => nft('list', 'set', 'inet', 'gd', 'live_tcp');
    const before = await counted();
    t.match(before, /counter packets [1-9]/);
    await nft('flush', 'set', 'inet', 'gd', 'addresses');
    await audited();
    t.equal(await counted(), before);
  });

  await t.test('what died agents have left behind is removed', async (t) => {
    await network.ip('link add name b0123456789ab type bridge');
    await network.ip('link add name v0123456789ab type veth peer name t0123456789ab');
    const folder = `/run/gdcloud/gd-${uuid(9)}`;
    await network.runner.files.write(`${folder}/names/leases`, '');
    await audited();
    t.notMatch(await network.ip('link show'), '0123456789ab');
    t.same(await network.runner.files.list(folder), []);
    t.match(await looks(), 'n0', 'and nothing else');
  });

  await t.test(
    'a namespace without a record is listed, and removed when the kernel says so',
    async (t) => {
      await network.ip(`netns add gd-${uuid(9)}`);
      await network.runner.files.write(`/run/netns/gd-${uuid(8)}`, '');
      const listed = async () => {
        const { objects } = await network.driver.appliances.list(undefined, call());
        return objects.map(({ uuid: its }) => its);
      };
      t.same(await listed(), [uuid(1), uuid(8), uuid(9)]);
      for (const number of [8, 9]) await network.driver.appliances.delete(keyOf(number), call());
      t.same(await listed(), [uuid(1)]);
    },
  );
});
