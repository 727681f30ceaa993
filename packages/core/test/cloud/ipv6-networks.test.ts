import type { JsonObject, Resource } from '@gdcloud/core';
import t from 'tap';
import { serverIpv6Address } from '../../dist/cloud/network/ipv6-range.js';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { documentOf, forwardTo, pool, type Reachable, reachable } from '../support/networking.js';

const LOCAL = 'fd12:3456:789a::/64';
const ROUTED = '2001:db8:77::/64';

/** A network of both versions with a server in it, and an address of each outside. */
interface OfBoth extends Reachable {
  readonly six: Resource;
}

async function ofBoth(world: TestCloud, ipv6Cidr: string = LOCAL): Promise<OfBoth> {
  await pool(world);
  await pool(world, { cidr: '2001:db8:7::/64', gateway: '2001:db8:7::1' });
  const body = { ipv4Cidr: '10.0.0.0/24', ipv6: true, ipv6Cidr };
  const { id } = await world.create('network', body);
  const network = await world.reaches('network', id, 'active');
  const address = await world.create('ipaddress', { networkId: id });
  const six = await world.create('ipaddress', { networkId: id, family: 'ipv6' });
  const machine = await world.create('virtualmachine', server(network, { name: 'web' }));
  return {
    network,
    address: await world.reaches('ipaddress', address.id, 'active'),
    six: await world.reaches('ipaddress', six.id, 'active'),
    machine: await world.reaches('virtualmachine', machine.id, 'running'),
  };
}

t.test('a server has the IPv6 address that its card makes', async (t) => {
  const world = await startCloud(t);
  const { network, machine, six, address } = await ofBoth(world);
  const { macAddress, privateIpv6Address } = machine.status;
  t.equal(privateIpv6Address, serverIpv6Address(LOCAL, String(macAddress)));
  t.match(documentOf(world, network), {
    ipv6Cidr: LOCAL,
    outgoingAddress: address.status['address'],
    outgoingIpv6Address: six.status['address'],
    leases: [{ macAddress, ipv6Address: privateIpv6Address }],
  });
  t.match((await world.get('network', network.id)).status, {
    gatewayIpv6Address: 'fd12:3456:789a::1',
    outgoingIpv6Address: six.status['address'],
  });
});

t.test('a network without IPv6 has the document that it always had', async (t) => {
  const world = await startCloud(t);
  const { network, machine } = await reachable(world);
  const document = documentOf(world, network);
  t.notOk('outgoingIpv6Address' in document);
  t.notOk(document.leases.some((lease) => 'ipv6Address' in lease));
  t.equal(machine.status['privateIpv6Address'] ?? null, null);
});

t.test('what leads from an IPv6 address leads to the servers’ IPv6 addresses', async (t) => {
  const world = await startCloud(t);
  const there = await ofBoth(world);
  const { network, machine, six } = there;
  const forward = await world.create('portforward', forwardTo({ ...there, address: six }));
  const balancer = await world.create('loadbalancer', {
    ipaddressId: six.id,
    publicPort: 443,
    privatePort: 8_443,
    virtualmachineIds: [machine.id],
  });
  // The same ports of the other version are others.
  const other = await world.create('portforward', forwardTo(there));
  await world.reaches('portforward', forward.id, 'active');
  await world.reaches('portforward', other.id, 'active');
  await world.reaches('loadbalancer', balancer.id, 'active');
  const { privateIpv4Address, privateIpv6Address } = machine.status;
  const { forwards, balancers } = documentOf(world, network);
  t.match(forwards, [
    { publicAddress: six.status['address'], privateAddress: privateIpv6Address },
    { publicAddress: there.address.status['address'], privateAddress: privateIpv4Address },
  ]);
  t.match(balancers, [{ backends: [{ privateAddress: privateIpv6Address }] }]);
});

t.test('servers are seen by the IPv6 address that is chosen, else by the first', async (t) => {
  const world = await startCloud(t);
  const { network, six, address } = await ofBoth(world);
  const asked = await world.create('ipaddress', { networkId: network.id, family: 'ipv6' });
  const second = await world.reaches('ipaddress', asked.id, 'active');
  t.equal(documentOf(world, network).outgoingIpv6Address, six.status['address']);
  await world.update('network', network.id, { outgoingIpv6AddressId: second.id });
  await world.reaches('network', network.id, 'active');
  t.equal(documentOf(world, network).outgoingIpv6Address, second.status['address']);
  for (const [fieldName, id] of [
    ['outgoingIpv6AddressId', address.id],
    ['outgoingAddressId', six.id],
  ] as const)
    await t.rejects(
      world.update('network', network.id, { [fieldName]: id }),
      { fieldName, name: 'RequestError' },
      fieldName,
    );
});

