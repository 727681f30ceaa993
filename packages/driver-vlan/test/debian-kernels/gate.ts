import { asFence } from '@gdcloud/core';
import {
  Gate,
  type GateParts,
  gatedCards,
  leaseEpoch,
  machineCards,
} from '@gdcloud/driver-vlan/agent';
import type { Test } from 'tap';
import { advertisement } from '../high-availability/advertisement.js';
import type { ToldNetwork } from '../open-vswitch/agent-process.js';
import { until } from '../support/network-sandbox.js';
import type { KernelRig } from './kernel-rig.js';

const { signal } = new AbortController();
const LONG = 60_000;
const EPOCH = leaseEpoch(asFence('00000001.000000000001'));

const CARDS = gatedCards(
  machineCards({
    trunks: [
      { name: 'physnet1', by: 'kernel', device: 'trunk' },
      { name: 'physnet3', by: 'kernel', device: 'underlay' },
    ],
    uplinks: [{ name: 'wan', by: 'macvlan', device: 'wan' }],
  }),
  [{ name: 'physnet3', kind: 'vxlan', firstId: 5000, lastId: 5999 }],
);

/** Which of two machines is heard, on trunks by the kernel: `a1` is a server of a network that is carried. */
export async function tellOfTheGate(group: Test, rig: KernelRig, told: ToldNetwork): Promise<void> {
  const isHeard = async (): Promise<boolean> =>
    (await rig.run('a1', 'ping -c 1 -W 1 10.0.0.1 || true')).includes(' 0% packet loss');

  await group.test(
    'a gate lets networks be heard while it is open, and closes by itself',
    async (t) => {
      await rig.agent.follow(told);
      t.equal(await isHeard(), true);
      const gate = new Gate(rig.runner, { cards: CARDS });
      await gate.load(signal);
      t.equal(await isHeard(), false);
      t.equal(await gate.arm(EPOCH, LONG, signal), 'armed');
      t.equal(await gate.open(EPOCH, () => LONG, signal), 'open');
      t.equal(await isHeard(), true);
      t.equal(await gate.refresh(EPOCH, () => 500, signal), 'open');
      await until(isHeard, (heard) => !heard);
      t.equal(await gate.refresh(EPOCH, () => LONG, signal), 'closed');
      t.equal(await isHeard(), false);
      gate.end();
    },
  );

  await group.test('a gate sees what a machine of a pair by VRRP advertises', async (t) => {
    const [card] = CARDS;
    if (card === undefined) throw new Error('there are three');
    const advertisements: GateParts['advertisements'] = {
      device: card.device,
      routerId: 77,
      everyMs: 1_000,
    };
    const gate = new Gate(rig.runner, { cards: CARDS, advertisements });
    await gate.load(signal);
    await gate.renew(signal);
    await gate.look(signal);
    t.equal(gate.isWhole, true);
    t.equal(await gate.isAdvertised(signal), false);
    const send = (priority: number): Promise<string> =>
      rig.machine.run(`socat -u - INTERFACE:${card.device}`, {
        input: advertisement(77, priority),
      });
    await until(
      async () => {
        await gate.renew(signal);
        await send(254);
        return gate.isAdvertised(signal);
      },
      (is) => is,
    );
    await until(
      () => gate.isAdvertised(signal),
      (is) => !is,
    );
    await send(254);
    t.equal(await gate.isAdvertised(signal), false, 'after a gap');
    gate.end();
    await rig.machine.run('nft delete table netdev gdcloud');
    t.equal(await isHeard(), true);
  });
}
