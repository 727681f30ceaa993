import { execFileSync, spawnSync } from 'node:child_process';
import type { Segment } from '@gdcloud/core';
import { compilePlan, type Plan, parseAppliance, planText } from '@gdcloud/driver-vlan';
import { test } from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';

const PHYSICAL = [
  { name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 },
  { name: 'physnet1', kind: 'qinq', firstId: 1, lastId: 4094 },
] as const;

const SANDBOX = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

function planOf(network: number, segment: Segment = DESIRED.segment): Plan {
  return compilePlan(parseAppliance(uuid(network), { ...DESIRED, segment }, PHYSICAL));
}

function skipWithoutNft(): string | false {
  if (spawnSync('nft', ['--version']).status !== 0) {
    return process.env['CI'] === 'true' ? false : 'nft is not installed';
  }
  const tried = spawnSync('unshare', [...SANDBOX, 'nft', '-c', '-f', '-'], {
    input: 'add table inet gd\n',
  });
  return tried.status === 0
    ? false
    : 'this user may make no network namespace, or the kernel has no nf_tables';
}

test('the same document always gives the same plan', async (t) => {
  t.same(planOf(1), planOf(1));
  t.notSame(planOf(1), planOf(2));
});

test('a plan is closed at every point: firewall before link, link up last', async (t) => {
  t.same(
    planOf(1).steps.map(({ name }) => name),
    [
      'namespace',
      'firewall',
      'link',
      'link.move',
      'link.rename',
      'link.macAddress',
      'gateway',
      'arpNotify',
      'forwarding',
      'link.up',
    ],
  );
});

test('a tagged link is made on the trunk', async (t) => {
  const text = planOf(1).steps.map(({ run }) => [run.program, ...run.arguments].join(' '));
  t.ok(
    text.some((line) =>
      /^ip link add link physnet1 name t[0-9a-f]{12} type vlan protocol 802\.1Q id 137$/.test(line),
    ),
  );
  t.ok(
    text.includes(
      `ip -n gd-${uuid(1)} address replace 192.168.0.1/24 broadcast 192.168.0.255 dev n0`,
    ),
  );
});

test('networks behind one outer tag share its link', async (t) => {
  const segment = { kind: 'qinq', physicalNetwork: 'physnet1', outerId: 20, id: 7 } as const;
  const [first] = planOf(1, segment).steps.filter(({ name }) => name === 'outerLink');
  const [second] = planOf(2, segment).steps.filter(({ name }) => name === 'outerLink');
  t.ok(first);
  t.same(first, second);
});

test('device names fit the kernel', async (t) => {
  for (let network = 0; network < 50; network += 1) {
    for (const { run } of planOf(network).steps) {
      const at = run.arguments.indexOf('name');
      if (at >= 0) t.match(run.arguments[at + 1], /^[a-z][a-z0-9]{1,14}$/);
    }
  }
});

test('the readable plan is a shell script without a syntax error', async (t) => {
  const document = parseAppliance(uuid(1), DESIRED, PHYSICAL);
  const text = planText(document, compilePlan(document));
  execFileSync('sh', ['-n'], { input: text });
  t.match(text, `# network ${uuid(1)}, revision 3`);
});

test('nft accepts the firewall, and again', { skip: skipWithoutNft() }, async (t) => {
  const [firewall] = planOf(1).steps.filter(({ name }) => name === 'firewall');
  const script = 'printf %s "$0" | nft -f -; printf %s "$0" | nft -f -; nft list ruleset';
  const listed = execFileSync('unshare', [
    '--net',
    'sh',
    '-ec',
    script,
    firewall?.run.input ?? '',
  ]).toString();
  t.match(listed, 'policy drop');
  t.equal(listed.match(/ct state invalid drop/g)?.length, 1, 'repeating adds nothing');
  t.match(listed, /elements = \{ 0x[0-9a-f]{8} \}/);
});

test('the readable plan runs, and again', { skip: skipWithoutNft() }, async (t) => {
  const document = parseAppliance(uuid(1), DESIRED, PHYSICAL);
  const text = planText(document, compilePlan(document));
  // A pair of virtual cards stands in for the tagged link: not every kernel that runs tests has 802.1Q.
  const plan = text.replace(
    /ip link add link physnet1 name (\S+) type vlan .*/,
    'ip link add name $1 type veth peer name peer0',
  );
  const script = [
    'mount -t tmpfs tmpfs /run && mkdir /run/netns',
    'sh -e -c "$0" && sh -e -c "$0"',
    `ip -n gd-${uuid(1)} address show dev n0`,
    `nsenter --net=/run/netns/gd-${uuid(1)} cat /proc/sys/net/ipv4/ip_forward`,
  ].join('\n');
  const shown = execFileSync('unshare', [...SANDBOX, 'sh', '-ec', script, plan]).toString();
  t.match(shown, /inet 192\.168\.0\.1\/24 brd 192\.168\.0\.255/);
  t.match(shown, /link\/ether 02:/);
  t.match(shown, /\b1\n$/, 'it forwards');
});