t.test('addresses and networks of different versions do not go together', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const { network, machine } = there;
  await pool(world, { cidr: '2001:db8:7::/64', gateway: '2001:db8:7::1' });
  // Nobody has given it an address yet: what it will be of is known.
  const six = await world.create('ipaddress', { networkId: network.id, family: 'ipv6' });
  await t.rejects(world.create('portforward', forwardTo({ ...there, address: six })), {
    fieldName: 'ipaddressId',
    name: 'RequestError',
  });
  const balancer = {
    ipaddressId: six.id,
    publicPort: 443,
    privatePort: 8_443,
    virtualmachineIds: [machine.id],
  };
  await t.rejects(world.create('loadbalancer', balancer), {
    fieldName: 'ipaddressId',
    name: 'RequestError',
  });
  const rule = { networkId: network.id, action: 'allow' };
  for (const [fieldName, wrong] of [
    ['sourceCidr', { ipaddressId: six.id, sourceCidr: '198.51.100.0/24' }],
    ['sourceCidr', { ipaddressId: there.address.id, sourceCidr: '2001:db8::/32' }],
    ['sourceCidr', { sourceCidr: 'fe80::/64' }],
    ['sourceCidr', { sourceCidr: 'ff02::/16' }],
    ['sourceCidr', { sourceCidr: '::1/128' }],
    ['sourceCidr', { sourceCidr: '::/128' }],
    ['sourceCidr', { sourceCidr: '::/8' }],
    ['virtualmachineId', { virtualmachineId: machine.id, sourceCidr: '::/0' }],
  ] as const)
    await t.rejects(
      world.create('networkrule', { ...rule, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  const kept = await world.create('networkrule', {
    ...rule,
    ipaddressId: six.id,
    sourceCidr: '2001:db8::/32',
  });
  await t.rejects(world.update('networkrule', kept.id, { sourceCidr: '0.0.0.0/0' }), {
    fieldName: 'sourceCidr',
    name: 'RequestError',
  });
  for (const sourceCidr of ['::/0', '2001:db8:5::/48'])
    t.ok(await world.create('networkrule', { ...rule, sourceCidr }));
});

t.test('a network that routers outside know is an operator’s to give, once', async (t) => {
  const world = await startCloud(t);
  const user = await world.account('alice');
  const body: JsonObject = { ipv4Cidr: '10.0.0.0/24', ipv6: true, ipv6Cidr: ROUTED };
  const refused = { fieldName: 'ipv6Cidr', name: 'RequestError' };
  await t.rejects(world.create('network', body, user), refused);
  await pool(world, { cidr: '2001:db8:7::/64', gateway: '2001:db8:7::1' });
  await t.rejects(world.create('network', { ...body, ipv6Cidr: '2001:db8:7::/64' }), refused);
  t.ok(await world.create('network', body));
  await t.rejects(world.create('network', body), refused);
  await t.rejects(pool(world, { cidr: '2001:db8:77::/48', gateway: '2001:db8:77::1' }));
  await t.rejects(pool(world, { cidr: '2001:db8:77::/64', gateway: '2001:db8:77::1' }), {
    fieldName: 'cidr',
    name: 'RequestError',
  });
  for (const caller of [user, world.admin]) {
    const local = { ...body, ipv6Cidr: LOCAL };
    t.ok(await world.create('network', local, caller), 'others may have the same local one');
  }
});

t.test('a rule says who may come to a server that routers outside know', async (t) => {
  const world = await startCloud(t);
  const { network, machine, six } = await ofBoth(world, ROUTED);
  t.match(machine.status['privateIpv6Address'], /^2001:db8:77:/);
  t.equal(
    (await world.get('network', network.id)).status['outgoingIpv6Address'],
    six.status['address'],
    'what it is to be routed to',
  );
  const rule = { networkId: network.id, action: 'allow', protocol: 'tcp', startPort: 443 };
  const own = { ...rule, virtualmachineId: machine.id, sourceCidr: '::/0' };
  const { id } = await world.create('networkrule', own);
  await world.reaches('networkrule', id, 'active');
  t.match(documentOf(world, network).rules, [
    { publicAddress: machine.status['privateIpv6Address'], cidr: '::/0', startPort: 443 },
  ]);
  const elsewhere = await world.create('virtualmachine', server(await readyNetwork(world)));
  for (const [fieldName, wrong] of [
    ['virtualmachineId', { ipaddressId: six.id }],
    ['virtualmachineId', { direction: 'out' }],
    ['virtualmachineId', { virtualmachineId: elsewhere.id }],
    ['sourceCidr', { sourceCidr: '198.51.100.0/24' }],
  ] as const)
    await t.rejects(
      world.create('networkrule', { ...own, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  await t.rejects(world.remove('virtualmachine', machine.id), { code: 'InUse' });
  await world.remove('networkrule', id);
  await world.reaches('networkrule', id, 'removed');
  t.same(documentOf(world, network).rules, []);
});
