import { createInterface } from 'node:readline';
import { type MachineSettings, thisMachine } from '@gdcloud/driver-vlan/agent';
import type { Answer, Order } from './agent-process.js';
import { OrderedAgent } from './ordered-agent.js';

// The agent as a program: an order a line comes in, an answer a line goes out, one after the other.

const settings: MachineSettings = {
  trunks: [{ name: 'physnet1', by: 'openvswitch', device: 'ap', datapath: 'netdev' }],
  uplinks: [{ name: 'ext', by: 'openvswitch', device: 'out', datapath: 'netdev' }],
};
const machine = await thisMachine(settings, '/var/lib/gdcloud/network');
const physicalNetworks = [{ name: 'physnet1', kind: 'vlan', firstId: 101, lastId: 103 }] as const;
const agent = new OrderedAgent(machine, physicalNetworks);

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
    answer(await agent.carryOut(order));
  } catch (thrown) {
    answer({ failed: String(thrown) });
  }
}
