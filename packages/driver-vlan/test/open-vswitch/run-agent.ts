import { createInterface } from 'node:readline';
import { compileProgram, parseAppliance } from '@gdcloud/driver-vlan';
import {
  type Audited,
  type Followed,
  NetworkAgent,
  nameService,
  thisMachine,
  tunnelService,
} from '@gdcloud/driver-vlan/agent';
import type { Answer, Order } from './agent-process.js';

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
  services: [nameService({ runner, folder: FOLDER, servers: [] }), tunnelService(runner, FOLDER)],
});

async function carryOut({
  deed,
  network,
  desired,
  unwell = [],
}: Order): Promise<Followed | Audited | null> {
  const program = compileProgram(
    parseAppliance(network, desired, PHYSICAL),
    new Map(unwell.map(([balancer, servers]) => [balancer, new Set(servers)])),
  );
  switch (deed) {
    case 'follow':
      return agent.follow(program, async () => {}, signal);
    case 'audit':
      return agent.audit(program, signal);
    case 'dissolve':
      await agent.dissolve(program.namespace, signal);
      return null;
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
    answer({ followed: await carryOut(order) });
  } catch (thrown) {
    answer({ failed: String(thrown) });
  }
}
