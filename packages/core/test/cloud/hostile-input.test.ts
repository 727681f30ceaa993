import type { ErrorCode, Json, JsonObject } from '@gdcloud/core';
import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { forwardTo, reachable } from '../support/networking.js';

/** A value that no field of a kind may have, and the code it is refused with. */
type Wrong = readonly [value: Json, code: ErrorCode];

const FORMAT = (values: readonly Json[]): readonly Wrong[] =>
  values.map((value) => [value, 'InvalidFormat']);

const PORTS: readonly Wrong[] = [
  [0, 'MinLimitExceeded'],
  [-80, 'MinLimitExceeded'],
  [65_536, 'MaxLimitExceeded'],
  [2 ** 53, 'MaxLimitExceeded'],
  ...FORMAT([80.5, '80', '080', '0x50', '80; reboot', '８０', true, [80], { port: 80 }]),
];

const ADDRESSES = FORMAT([
  '198.51.100.07',
  '198.051.100.7',
  '0198.51.100.7',
  '198.51.100.256',
  '198.51.100.',
  '198.51.100',
  '198.51.25607',
  '0xc6.51.100.7',
  '0306.063.0144.07',
  '3325256711',
  ' 198.51.100.7',
  '198.51.100.7 ',
  '198.51.100.7\n',
  '198.51.100.7/32',
  '198.51.100.7; reboot',
  '１９８.51.100.7',
  '198。51。100。7',
  'localhost',
  '',
  3_325_256_711,
  true,
]);

const RESERVED = FORMAT([
  '0.0.0.0',
  '127.0.0.1',
  '169.254.169.254',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'ff02::1',
]);

const SIX = FORMAT([
  '::ffff:198.51.100.7',
  '::ffff:c633:6407',
  '::198.51.100.7',
  '2001:DB8::7',
  '2001:0db8::7',
  '2001:db8:0:0:0:0:0:7',
  '2001:db8::7%eth0',
  '[2001:db8::7]',
]);

const HOST_ADDRESSES = [...ADDRESSES, ...RESERVED, ...SIX];

const CIDRS = FORMAT([
  '198.51.100.0',
  '198.51.100.1/24',
  '198.51.100.0/024',
  '198.51.100.0/+24',
  '198.51.100.0/33',
  '198.51.100.0/-1',
  '198.51.100.0/24/24',
  '198.51.100.0/255.255.255.0',
  '198.51.100.00/24',
  '0306.51.100.0/24',
  '198.51.100.0/24 }; flush ruleset',
  '2001:DB8::/32',
  '2001:db8::/129',
  '2001:db8::1/64',
  '::ffff:198.51.100.0/120',
  24,
]);

const HOST_CIDRS = [
  ...CIDRS,
  ...FORMAT(['0.0.0.0/0', '127.0.0.0/8', '224.0.0.0/4', '::/0', 'fe80::/64', '']),
];

const PRIVATE_CIDRS = [
  ...CIDRS.filter(([value]) => String(value).length <= 18),
  ...FORMAT(['198.51.100.0/24', '10.0.0.0/7', '10.0.0.0/30', '172.16.0.0/11', '']),
];

const NAMES: readonly Wrong[] = [
  ['a\0b', 'InvalidCharacters'],
  ['a\nb', 'InvalidCharacters'],
  ['a\u007fb', 'InvalidCharacters'],
  ['a\ud800b', 'InvalidCharacters'],
  ['n'.repeat(256), 'MaxLengthExceeded'],
  ...FORMAT([7, true, ['web'], { name: 'web' }]),
];

/** Each of these as the only element of a list. */
const each = (wrong: readonly Wrong[]): readonly Wrong[] =>
  wrong.map(([value, code]) => [[value], code]);

