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
];
