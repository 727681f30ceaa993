import { performance } from 'node:perf_hooks';
import type { RunningCommand, Sandbox } from '@gdcloud/driver-vlan/agent';
import { median } from '../load/statistics.js';
import { figure } from '../report/figure.js';
import { agentIn, documentOf, programOf } from './documents.js';
import { done, nftScript, signal, stillOurs } from './programs.js';
import { RAW_PROGRAM } from './raw-forwards.js';
import type { VlanPart } from './vlan-part.js';

const NETWORK = 4;
const BYTES = 2 ** 30;
const RAW = { address: '198.18.200.2', namespace: 'raw' };

/** Bytes through a forward. */
export const forwarding: VlanPart = {
  name: 'forwarding',
  what: 'TCP through a forward, beside a ruleset written by hand on the same kind of links',
  async measure({ sandbox, rounds, tell }) {
    const document = documentOf(NETWORK, 1);
    const program = programOf(NETWORK, document);
    const [forward] = document.forwards;
    if (forward === undefined) throw new Error('there is no forward');
    const agent = agentIn(sandbox);
    await agent.follow(program, stillOurs, signal);
    const bridge = await bridgeOf(sandbox);
    await outside(sandbox);
    const servers = [
      await server(sandbox, 'ours', bridge, forward.privateAddress),
      await byHand(sandbox, forward.privateAddress),
    ];
    const ways = [
      { to: `${forward.publicAddress}:${forward.publicStartPort}`, times: [] as number[] },
      { to: `${RAW.address}:80`, times: [] as number[] },
    ];
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? 'warming up' : `round ${round}`);
      for (const { to, times } of ways) {
        const begin = performance.now();
        const source = `OPEN:/dev/zero,readbytes=${BYTES}`;
        await inside(sandbox, 'inet', 'socat', '-u', '-b', '131072', source, `TCP:${to}`);
        if (round > 0) times.push(performance.now() - begin);
      }
    }
    for (const each of servers) each.stop();
    agent.close();
    const [ours, raw] = ways.map(({ times }) => (BYTES * 8) / median(times) / 1e6);
    if (ours === undefined || raw === undefined) throw new Error('nothing was measured');
    return [
      figure('TCP through a forward, by hand', raw, 'Gbit/s'),
      figure('TCP through a forward, ours', ours, 'Gbit/s'),
      figure('TCP through a forward, ours to by hand', ours / raw, '×', { least: 0.95 }),
    ];
  },
};

function inside(sandbox: Sandbox, namespace: string, ...words: readonly string[]): Promise<string> {
  const entered = [`--net=/run/netns/${namespace}`, ...words];
  return done(sandbox, { program: 'nsenter', arguments: entered });
}

function ip(sandbox: Sandbox, ...lines: readonly string[]): Promise<string> {
  return done(sandbox, {
    program: 'ip',
    arguments: ['-batch', '-'],
    input: `${lines.join('\n')}\n`,
  });
}

// The one bridge that is not the uplink's is the network's segment.
async function bridgeOf(sandbox: Sandbox): Promise<string> {
  const shown = await done(sandbox, {
    program: 'ip',
    arguments: ['-br', 'link', 'show', 'type', 'bridge'],
  });
  const found = shown.split('\n').map((line) => line.split(' ')[0] ?? '');
  const bridge = found.find((name) => name !== '' && name !== 'outside');
  if (bridge === undefined) throw new Error('the network has no bridge');
  return bridge;
}

async function outside(sandbox: Sandbox): Promise<void> {
  await ip(
    sandbox,
    'netns add inet',
    'link add name inet-port type veth peer name eth0 netns inet',
    'link set dev inet-port master outside',
    'link set dev inet-port up',
  );
  await inside(sandbox, 'inet', 'ip', 'address', 'add', '198.18.0.1/15', 'dev', 'eth0');
  await inside(sandbox, 'inet', 'ip', 'link', 'set', 'dev', 'eth0', 'up');
}

async function server(
  sandbox: Sandbox,
  name: string,
  bridge: string,
  address: string,
): Promise<RunningCommand> {
  await ip(
    sandbox,
    `netns add s-${name}`,
    `link add name p-${name} type veth peer name eth0 netns s-${name}`,
    `link set dev p-${name} master ${bridge}`,
    `link set dev p-${name} up`,
  );
  const namespace = `s-${name}`;
  await inside(sandbox, namespace, 'ip', 'address', 'add', `${address}/16`, 'dev', 'eth0');
  await inside(sandbox, namespace, 'ip', 'link', 'set', 'dev', 'eth0', 'up');
  await inside(sandbox, namespace, 'ip', 'route', 'add', 'default', 'via', '10.0.0.1');
  const listen = [
    'socat',
    '-u',
    '-b',
    '131072',
    'TCP-LISTEN:8080,reuseaddr,fork',
    'OPEN:/dev/null',
  ];
  return sandbox.runner.start({
    program: 'nsenter',
    arguments: [`--net=/run/netns/${namespace}`, ...listen],
  });
}

// The same namespaces, links and bridges, and a ruleset that does no more than it must.
async function byHand(sandbox: Sandbox, address: string): Promise<RunningCommand> {
  const { namespace } = RAW;
  await ip(
    sandbox,
    `netns add ${namespace}`,
    'link add name raw-segment type bridge',
    'link set dev raw-segment up',
    `link add name raw-tenant type veth peer name n0 netns ${namespace}`,
    'link set dev raw-tenant master raw-segment',
    'link set dev raw-tenant up',
    `link add name raw-outside type veth peer name pub netns ${namespace}`,
    'link set dev raw-outside master outside',
    'link set dev raw-outside up',
  );
  await nftScript(
    sandbox,
    namespace,
    `${RAW_PROGRAM}add rule inet gd forward ct state established,related accept
add element inet gd forwards { ${RAW.address} . tcp . 80 : ${address} . 8080 }
add element inet gd live { ${RAW.address} . 80 . ${address} . 8080 }
`,
  );
  for (const words of [
    'sysctl -q -w net.ipv4.ip_forward=1',
    'ip address add 10.0.0.1/16 dev n0',
    `ip address add ${RAW.address}/15 dev pub`,
    'ip link set dev n0 up',
    'ip link set dev pub up',
  ]) {
    await inside(sandbox, namespace, ...words.split(' '));
  }
  return server(sandbox, 'raw', 'raw-segment', address);
}
