import t from 'tap';
import { readyNetwork, startCloud } from '../support/cloud.js';
import { documentOf, reachable } from '../support/networking.js';

t.test('a rule is carried by the appliance of its network, and goes with it', async (t) => {
  const world = await startCloud(t);
  const { network, address } = await reachable(world);
  const rule = { networkId: network.id, action: 'allow', sourceCidr: '198.51.100.0/24' };
  const one = await world.create('networkrule', {
    ...rule,
    ipaddressId: address.id,
    protocol: 'tcp',
    startPort: 22,
  });
  const two = await world.create('networkrule', {
    ...rule,
    action: 'deny',
    direction: 'out',
    sourceCidr: '2001:db8::/32',
  });
  for (const { id } of [one, two]) await world.reaches('networkrule', id, 'active');
  t.match(documentOf(world, network).rules, [
    {
      uuid: one.uuid,
      direction: 'in',
      action: 'allow',
      publicAddress: address.status['address'],
      protocol: 'tcp',
      cidr: '198.51.100.0/24',
      startPort: 22,
      endPort: 22,
    },
    {
      uuid: two.uuid,
      direction: 'out',
      action: 'deny',
      publicAddress: null,
      protocol: 'any',
      cidr: '2001:db8::/32',
      startPort: null,
      endPort: null,
    },
  ]);
  await world.remove('networkrule', one.id);
  await world.reaches('networkrule', one.id, 'removed');
  t.match(documentOf(world, network).rules, [{ uuid: two.uuid }]);
  await t.rejects(world.remove('network', network.id), { code: 'InUse' });
});

t.test('what a rule says has to fit', async (t) => {
  const world = await startCloud(t);
  const { network, address } = await reachable(world);
  const other = await readyNetwork(world);
  const rows: readonly (readonly [string, object])[] = [
    ['sourceCidr', { sourceCidr: '198.51.100.7' }],
    ['sourceCidr', { sourceCidr: '198.51.100.7/24' }],
    ['sourceCidr', { sourceCidr: '198.51.100.07/32' }],
    ['sourceCidr', { sourceCidr: '198.51.100.0/33' }],
    ['sourceCidr', { sourceCidr: '198.51.100.0/024' }],
    ['sourceCidr', { sourceCidr: '::ffff:198.51.100.0/120' }],
    ['sourceCidr', { sourceCidr: '0.0.0.0/0 } ; flush ruleset' }],
    ['protocol', { startPort: 22 }],
    ['startPort', { protocol: 'tcp', endPort: 22 }],
    ['endPort', { protocol: 'tcp', startPort: 22, endPort: 21 }],
    ['startPort', { protocol: 'udp', startPort: 0 }],
    ['endPort', { protocol: 'udp', startPort: 1, endPort: 65_536 }],
    ['ipaddressId', { direction: 'out', ipaddressId: address.id }],
    ['ipaddressId', { networkId: other.id, ipaddressId: address.id }],
    ['action', { action: 'drop' }],
  ];
  const plain = { networkId: network.id, action: 'deny', sourceCidr: '0.0.0.0/0' };
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('networkrule', { ...plain, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  await world.create('networkrule', plain);
});
