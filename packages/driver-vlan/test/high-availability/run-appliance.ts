import { createInterface } from 'node:readline';
import type { Logger } from '@gdcloud/core';
import { createVlanDriver, type HighAvailabilitySettings } from '@gdcloud/driver-vlan';
import type { ToldNetwork } from '../open-vswitch/agent-process.js';
import { call } from '../support/fixtures.js';
import type { ApplianceAnswer, ApplianceOrder } from './appliance.js';
import { SocketLocks } from './socket-locks.js';

// An appliance of a pair as a program: an order a line comes in, an answer a line goes out, and each change by itself.

const [socket = '', session = '', settings = '{}'] = process.argv.slice(2);
const highAvailability: HighAvailabilitySettings = JSON.parse(settings);

function say(what: ApplianceAnswer): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function line(data: object, message: string): void {
  say({ log: message, ...data });
}

const logger: Logger = { debug: line, info: line, warn: line, error: line };

const driver = createVlanDriver(
  {
    folder: '/run/records',
    mode: 'full',
    physicalNetworks: [{ name: 'physnet1', kind: 'vlan', firstId: 101, lastId: 103 }],
    machine: {
      trunks: [
        { name: 'physnet1', by: 'openvswitch', device: 'ap', datapath: 'netdev', cards: ['tr'] },
      ],
      uplinks: [
        { name: 'ext', by: 'openvswitch', device: 'out', datapath: 'netdev', cards: ['wan'] },
      ],
    },
    highAvailability,
  },
  { logger, locks: new SocketLocks(socket, Number(session)) },
);

async function carry({ network, desired }: ToldNetwork): Promise<void> {
  const key = { uuid: network, epoch: 1 };
  const seen = await driver.appliances.observe(key, desired, call());
  if (seen.presence === 'absent') await driver.appliances.create(key, desired, call());
  const [change] = seen.presence === 'present' ? seen.changes : [];
  if (change !== undefined) await driver.appliances.update(key, desired, change, call());
}

async function carryOut(order: ApplianceOrder): Promise<void> {
  switch (order.deed) {
    case 'carry':
      return carry(order);
    case 'hand over':
      return driver.handOver({ signal: call().signal });
    case 'stop':
      return driver.close();
  }
}

void driver.watch?.(() => {}, { signal: call().signal });
// As a kernel does that finds nothing missing here.
async function vouch(): Promise<void> {
  const standing = await driver.member?.standing(call());
  if (standing === undefined) return;
  await driver.member?.permit({ stamp: standing.stamp, forMs: 8_000 }, call());
}

await vouch();
setInterval(() => void vouch().catch(() => {}), 1_000);
say({ pid: process.pid });
for await (const text of createInterface({ input: process.stdin })) {
  const order: ApplianceOrder = JSON.parse(text);
  try {
    await carryOut(order);
    say({ done: order.deed });
  } catch (thrown) {
    say({ failed: String(thrown) });
  }
}
