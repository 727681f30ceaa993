import { createInterface } from 'node:readline';
import { compileProgram, type NetworkProgram, parseAppliance } from '@gdcloud/driver-vlan';
import { NetworkAgent, nameService, thisMachine, tunnelService } from '@gdcloud/driver-vlan/agent';
import type { Answer, Order, ToldNetwork } from './agent-process.js';

// The agent as a program: an order a line comes in, an answer a line goes out, one after the other.

const FOLDER = '/run/gdcloud';
const PHYSICAL = [{ name: 'physnet1', kind: 'vlan', firstId: 101, lastId: 103 }] as const;

const { signal } = new AbortController();
const { runner, ports } = await thisMachine({
  trunks: [{ name: 'physnet1', by: 'openvswitch', device: 'ap', datapath: 'netdev' }],
  uplinks: [{ name: 'ext', by: 'openvswitch', device: 'out', datapath: 'netdev' }],
});
const agent = new NetworkAgent({
  runner,
  ports,
  metersFolder: `${FOLDER}/meters`,
  services: [nameService({ runner, folder: FOLDER, servers: [] }), tunnelService(runner, FOLDER)],
});

function programOf({ network, desired, unwell = [] }: ToldNetwork): NetworkProgram {
  return compileProgram(
    parseAppliance(network, desired, PHYSICAL),
    new Map(unwell.map(([balancer, servers]) => [balancer, new Set(servers)])),
  );
}

async function carryOut(order: Order): Promise<Answer> {
  switch (order.deed) {
    case 'follow':
      return { followed: await agent.follow(programOf(order), async () => {}, signal) };
    case 'audit':
      return { audited: await agent.audit(programOf(order), signal) };
    case 'dissolve':
      await agent.dissolve(programOf(order).namespace, signal);
      return { dissolved: true };
    case 'probe':
      return {
        proved: await agent.probeIsolation(programOf(order.from), programOf(order.to), signal),
      };
  }
}

function answer(what: Answer): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

process.once('SIGTERM', () => {
  agent.close();
  process.exit(0);
});
answer({ pid: process.pid });
for await (const line of createInterface({ input: process.stdin })) {
  const order: Order = JSON.parse(line);
  try {
    answer(await carryOut(order));
  } catch (thrown) {
    answer({ failed: String(thrown) });
  }
}