t.test('no field of the resources of networks takes what could mean something else', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const { network, address, machine } = there;
  const balancer = {
    ipaddressId: address.id,
    publicPort: 443,
    privatePort: 8_443,
    virtualmachineIds: [machine.id],
  };
  const gateway = { networkId: network.id, ipaddressId: address.id };
  const rule = { networkId: network.id, action: 'allow', sourceCidr: '198.51.100.0/24' };
  const ports = { ...rule, protocol: 'tcp', startPort: 1 };
  const addresses = { cidr: '198.51.100.0/24', gateway: '198.51.100.1', uplink: 'outside' };
  const vpnId = (await world.create('vpn', gateway)).id;
  await world.reaches('vpn', vpnId, 'active');
  const rows: readonly (readonly [string, JsonObject, string, readonly Wrong[]])[] = [
    ['portforward', forwardTo(there), 'publicStartPort', [...PORTS, [null, 'NotNullable']]],
    ['portforward', forwardTo(there), 'publicEndPort', PORTS],
    ['portforward', forwardTo(there), 'privateStartPort', PORTS],
    [
      'portforward',
      forwardTo(there),
      'protocol',
      [
        ['TCP', 'InvalidOption'],
        ['', 'NotNullable'],
      ],
    ],
    [
      'portforward',
      forwardTo(there),
      'ipaddressId',
      [
        ['0', 'InvalidReference'],
        ['1; 2', 'InvalidReference'],
      ],
    ],
    ['loadbalancer', balancer, 'publicPort', [...PORTS, [null, 'NotNullable']]],
    ['loadbalancer', balancer, 'privatePort', PORTS],
    [
      'loadbalancer',
      balancer,
      'healthCheckPath',
      FORMAT(['x', '/a b', '/\r\nHost: x', '/\u00e9', '']),
    ],
    ['loadbalancer', balancer, 'virtualmachineIds', [[['0'], 'InvalidReference']]],
    ['networkrule', ports, 'startPort', PORTS],
    ['networkrule', ports, 'endPort', PORTS],
    ['networkrule', rule, 'sourceCidr', [...CIDRS, ['', 'InvalidFormat'], [null, 'NotNullable']]],
    ['networkrule', rule, 'direction', [['both', 'InvalidOption']]],
    [
      'ipaddress',
      {},
      'family',
      [
        ['inet', 'InvalidOption'],
        ['IPv6', 'InvalidOption'],
      ],
    ],
    ['networkrule', rule, 'action', [['allow; drop', 'InvalidOption']]],
    ['vpn', gateway, 'listenPort', PORTS],
    ['vpn', gateway, 'clientCidr', PRIVATE_CIDRS],
    [
      'vpnclient',
      { vpnId },
      'address',
      ADDRESSES.filter(([value]) => String(value).length <= 15 && value !== ''),
    ],
    ['vpnclient', { vpnId }, 'allowedCidrs', each(HOST_CIDRS)],
    [
      'vpnclient',
      { vpnId },
      'endpoint',
      FORMAT([
        '198.51.100.7',
        '198.51.100.7:080',
        '198.51.100.7:0',
        '198.51.100.7:65536',
        '198.51.100.07:80',
        '[::ffff:198.51.100.7]:80',
        '2001:db8::7:80',
        '127.0.0.1:80',
        'evil.example:80',
        '198.51.100.7:80\nPostUp = reboot',
      ]),
    ],
    ['network', {}, 'ipv4Cidr', [...PRIVATE_CIDRS, [null, 'NotNullable']]],
    [
      'network',
      { ipv4Cidr: '10.0.0.0/24', ipv6: true },
      'ipv6Cidr',
      FORMAT([
        'fd00::/8',
        'fd00::/63',
        'fd00::/65',
        'fd00::/064',
        'fd00::/64/64',
        'fe80::/64',
        'fe80::%eth0/64',
        'ff02::/64',
        'fc00::/64',
        '::/64',
        '::1/128',
        'fd00::1/64',
        'fd00:0:0:0::/64',
        'FD00::/64',
        '2001:0db8::/64',
        '::ffff:10.0.0.0/120',
        '10.0.0.0/24',
      ]),
    ],
    [
      'network',
      { ipv4Cidr: '10.0.0.0/24' },
      'domain',
      FORMAT(['Internal', '-a', 'a..b', 'a b', 'a\nb', '.', 'é', 'a/b']),
    ],
    [
      'network',
      { ipv4Cidr: '10.0.0.0/24' },
      'rateLimitMbit',
      [
        [0, 'MinLimitExceeded'],
        ['010', 'InvalidFormat'],
      ],
    ],
    ['addresspool', addresses, 'cidr', HOST_CIDRS],
    ['addresspool', addresses, 'gateway', HOST_ADDRESSES],
    ['addresspool', addresses, 'firstAddress', HOST_ADDRESSES],
    ['addresspool', addresses, 'lastAddress', HOST_ADDRESSES],
    ['addresspool', addresses, 'reservedAddresses', each(HOST_ADDRESSES)],
    [
      'addresspool',
      addresses,
      'uplink',
      [
        ['eth0; reboot', 'InvalidCharacters'],
        ['../../etc', 'InvalidCharacters'],
        ['e\nf', 'InvalidCharacters'],
        ['', 'MinLengthExceeded'],
        ['u'.repeat(65), 'MaxLengthExceeded'],
      ],
    ],
    ['ipaddress', {}, 'wantedAddress', HOST_ADDRESSES],
    ['portforward', forwardTo(there), 'name', NAMES],
    ['loadbalancer', balancer, 'name', NAMES],
    ['networkrule', rule, 'name', NAMES],
    ['vpn', gateway, 'name', NAMES],
    ['vpnclient', { vpnId }, 'name', NAMES],
    ['network', { ipv4Cidr: '10.0.0.0/24' }, 'name', NAMES],
    ['addresspool', addresses, 'name', NAMES],
    ['ipaddress', {}, 'name', NAMES],
  ];
  for (const [type, plain, fieldName, wrong] of rows) {
    for (const [value, code] of wrong) {
      const said = JSON.stringify(value);
      await t.rejects(
        world.create(type, { ...plain, [fieldName]: value }),
        { name: 'RequestError', fieldName, code },
        `${type} ${fieldName} ${said.length > 60 ? `${said.slice(0, 60)}…` : said}`,
      );
    }
  }
});

t.test('a change is looked at as what is asked for first', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const forward = await world.create('portforward', forwardTo(there));
  const rule = await world.create('networkrule', {
    networkId: there.network.id,
    action: 'allow',
    sourceCidr: '198.51.100.0/24',
  });
  const rows: readonly (readonly [string, string, string, readonly Wrong[]])[] = [
    ['portforward', forward.id, 'publicStartPort', PORTS],
    ['networkrule', rule.id, 'sourceCidr', CIDRS],
    ['network', there.network.id, 'name', NAMES],
  ];
  for (const [type, id, fieldName, wrong] of rows)
    for (const [value, code] of wrong)
      await t.rejects(world.update(type, id, { [fieldName]: value }), {
        name: 'RequestError',
        fieldName,
        code,
      });
});
