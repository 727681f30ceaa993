import { performance } from 'node:perf_hooks';
import type { NetworkProgram } from '@gdcloud/driver-vlan';
import { figure } from '../report/figure.js';
import { agentIn, documentOf, programOf } from './documents.js';
import { nft, signal, stillOurs } from './programs.js';
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
    tell(`${NETWORKS} networks made`);
    const cold = await timed(programs, async (program) => {
      await agent.follow(program, stillOurs, signal);
    });
    tell('their revisions read by nft');
    const read = await timed(programs, async ({ namespace }) => {
      await nft(sandbox, namespace, 'list set inet gd rev');
    });
    tell('looked at by the agent');
    const idle = await timed(programs, async (program) => {
      const { by } = await agent.follow(program, stillOurs, signal);
      if (by !== 'nothing') throw new Error(`something was done: ${by}`);
    });
    agent.close();
    return [
      figure(`${NETWORKS} networks cold, each`, cold / NETWORKS, 'ms', { most: 20 }),
      figure(`${NETWORKS} networks idle: revisions read by nft`, read, 'ms'),
      figure(`${NETWORKS} networks idle: ours`, idle, 'ms'),
      figure(`${NETWORKS} networks idle: ours to nft`, idle / read, '×', { most: 1.5 }),
    ];
  },
};

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
