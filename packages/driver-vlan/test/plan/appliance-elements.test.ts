import type { ApplianceDesired } from '@gdcloud/core';
import {
  type ApplianceDocument,
  DEFAULT_PHYSICAL_NETWORKS,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import { test } from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';

const element = (nth: number) => ({ uuid: uuid(nth), generation: 1 });
const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');

const ADDRESS = {
  ...element(1),
  address: '203.0.113.11',
  prefixLength: 24,
  gateway: '203.0.113.1',
  uplink: 'ext',
};
const FORWARD = {
  ...element(2),
  protocol: 'tcp',
  publicAddress: '203.0.113.11',
  publicStartPort: 80,
  publicEndPort: 89,
  privateAddress: '192.168.0.9',
  privateStartPort: 8080,
} as const;
const BACKEND = { server: uuid(9), privateAddress: '192.168.0.9', weight: 1 };
const CHECK = {
  kind: 'http',
  path: '/health?x=1',
  intervalMs: 1000,
  timeoutMs: 500,
  rise: 2,
  fall: 3,
} as const;
const BALANCER = {
  ...element(3),
  protocol: 'tcp',
  publicAddress: '203.0.113.11',
  publicPort: 443,
  privatePort: 8443,
  algorithm: 'source',
  check: CHECK,
  backends: [BACKEND],
} as const;
const RULE = {
  ...element(4),
  direction: 'in',
  action: 'allow',
  publicAddress: null,
  protocol: 'any',
  cidr: '198.51.100.0/24',
  startPort: null,
  endPort: null,
} as const;
const LEASE = {
  ...element(5),
  macAddress: '02:00:00:00:00:01',
  ipv4Address: '192.168.0.9',
  ipv6Address: 'fd12:3456:789a::ff:fe00:1',
  hostname: 'web-1',
};
const IPV6_ADDRESS = {
  ...element(30),
  address: '2001:db8::11',
  prefixLength: 64,
  gateway: '2001:db8::1',
  uplink: 'ext',
};
const IPV6_FORWARD = {
  ...FORWARD,
  ...element(31),
  publicAddress: '2001:db8::11',
  privateAddress: 'fd12:3456:789a::ff:fe00:1',
};
const IPV6_RULE = {
  ...RULE,
  ...element(32),
  publicAddress: '2001:db8::11',
  cidr: '2001:db8:5::/48',
};
const PEER = {
  ...element(7),
  publicKey: OTHER_KEY,
  presharedKey: KEY,
  allowedCidrs: ['10.99.0.2/32', '172.16.0.0/16'],
  endpoint: '198.51.100.7:51820',
};
const VPN = {
  ...element(6),
  publicAddress: '203.0.113.11',
  listenPort: 51_820,
  privateKey: KEY,
  ipv4Address: '10.99.0.1/24',
  peers: [PEER],
};
const WHOLE: ApplianceDesired = {
  ...DESIRED,
  ipv6Cidr: 'fd12:3456:789a::/64',
  rateLimitMbit: 100,
  publicAddresses: [ADDRESS, IPV6_ADDRESS],
  outgoingAddress: '203.0.113.11',
  outgoingIpv6Address: '2001:db8::11',
  forwards: [FORWARD, IPV6_FORWARD],
  balancers: [BALANCER],
  rules: [RULE, IPV6_RULE],
  leases: [LEASE],
  vpn: VPN,
};

function parse(desired: ApplianceDesired, before?: ApplianceDocument): ApplianceDocument {
  return parseAppliance(uuid(1), desired, DEFAULT_PHYSICAL_NETWORKS, before);
}

/** Bad values of one field of an element; the message names both. */
type Row<Field> = readonly [field: Field, code: string, ...values: readonly unknown[]];

test('a document with everything is taken over, field by field', async (t) => {
  const { forwards, balancers, rules, leases, vpn, publicAddresses, ...others } = parse(WHOLE);
  t.same(publicAddresses, [
    { ...ADDRESS, family: 'ipv4' },
    { ...IPV6_ADDRESS, family: 'ipv6' },
  ]);
  t.equal(others.outgoing, publicAddresses[0]);
  t.equal(others.outgoingIpv6, publicAddresses[1]);
  t.same(forwards, [FORWARD, IPV6_FORWARD]);
  t.same(balancers, [BALANCER]);
  t.match(rules, [RULE, IPV6_RULE]);
  t.same(leases, [LEASE]);
  t.same(vpn, VPN);
  t.match(others.ipv6, {
    cidr: 'fd12:3456:789a::/64',
    scope: 'local',
    gateway: 'fd12:3456:789a::1',
  });
  t.match(parse({ ...WHOLE, ipv6Cidr: '2001:db8:7::/64', forwards: [], leases: [] }).ipv6, {
    scope: 'routed',
  });
});

test('a field that is bad is named, with its element, and not repeated', async (t) => {
  const hostile = ['$(reboot)', 'a\nb', '} ; flush ruleset', '\u0000', '', 'ä'];
  const refuse = <Sent extends object>(
    list: string,
    sent: Sent & { readonly uuid: string },
    rows: readonly Row<keyof Sent & string>[],
    put: (changed: Sent) => Partial<ApplianceDesired>,
  ): void => {
    for (const [field, code, ...values] of rows) {
      const texts = typeof sent[field] === 'string' ? hostile : [];
      for (const value of [...values, ...texts]) {
        const named = `${list}.${field} = ${JSON.stringify(value)}`;
        try {
          parse({ ...WHOLE, ...put({ ...sent, [field]: value }) });
          t.fail(`${named} was taken`);
        } catch (thrown) {
          const expected = values.includes(value) ? { code } : {};
          t.match(thrown, { outcome: 'invalid', ...expected }, named);
          const message = String(thrown);
          t.match(message, `${list} ${sent.uuid}: ${field}`, named);
          if (typeof value === 'string' && value.length > 6) {
            t.notMatch(message, value, `${named} is not shown`);
          }
        }
      }
    }
  };
  refuse(
    'publicAddresses',
    ADDRESS,
    [
      ['address', 'InvalidIpv4Address', '203.0.113.011', '203.0.113', '3405803787', '256.0.0.1'],
      ['address', 'InvalidIpv6Address', '::ffff:203.0.113.11', '2001:DB8::1', '2001:db8:0::1'],
      ['address', 'AddressInside', '192.168.0.77'],
      ['gateway', 'InvalidIpv4Address', '203.0.113.1/24', '2001:db8::1'],
      ['gateway', 'AddressInside', '192.168.0.1'],
      ['prefixLength', 'InvalidPrefix', 0, 33, 24.5, Number.NaN],
      ['uplink', 'InvalidPhysicalNetwork', 'Ext', '-x', 'a'.repeat(16), 'a b'],
      ['generation', 'InvalidGeneration', -1, 0.5],
    ],
    (changed) => ({
      publicAddresses: [changed],
      outgoingAddress: null,
      outgoingIpv6Address: null,
    }),
  );
  refuse(
    'publicAddresses',
    IPV6_ADDRESS,
    [
      [
        'address',
        'InvalidIpv6Address',
        '2001:DB8::11',
        '2001:db8::0011',
        '2001:db8:0:0::11',
        '2001:db8::11/64',
        '::ffff:203.0.113.11',
        '::ffff:cb00:710b',
        'fe80::1%eth0',
        'fe80::1',
        'ff02::1',
        '::1',
        '::',
        '2001:db8:::11',
        '[2001:db8::11]',
      ],
      ['address', 'AddressInside', 'fd12:3456:789a::77'],
      ['gateway', 'InvalidIpv6Address', 'fe80::1%ext', '203.0.113.1'],
      ['prefixLength', 'InvalidPrefix', 0, 129, 64.5],
    ],
    (changed) => ({
      publicAddresses: [changed],
      outgoingAddress: null,
      outgoingIpv6Address: null,
    }),
  );
  refuse(
    'forwards',
    IPV6_FORWARD,
    [
      ['publicAddress', 'UnknownAddress', '2001:db8::12'],
      ['publicAddress', 'InvalidIpv6Address', '2001:db8::011', 'fe80::1%ext'],
      [
        'privateAddress',
        'AddressOutside',
        'fd12:3456:789a::',
        'fd12:3456:789a::1',
        'fd12:3456:789b::9',
        'fe80::9',
        'ff02::9',
        '::1',
      ],
      ['privateAddress', 'InvalidIpv6Address', '192.168.0.9', '::ffff:192.168.0.9'],
    ],
    (changed) => ({ forwards: [changed] }),
  );
  refuse(
    'rules',
    IPV6_RULE,
    [
      [
        'cidr',
        'InvalidIpv6Cidr',
        '2001:db8:5::1/48',
        '2001:db8:5::/129',
        '2001:db8:5::',
        '2001:db8:5::/048',
      ],
      ['cidr', 'InvalidIpv6Address', '2001:DB8::/32', '::ffff:10.0.0.0/104', 'fe80::%1/64'],
      ['cidr', 'WrongFamily', '198.51.100.0/24'],
    ],
    (changed) => ({ rules: [changed] }),
  );
  refuse(
    'leases',
    LEASE,
    [
      ['ipv6Address', 'AddressOutside', 'fd12:3456:789a::1', 'fd12:3456:789b::9'],
      ['ipv6Address', 'InvalidIpv6Address', '192.168.0.9', 'fd12:3456:789a::0009'],
    ],
    (changed) => ({ leases: [changed] }),
  );
  refuse(
    'forwards',
    FORWARD,
    [
      ['protocol', 'InvalidProtocol', 'icmp', 'TCP', 6],
      ['publicAddress', 'UnknownAddress', '203.0.113.12'],
      ['publicStartPort', 'InvalidPort', 0, 65_536, -1, 80.5, '80', Number.NaN],
      ['publicEndPort', 'InvalidPort', 65_536],
      ['publicEndPort', 'InvalidPortRange', 79],
      ['privateStartPort', 'InvalidPort', 0, 65_536],
      ['privateStartPort', 'InvalidPortRange', 65_530],
      [
        'privateAddress',
        'AddressOutside',
        '192.168.1.9',
        '192.168.0.0',
        '192.168.0.255',
        '192.168.0.1',
      ],
      ['privateAddress', 'InvalidIpv4Address', '::ffff:192.168.0.9', '192.168.0.09'],
    ],
    (changed) => ({ forwards: [changed] }),
  );
  refuse(
    'balancers',
    BALANCER,
    [
      ['publicPort', 'InvalidPort', 0, 65_536],
      ['privatePort', 'InvalidPort', 0, 65_536],
      ['algorithm', 'InvalidAlgorithm', 'random'],
      ['backends', 'TooManyBackends', Array.from({ length: 65 }, () => BACKEND)],
    ],
    (changed) => ({ balancers: [changed] }),
  );
  refuse(
    'rules',
    RULE,
    [
      ['direction', 'InvalidRule', 'both'],
      ['action', 'InvalidRule', 'reject'],
      ['protocol', 'InvalidProtocol', 'gre'],
      ['publicAddress', 'UnknownAddress', '203.0.113.12'],
      [
        'cidr',
        'InvalidIpv4Cidr',
        '198.51.100.1/24',
        '198.51.100.0',
        '198.51.100.0/33',
        '0.0.0.0/00',
      ],
      ['cidr', 'InvalidIpv4Address', '198.51.100/24'],
      ['endPort', 'InvalidPortRange', 80],
    ],
    (changed) => ({ rules: [changed] }),
  );
  refuse(
    'leases',
    LEASE,
    [
      [
        'macAddress',
        'InvalidMacAddress',
        '02-00-00-00-00-01',
        '03:00:00:00:00:01',
        '00:00:00:00:00:00',
        '02:00:00:00:00:0A',
      ],
      ['ipv4Address', 'AddressOutside', '192.168.0.1', '10.0.0.1'],
      ['hostname', 'InvalidHostname', 'Web', '-a', 'a-', 'a.b', 'a'.repeat(64), 'a_b'],
    ],
    (changed) => ({ leases: [changed] }),
  );
  refuse(
    'vpn',
    VPN,
    [
      ['publicAddress', 'UnknownAddress', '203.0.113.12'],
      ['listenPort', 'InvalidPort', 0, 65_536],
      ['privateKey', 'InvalidKey', `${KEY} `, KEY.slice(1), `${KEY.slice(0, 42)}d=`],
      [
        'ipv4Address',
        'InvalidIpv4Cidr',
        '10.99.0.1',
        '10.99.0.0/24',
        '10.99.0.1/7',
        '10.99.0.1/024',
      ],
      ['ipv4Address', 'RangesOverlap', '192.168.0.77/24', '192.168.1.1/16'],
    ],
    (changed) => ({ vpn: changed }),
  );
});

test('what is bad deeper inside is named too', async (t) => {
  const refused = (change: Partial<ApplianceDesired>, code: string, field: string): void => {
    t.throws(() => parse({ ...WHOLE, ...change }), { code, message: new RegExp(field) }, field);
  };
  for (const [change, code, field] of [
    [{ weight: 101 }, 'InvalidNumber', 'backends.weight'],
    [{ weight: -1 }, 'InvalidNumber', 'backends.weight'],
    [{ privateAddress: '10.0.0.9' }, 'AddressOutside', 'backends.privateAddress'],
  ] as const) {
    refused({ balancers: [{ ...BALANCER, backends: [{ ...BACKEND, ...change }] }] }, code, field);
  }
  for (const [change, code, field] of [
    [{ intervalMs: 10 }, 'InvalidNumber', 'check.intervalMs'],
    [{ timeoutMs: 1001 }, 'InvalidNumber', 'check.timeoutMs'],
    [{ rise: 0 }, 'InvalidNumber', 'check.rise'],
    [{ fall: 1.5 }, 'InvalidNumber', 'check.fall'],
    [{ path: '/a b' }, 'InvalidCheck', 'check.path'],
    [{ path: '/a\r\nHost: x' }, 'InvalidCheck', 'check.path'],
    [{ path: null }, 'InvalidCheck', 'check.path'],
    [{ kind: 'tcp' as const }, 'InvalidCheck', 'check.path'],
  ] as const) {
    refused({ balancers: [{ ...BALANCER, check: { ...CHECK, ...change } }] }, code, field);
  }
  for (const [change, code, field] of [
    [{ publicKey: 'x' }, 'InvalidKey', 'publicKey'],
    [{ presharedKey: 'x' }, 'InvalidKey', 'presharedKey'],
    [{ allowedCidrs: ['192.168.0.0/25'] }, 'RangesOverlap', 'allowedCidrs'],
    [{ allowedCidrs: ['0.0.0.0/0'] }, 'RangesOverlap', 'allowedCidrs'],
    [{ endpoint: 'vpn.example:51820' }, 'InvalidIpv4Address', 'endpoint'],
    [{ endpoint: '198.51.100.7:0' }, 'InvalidEndpoint', 'endpoint'],
    [{ endpoint: '198.51.100.7:65536' }, 'InvalidPort', 'endpoint'],
    [{ endpoint: '2001:db8::1:51820' }, 'InvalidEndpoint', 'endpoint'],
  ] as const) {
    refused({ vpn: { ...VPN, peers: [{ ...PEER, ...change }] } }, code, field);
  }
  const second = { ...PEER, ...element(8), allowedCidrs: ['172.16.5.0/24'] };
  refused({ vpn: { ...VPN, peers: [PEER, second] } }, 'DuplicateKey', 'peers.publicKey');
  const third = { ...second, publicKey: KEY };
  refused({ vpn: { ...VPN, peers: [PEER, third] } }, 'RangesOverlap', `peers ${uuid(8)}`);
  refused({ outgoingAddress: '203.0.113.12' }, 'UnknownAddress', 'outgoingAddress');
  for (const rate of [0, 0.5, 1_000_001]) {
    refused({ rateLimitMbit: rate }, 'InvalidRate', 'rateLimitMbit');
  }
  refused({ outgoingIpv6Address: '2001:db8::12' }, 'UnknownAddress', 'outgoingIpv6Address');
  refused({ outgoingIpv6Address: '203.0.113.11' }, 'UnknownAddress', 'outgoingIpv6Address');
  refused({ outgoingAddress: '2001:db8::11' }, 'UnknownAddress', 'outgoingAddress');
  const without = { ipv6Cidr: null, leases: [], rules: [] };
  refused({ ...without, forwards: [IPV6_FORWARD] }, 'WrongFamily', 'publicAddress');
  for (const cidr of [
    'fd00::/48',
    'fd00::1/64',
    'ff00::/64',
    'FD00::/64',
    'fd00::/64/64',
    'fe80::/64',
    '::/64',
    'fc00::/64',
    '::ffff:0:0/64',
    'fd00::%n0/64',
    'fd00:0::/64',
    'fd00::/064',
  ]) {
    t.throws(
      () => parse({ ...WHOLE, ipv6Cidr: cidr }),
      { name: 'DriverFailure', outcome: 'invalid' },
      cidr,
    );
  }
});

test('nothing is there twice', async (t) => {
  const twice = (change: Partial<ApplianceDesired>, code: string): void => {
    t.throws(() => parse({ ...WHOLE, ...change }), { outcome: 'invalid', code }, code);
  };
  twice({ forwards: [FORWARD, FORWARD] }, 'DuplicateUuid');
  const other = { ...FORWARD, ...element(22) };
  twice({ forwards: [FORWARD, { ...other, publicStartPort: 89, publicEndPort: 90 }] }, 'PortTaken');
  twice({ forwards: [{ ...FORWARD, publicEndPort: 443 }] }, 'PortTaken');
  const udp = {
    ...FORWARD,
    protocol: 'udp',
    publicStartPort: 51_800,
    publicEndPort: 51_900,
  } as const;
  twice({ forwards: [udp] }, 'PortTaken');
  t.ok(parse({ ...WHOLE, forwards: [FORWARD, { ...other, protocol: 'udp' }] }), 'udp and tcp');
  twice({ publicAddresses: [ADDRESS, { ...ADDRESS, ...element(21) }] }, 'DuplicateValue');
  for (const change of [
    { macAddress: '02:00:00:00:00:02', ipv4Address: '192.168.0.10' },
    { macAddress: '02:00:00:00:00:02', hostname: 'web-2' },
    { ipv4Address: '192.168.0.10', hostname: 'web-2' },
    {
      macAddress: '02:00:00:00:00:02',
      ipv4Address: '192.168.0.10',
      hostname: 'web-2',
      ipv6Address: LEASE.ipv6Address,
    },
  ]) {
    const second = { ...LEASE, ...element(23), ipv6Address: null, ...change };
    twice({ leases: [LEASE, second] }, 'DuplicateValue');
  }
  const backends = [BACKEND, { ...BACKEND, server: uuid(10) }];
  twice({ balancers: [{ ...BALANCER, backends }] }, 'DuplicateBackend');
});

test('an element that stays the same is the same object, as long as what is around it stays', async (t) => {
  const before = parse(WHOLE);
  const copy: ApplianceDesired = structuredClone({ ...WHOLE, revision: 4 });
  const after = parse(copy, before);
  t.equal(after.forwards[0], before.forwards[0]);
  t.equal(after.balancers[0], before.balancers[0]);
  t.equal(after.rules, before.rules, 'the list too');
  const changed = { ...copy, forwards: [{ ...FORWARD, privateAddress: '192.168.0.10' }] };
  t.same(parse(changed, before).forwards, changed.forwards, 'even of one generation');
  const moved = {
    ...copy,
    vpn: null,
    outgoingAddress: null,
    outgoingIpv6Address: null,
    publicAddresses: [],
  };
  t.throws(() => parse(moved, before), { code: 'UnknownAddress' });
});
