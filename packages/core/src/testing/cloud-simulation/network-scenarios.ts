import type { Body, Command, Scenario } from './scenario.js';

const LONG = 120_000;

const create = (name: string, type: string, body: Body): Command => ({
  do: 'create',
  name,
  type,
  body,
});
const wait = (name: string): Command => ({ do: 'wait', name, atMostMs: LONG });
const expect = (name: string): Command => ({ do: 'expect', name });
const remove = (name: string): Command => ({ do: 'remove', name });
const network = (name: string): Command => create(name, 'network', { ipv4Cidr: '10.0.0.0/28' });
const server = (name: string, networkName: string): Command =>
  create(name, 'virtualmachine', {
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: { ref: networkName },
  });
const pool = create('pool', 'addresspool', {
  cidr: '203.0.113.0/29',
  gateway: '203.0.113.1',
  uplink: 'outside',
});
const address = (name: string, networkName: string): Command =>
  create(name, 'ipaddress', { networkId: { ref: networkName } });
const forward = (name: string, addressName: string, serverName: string, port: number): Command =>
  create(name, 'portforward', {
    ipaddressId: { ref: addressName },
    virtualmachineId: { ref: serverName },
    publicStartPort: port,
  });
const unassign = (name: string): Command => ({
  do: 'act',
  name,
  action: 'unassign',
  fields: { networkId: null },
});
const assign = (name: string, networkName: string): Command => ({
  do: 'act',
  name,
  action: 'assign',
  input: { networkId: { ref: networkName } },
  fields: { networkId: null },
});

/** The stories of what networks have on the outside. */
export const NETWORK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a way in',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      { tenant: 'administrator', commands: [pool] },
      {
        tenant: 'alice',
        commands: [
          expect('pool'),
          network('net'),
          address('ip', 'net'),
          server('vm', 'net'),
          forward('web', 'ip', 'vm', 80),
          create('rule', 'networkrule', {
            networkId: { ref: 'net' },
            ipaddressId: { ref: 'ip' },
            action: 'allow',
            sourceCidr: '198.51.100.0/24',
          }),
          wait('web'),
          wait('rule'),
          { do: 'update', name: 'web', body: { publicStartPort: 81, publicEndPort: 81 } },
          wait('web'),
          remove('web'),
          forward('web again', 'ip', 'vm', 81),
          remove('rule'),
          remove('web again'),
          wait('web again'),
          wait('rule'),
          remove('vm'),
          unassign('ip'),
          remove('ip'),
        ],
      },
    ],
  },
  {
    name: 'an address that moves on',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'administrator',
        commands: [
          pool,
          create('another pool', 'addresspool', {
            cidr: '198.51.100.0/29',
            gateway: '198.51.100.1',
            uplink: 'outside',
          }),
          create('chosen', 'ipaddress', {
            addresspoolId: { ref: 'another pool' },
            wantedAddress: '198.51.100.6',
          }),
        ],
      },
      {
        tenant: 'alice',
        commands: [
          expect('pool'),
          network('one'),
          network('two'),
          create('ip', 'ipaddress', {
            addresspoolId: { ref: 'pool' },
            networkId: { ref: 'one' },
          }),
          wait('ip'),
          unassign('ip'),
          assign('ip', 'two'),
          wait('ip'),
          unassign('ip'),
          assign('ip', 'one'),
          { do: 'pause', ms: 30 },
          unassign('ip'),
          assign('ip', 'two'),
          wait('ip'),
          remove('two'),
        ],
      },
    ],
  },
  {
    name: 'what leads to many, and who has a key',
    hosts: 1,
    hostMemoryMb: 8_192,
    seldom: 'yes',
    scripts: [
      { tenant: 'administrator', commands: [pool] },
      {
        tenant: 'alice',
        commands: [
          expect('pool'),
          network('net'),
          address('ip', 'net'),
          create('gate', 'vpn', { networkId: { ref: 'net' }, ipaddressId: { ref: 'ip' } }),
          server('vm', 'net'),
          wait('gate'),
          create('laptop', 'vpnclient', { vpnId: { ref: 'gate' } }),
          wait('vm'),
          create('web', 'loadbalancer', {
            ipaddressId: { ref: 'ip' },
            publicPort: 80,
            privatePort: 8_080,
            virtualmachineIds: [{ ref: 'vm' }],
          }),
          wait('web'),
          { do: 'update', name: 'net', body: { outgoingAddressId: { ref: 'ip' } } },
          wait('laptop'),
          remove('laptop'),
          remove('web'),
          wait('laptop'),
          remove('gate'),
        ],
      },
    ],
  },
  {
    name: 'a network that routers outside know',
    hosts: 1,
    hostMemoryMb: 8_192,
    seldom: 'yes',
    scripts: [
      {
        tenant: 'administrator',
        commands: [
          create('six', 'addresspool', {
            cidr: '2001:db8:7::/64',
            gateway: '2001:db8:7::1',
            uplink: 'outside',
            firstAddress: '2001:db8:7::2',
            lastAddress: '2001:db8:7::2',
          }),
          create('net', 'network', {
            ipv4Cidr: '10.0.0.0/28',
            ipv6: true,
            ipv6Cidr: '2001:db8:77::/64',
          }),
          create('ip', 'ipaddress', {
            family: 'ipv6',
            addresspoolId: { ref: 'six' },
            networkId: { ref: 'net' },
          }),
          wait('ip'),
          server('vm', 'net'),
          // There is none left: of what it will be, its pool tells.
          create('late', 'ipaddress', {
            addresspoolId: { ref: 'six' },
            networkId: { ref: 'net' },
          }),
          { do: 'update', name: 'net', body: { outgoingIpv6AddressId: { ref: 'late' } } },
          forward('from the late one', 'late', 'vm', 80),
          create('spread from it', 'loadbalancer', {
            ipaddressId: { ref: 'late' },
            publicPort: 81,
            privatePort: 80,
            virtualmachineIds: [{ ref: 'vm' }],
          }),
          create('of the late one', 'networkrule', {
            networkId: { ref: 'net' },
            ipaddressId: { ref: 'late' },
            action: 'allow',
            sourceCidr: '2001:db8:5::/48',
          }),
          create('open', 'networkrule', {
            networkId: { ref: 'net' },
            virtualmachineId: { ref: 'vm' },
            action: 'allow',
            protocol: 'tcp',
            startPort: 443,
            sourceCidr: '::/0',
          }),
          forward('web', 'ip', 'vm', 80),
          wait('open'),
          wait('web'),
          { do: 'update', name: 'net', body: { outgoingIpv6AddressId: { ref: 'ip' } } },
          remove('from the late one'),
          remove('spread from it'),
          remove('of the late one'),
          remove('open'),
          remove('web'),
          wait('from the late one'),
          wait('spread from it'),
          wait('of the late one'),
          unassign('late'),
          remove('late'),
          wait('late'),
        ],
      },
    ],
  },
];
