import { execFileSync, spawnSync } from 'node:child_process';
import type { Segment } from '@gdcloud/core';
import {
  type ApplianceDocument,
  compileProgram,
  namesakePorts,
  parseAppliance,
  planSteps,
  planText,
  type Step,
} from '@gdcloud/driver-vlan';
import { test } from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';

const PHYSICAL = [
  { name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 },
  { name: 'physnet1', kind: 'qinq', firstId: 1, lastId: 4094 },
] as const;

const SANDBOX = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

function documentOf(network: number, segment: Segment = DESIRED.segment): ApplianceDocument {
  return parseAppliance(uuid(network), { ...DESIRED, segment }, PHYSICAL);
}

function stepsOf(network: number, segment?: Segment): readonly Step[] {
  const program = compileProgram(documentOf(network, segment));
  return planSteps(program, namesakePorts(program));
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
  t.same(stepsOf(1), stepsOf(1));
  t.notSame(stepsOf(1), stepsOf(2));
});

test('a plan is closed at every point: firewall before links', async (t) => {
  t.same(
    stepsOf(1).map(({ name }) => name),
    ['namespace', 'firewall', 'settings', 'links', 'addresses'],
  );
});

test('a tagged link is made on the trunk', async (t) => {
  const lines = stepsOf(1).flatMap(({ command }) => command.input?.split('\n') ?? []);
  t.ok(
    lines.some((line) => /^link add link physnet1 name t[0-9a-f]{12} type vlan id 137$/.test(line)),
  );
  t.ok(lines.includes('address add 192.168.0.1/24 broadcast + dev n0'));
});

test('networks behind one outer tag share its link', async (t) => {
  const segment = { kind: 'qinq', physicalNetwork: 'physnet1', outerId: 20, id: 7 } as const;
  const outer = (network: number): string | undefined =>
    /name (\S+) type vlan proto 802\.1ad id 20\n/.exec(
      stepsOf(network, segment).find(({ name }) => name === 'links')?.command.input ?? '',
    )?.[1];
  t.ok(outer(1));
  t.equal(outer(1), outer(2));
});

test('device names fit the kernel', async (t) => {
  for (let network = 0; network < 50; network += 1) {
    for (const { name: step, command } of stepsOf(network)) {
      if (step === 'firewall') continue;
      for (const [, name] of (command.input ?? '').matchAll(/(?<!ntable change) name (\S+)/g)) {
        t.match(name, /^[a-z][a-z0-9]{1,14}$/);
      }
    }
  }
});

test('the readable plan is a shell script without a syntax error', async (t) => {
  const text = planText(documentOf(1), stepsOf(1));
  execFileSync('sh', ['-n'], { input: text });
  t.match(text, `# network ${uuid(1)}, revision 3`);
});

test('the readable plan runs', { skip: skipWithoutNft() }, async (t) => {
  // A pair of virtual cards stands in for the tagged link: not every kernel that runs tests has 802.1Q.
  const plan = planText(documentOf(1), stepsOf(1)).replace(
    /link add link physnet1 name (\S+) type vlan .*/,
    'link add name $1 type veth peer name peer0',
  );
  const script = [
    'mount -t tmpfs tmpfs /run && mkdir /run/netns',
    'sh -e -c "$0"',
    `ip -n gd-${uuid(1)} address show dev n0`,
    `nsenter --net=/run/netns/gd-${uuid(1)} cat /proc/sys/net/ipv4/ip_forward`,
  ].join('\n');
  const shown = execFileSync('unshare', [...SANDBOX, 'sh', '-ec', script, plan]).toString();
  t.match(shown, /inet 192\.168\.0\.1\/24 brd 192\.168\.0\.255/);
  t.match(shown, /link\/ether 06:67:/);
  t.match(shown, /\b1\n$/, 'it forwards');
});
