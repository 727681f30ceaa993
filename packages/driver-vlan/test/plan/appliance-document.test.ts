import type { ApplianceDesired, PhysicalNetwork } from '@gdcloud/core';
import {
  compileProgram,
  DEFAULT_PHYSICAL_NETWORKS,
  namesakePorts,
  parseAppliance,
  planSteps,
  planText,
} from '@gdcloud/driver-vlan';
import { test } from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';

const INVALID = { name: 'DriverFailure', outcome: 'invalid' };

function parse(
  change: Partial<ApplianceDesired>,
  physical: readonly PhysicalNetwork[] = DEFAULT_PHYSICAL_NETWORKS,
): unknown {
  return parseAppliance(uuid(1), { ...DESIRED, ...change }, physical);
}

test('a good document is taken over', async (t) => {
  t.same(parse({}), {
    network: uuid(1),
    revision: 3,
    segment: { kind: 'vlan', trunk: 'physnet1', id: 137 },
    range: { first: '192.168.0.0', last: '192.168.0.255', prefixLength: 24 },
    gateway: '192.168.0.1',
    ipv6: null,
    domain: 'net.example',
    rateLimitMbit: null,
    publicAddresses: [],
    outgoing: null,
    outgoingIpv6: null,
    forwards: [],
    balancers: [],
    rules: [],
    leases: [],
    vpn: null,
  });
});

test('hostile text never gets past the parsers', async (t) => {
  const evil = [
    '$(reboot)',
    '`reboot`',
    'a; reboot',
    'a\nreboot',
    "a'",
    'a"',
    'a b',
    '-n',
    '../a',
    '',
    'ä',
    'a\0b',
    '}',
  ];
  for (const text of evil) {
    const named = JSON.stringify(text);
    t.throws(() => parse({ domain: text }), { outcome: 'invalid', code: 'InvalidDomain' }, named);
    t.throws(
      () => parse({ domain: `net.${text}` }),
      { outcome: 'invalid', code: 'InvalidDomain' },
      named,
    );
    if (text !== '') {
      const cidr = `192.168.0.0/24${text}`;
      t.throws(() => parse({ ipv4Cidr: cidr }), INVALID, named);
    }
    t.throws(() => parse({ gatewayIpv4Address: text }), { code: 'InvalidIpv4Address' }, named);
    const segment = { kind: 'vlan', physicalNetwork: text, id: 137 } as const;
    t.throws(
      () => parse({ segment }),
      { outcome: 'invalid', code: 'InvalidPhysicalNetwork' },
      named,
    );
  }
});

test('an error never repeats what was sent', async (t) => {
  try {
    parse({ domain: '<script>alert(1)</script>' });
    t.fail('it was accepted');
  } catch (thrown) {
    t.notMatch(String(thrown), 'script');
  }
});

test("the network's name, which is free text, is in no plan", async (t) => {
  const document = parseAppliance(
    uuid(1),
    { ...DESIRED, name: 'x\nreboot #' },
    DEFAULT_PHYSICAL_NETWORKS,
  );
  const program = compileProgram(document);
  t.notMatch(planText(document, planSteps(program, namesakePorts(program))), 'reboot');
});

test('ranges and gateways that are none are refused', async (t) => {
  for (const cidr of [
    '192.168.0.0',
    '192.168.0.1/24',
    '192.168.0.0/31',
    '10.0.0.0/7',
    '010.0.0.0/8',
    '10.0/8',
    '300.0.0.0/8',
    '10.0.0.0/8/8',
    '::/64',
    '192.168.0.0/024',
    '0x0a.0.0.0/8',
  ]) {
    t.throws(() => parse({ ipv4Cidr: cidr }), INVALID, cidr);
  }
  for (const gateway of [
    '192.168.0.0',
    '192.168.0.255',
    '192.168.1.1',
    '192.168.000.1',
    '3232235521',
    '::1',
  ]) {
    t.throws(() => parse({ gatewayIpv4Address: gateway }), INVALID, gateway);
  }
});

test("segments outside the configured ranges are the operator's own", async (t) => {
  for (const id of [0, 99, 4000, 4095, 137.5, Number.NaN]) {
    const segment = { kind: 'vlan', physicalNetwork: 'physnet1', id } as const;
    t.throws(() => parse({ segment }), INVALID, String(id));
  }
  t.throws(() => parse({ segment: { kind: 'vlan', physicalNetwork: 'physnet2', id: 137 } }), {
    code: 'SegmentNotOurs',
  });
  const vxlan = { kind: 'vxlan', physicalNetwork: 'physnet1', id: 5000 } as const;
  t.throws(() => parse({ segment: vxlan }), { code: 'SegmentNotOurs' });
  const wide = [{ name: 'physnet1', kind: 'vxlan', firstId: 0, lastId: 2 ** 24 }] as const;
  t.match(parse({ segment: vxlan }, wide), {
    segment: { kind: 'vxlan', trunk: 'physnet1', id: 5000 },
  });
  for (const id of [0, 2 ** 24]) {
    t.throws(() => parse({ segment: { ...vxlan, id } }, wide), { code: 'InvalidSegmentId' });
  }
  t.throws(() => parse({ revision: -1 }), { code: 'InvalidRevision' });
});
