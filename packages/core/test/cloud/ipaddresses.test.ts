import t from 'tap';
import { readyNetwork, startCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { documentOf, POOL, pool } from '../support/networking.js';

t.test('an address is given out of a pool, and its network answers for it', async (t) => {
  const world = await startCloud(t);
  const { id: addresspoolId } = await pool(world);
  const network = await readyNetwork(world);
  const asked = await world.create('ipaddress', { addresspoolId, networkId: network.id });
  const { status, uuid } = await world.reaches('ipaddress', asked.id, 'active');
  t.match(status, {
    address: /^203\.0\.113\.(?:[2-9]|1[0-4])$/,
    prefixLength: 28,
    gatewayAddress: '203.0.113.1',
    uplink: 'outside',
    poolId: addresspoolId,
    heldById: network.id,
  });
  t.match(documentOf(world, network), {
    publicAddresses: [
      {
        uuid,
        address: status['address'],
        prefixLength: 28,
        gateway: '203.0.113.1',
        uplink: 'outside',
      },
    ],
    outgoingAddress: status['address'],
  });
  t.equal((await world.get('network', network.id)).status['outgoingAddress'], status['address']);
});

t.test('servers are seen by the address that is chosen, else by the first', async (t) => {
  const world = await startCloud(t);
  await pool(world);
  const network = await readyNetwork(world);
  const addresses: string[] = [];
  for (const wantedAddress of ['203.0.113.9', '203.0.113.5']) {
    const { id } = await world.create('ipaddress', { wantedAddress, networkId: network.id });
    addresses.push((await world.reaches('ipaddress', id, 'active')).id);
  }
  t.equal(documentOf(world, network).outgoingAddress, '203.0.113.9');
  await world.update('network', network.id, { outgoingAddressId: addresses[1] ?? '' });
  await world.reaches('network', network.id, 'active');
  t.equal(documentOf(world, network).outgoingAddress, '203.0.113.5');
});

t.test('an address moves on only once no appliance answers for it', async (t) => {
  const world = await startCloud(t);
  await pool(world);
  const [one, two] = [
    await readyNetwork(world),
    await readyNetwork(world, { ipv4Cidr: '10.0.0.0/24' }),
  ];
  const { id } = await world.create('ipaddress', { networkId: one.id });
  await world.reaches('ipaddress', id, 'active');
  world.outside.appliances.down = down('no route');
  await world.act('ipaddress', id, 'unassign');
  await world.actWith('ipaddress', id, 'assign', { networkId: two.id });
  await world.pass(60_000);
  t.match((await world.get('ipaddress', id)).status, { heldById: one.id });
  t.match(await world.state('ipaddress', id), { state: 'unassigning' });
  world.outside.appliances.down = undefined;
  await world.reaches('ipaddress', id, 'active');
  t.same(documentOf(world, one).publicAddresses, []);
  t.equal(documentOf(world, two).publicAddresses.length, 1);
});

t.test('an address that was given up is nobody’s for a while', async (t) => {
  const world = await startCloud(t);
  await pool(world, { firstAddress: '203.0.113.4', lastAddress: '203.0.113.4' });
  const network = await readyNetwork(world);
  const first = await world.create('ipaddress', { networkId: network.id });
  await world.reaches('ipaddress', first.id, 'active');
  const second = await world.create('ipaddress', {});
  await world.quiet();
  t.match(await world.state('ipaddress', second.id), {
    transitioningMessage: 'no pool has an address to give',
  });
  await world.remove('ipaddress', first.id);
  await world.pass(50_000);
  t.match(await world.state('ipaddress', first.id), { state: 'removing' });
  t.same(documentOf(world, network).publicAddresses, []);
  await world.reaches('ipaddress', first.id, 'removed');
  const { status } = await world.reaches('ipaddress', second.id, 'active');
  t.equal(status['address'], '203.0.113.4');
});

t.test('a network that goes leaves its addresses to their account', async (t) => {
  const world = await startCloud(t);
  await pool(world);
  const network = await readyNetwork(world);
  const { id } = await world.create('ipaddress', { networkId: network.id });
  await world.reaches('ipaddress', id, 'active');
  await world.remove('network', network.id);
  await world.reaches('network', network.id, 'removed');
  const { spec, status } = await world.reaches('ipaddress', id, 'active');
  t.match({ spec, status }, { spec: { networkId: null }, status: { heldById: null } });
});

t.test('IPv6 pools give addresses of their lowest part', async (t) => {
  const world = await startCloud(t);
  await pool(world, { cidr: '2001:db8:7::/64', gateway: '2001:db8:7::1' });
  const network = await readyNetwork(world);
  const { id } = await world.create('ipaddress', { family: 'ipv6', networkId: network.id });
  const { status } = await world.reaches('ipaddress', id, 'active');
  t.match(status['address'], /^2001:db8:7::/);
  t.equal(documentOf(world, network).outgoingAddress, null, 'servers have IPv4 addresses');
});

t.test('an address is of IPv4 unless its pool, or who asks, says otherwise', async (t) => {
  const world = await startCloud(t);
  const six = await pool(world, { cidr: '2001:db8:7::/64', gateway: '2001:db8:7::1' });
  const four = await pool(world);
  for (const [asked, address] of [
    [{}, /^203\.0\.113\./],
    [{ family: 'ipv6' }, /^2001:db8:7::/],
    [{ addresspoolId: six.id }, /^2001:db8:7::/],
    [{ wantedAddress: '2001:db8:7::9' }, /^2001:db8:7::9$/],
    [{ addresspoolId: four.id, family: 'ipv4' }, /^203\.0\.113\./],
  ] as const) {
    const { id } = await world.create('ipaddress', asked);
    t.match((await world.reaches('ipaddress', id, 'active')).status['address'], address);
  }
  for (const wrong of [
    { family: 'ipv4', addresspoolId: six.id },
    { family: 'ipv6', addresspoolId: four.id },
    { family: 'ipv4', wantedAddress: '2001:db8:7::10' },
  ])
    await t.rejects(
      world.create('ipaddress', wrong),
      { fieldName: 'family', name: 'RequestError' },
      JSON.stringify(wrong),
    );
});

t.test('what an operator says of a pool has to fit', async (t) => {
  const world = await startCloud(t);
  await pool(world);
  const rows: readonly (readonly [string, object])[] = [
    ['cidr', { cidr: '203.0.113.0/24', gateway: '203.0.113.1' }],
    ['cidr', { cidr: '203.0.113.8/30', gateway: '203.0.113.9' }],
    ['cidr', { cidr: '198.51.100.1/24' }],
    ['cidr', { cidr: '0.1.2.0/24' }],
    ['cidr', { cidr: '127.0.0.0/24' }],
    ['cidr', { cidr: '169.254.7.0/24' }],
    ['cidr', { cidr: '224.0.0.0/24' }],
    ['cidr', { cidr: '240.0.0.0/24' }],
    ['cidr', { cidr: '0.0.0.0/0' }],
    ['cidr', { cidr: '::ffff:198.51.100.0/120' }],
    ['cidr', { cidr: '198.051.100.0/24' }],
    ['cidr', { cidr: '2001:DB8::/64' }],
    ['cidr', { cidr: 'fe80::/64' }],
    ['cidr', { cidr: '198.51.100.0/24; reboot' }],
    ['gateway', { gateway: '198.51.101.1' }],
    ['gateway', { gateway: '255.255.255.255' }],
    ['gateway', { gateway: '198.51.100.0' }],
    ['gateway', { gateway: '198.51.100.255' }],
    ['firstAddress', { firstAddress: '198.51.100.0' }],
    ['lastAddress', { lastAddress: '198.51.100.255' }],
    ['gateway', { gateway: '198.51.100.01' }],
    ['gateway', { gateway: '::ffff:198.51.100.1' }],
    ['uplink', { uplink: 'eth0; reboot' }],
    ['firstAddress', { firstAddress: '198.51.101.7' }],
    ['lastAddress', { firstAddress: '198.51.100.9', lastAddress: '198.51.100.8' }],
    ['reservedAddresses', { reservedAddresses: ['203.0.113.7'] }],
    ['reservedAddresses', { reservedAddresses: ['198.51.100.256'] }],
  ];
  const plain = { ...POOL, cidr: '198.51.100.0/24', gateway: '198.51.100.1' };
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('addresspool', { ...plain, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  await world.create('addresspool', plain);
});

t.test('users take what they get, and of their own networks', async (t) => {
  const world = await startCloud(t);
  const { id: addresspoolId } = await pool(world, { reservedAddresses: ['203.0.113.7'] });
  const user = await world.account('user');
  const foreign = await readyNetwork(world);
  const refused = (body: object, fieldName: string, caller = user) =>
    t.rejects(world.create('ipaddress', { ...body }, caller), { fieldName, name: 'RequestError' });
  await refused({ wantedAddress: '203.0.113.5' }, 'wantedAddress');
  await refused({ networkId: foreign.id }, 'networkId');
  await refused({ wantedAddress: '203.0.113.7', addresspoolId }, 'wantedAddress', world.admin);
  await refused({ wantedAddress: '203.0.113.1', addresspoolId }, 'wantedAddress', world.admin);
  const { id } = await world.create('ipaddress', {}, user);
  await world.quiet();
  await t.rejects(world.actWith('ipaddress', id, 'assign', { networkId: foreign.id }), {
    fieldName: 'networkId',
    name: 'RequestError',
  });
});
