import { performance } from 'node:perf_hooks';
import { firewallLoad, type NetworkProgram } from '@gdcloud/driver-vlan';
import type { Sandbox } from '@gdcloud/driver-vlan/agent';
import { figure } from '../report/figure.js';
import { agentIn, documentOf, programOf } from './documents.js';
import { done, nft, nftScript, signal, stillOurs } from './programs.js';
import type { VlanPart } from './vlan-part.js';

const NETWORKS = 1_000;
const FORWARDS = 10;
const AT_A_TIME = 4;

/** Many networks. */
export const manyNetworks: VlanPart = {
  name: 'networks',
  what: '1,000 networks made, and looked at while nothing is to be done',
  async measure({ sandbox, tell }) {
    const programs = Array.from({ length: NETWORKS }, (_, n) =>
      programOf(n + 1, documentOf(n + 1, FORWARDS)),
    );
    const agent = agentIn(sandbox);
    tell(`${NETWORKS} namespaces with a firewall and two links each, by hand`);
    const byHand = await timed(programs, (program) => makeByHand(sandbox, program));
    await timed(programs, (program) => removeByHand(sandbox, program));
    tell(`${NETWORKS} networks made`);
    const cold = await timed(programs, async (program) => {
      await agent.follow(program, stillOurs, signal);
    });
    tell('their revisions read by nft');
    const read = await timed(programs, async ({ namespace }) => {
      await nft(sandbox, namespace, 'list set inet gd marks');
    });
    tell('looked at by the agent');
    const idle = await timed(programs, async (program) => {
      const { by } = await agent.follow(program, stillOurs, signal);
      if (by !== 'nothing') throw new Error(`something was done: ${by}`);
    });
    agent.close();
    return [
      figure(`${NETWORKS} networks cold by ip and nft, each`, byHand / NETWORKS, 'ms'),
      figure(`${NETWORKS} networks cold: ours to ip and nft`, cold / byHand, '×'),
      figure(`${NETWORKS} networks cold, each`, cold / NETWORKS, 'ms', { most: 20 }),
      figure(`${NETWORKS} networks idle: revisions read by nft`, read, 'ms'),
      figure(`${NETWORKS} networks idle: ours`, idle, 'ms'),
      figure(`${NETWORKS} networks idle: ours to nft`, idle / read, '×', { most: 1.5 }),
    ];
  },
};

/** What anybody would do by hand for the same firewall and links, by four programs a network. */
async function makeByHand(sandbox: Sandbox, program: NetworkProgram): Promise<void> {
  const { name, bridge, tenant, uplink } = handNames(program);
  await done(sandbox, { program: 'ip', arguments: ['netns', 'add', name] });
  const load = firewallLoad(program.elements, 'nothing');
  await nftScript(sandbox, name, `${load.join('\n')}\n`);
  const links = [
    `link add name ${bridge} up type bridge`,
    `link add name ${tenant} up master ${bridge} type veth peer name inner netns ${name}`,
    `link add name ${uplink} up master outside type veth peer name outer netns ${name}`,
  ];
  await batch(sandbox, [], links);
  const addresses = [
    'address add 10.0.0.1/16 dev inner',
    'link set dev inner up',
    'address add 198.18.0.2/15 dev outer',
    'link set dev outer up',
    'route add default via 198.18.0.1',
  ];
  await batch(sandbox, ['-n', name], addresses);
}

interface HandNames {
  readonly name: string;
  readonly bridge: string;
  readonly tenant: string;
  readonly uplink: string;
}

async function removeByHand(sandbox: Sandbox, program: NetworkProgram): Promise<void> {
  const { name, bridge, tenant, uplink } = handNames(program);
  const devices = [tenant, uplink, bridge].map((device) => `link delete dev ${device}`);
  await batch(sandbox, [], [...devices, `netns delete ${name}`]);
}

async function batch(
  sandbox: Sandbox,
  where: readonly string[],
  lines: readonly string[],
): Promise<void> {
  const input = `${lines.join('\n')}\n`;
  await done(sandbox, { program: 'ip', arguments: [...where, '-batch', '-'], input });
}

function handNames({ namespace }: NetworkProgram): HandNames {
  const number = namespace.slice(-8);
  return {
    name: `hand${number}`,
    bridge: `hb${number}`,
    tenant: `ht${number}`,
    uplink: `hu${number}`,
  };
}

async function timed(
  programs: readonly NetworkProgram[],
  work: (program: NetworkProgram) => Promise<void>,
): Promise<number> {
  const begin = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let program = programs[next]; program !== undefined; program = programs[next]) {
      next += 1;
      await work(program);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return performance.now() - begin;
}
