import type { ApplianceDesired, Segment } from '@gdcloud/core';
import type { Test } from 'tap';
import type { ToldNetwork } from '../open-vswitch/agent-process.js';
import { forward } from '../open-vswitch/tenants.js';
import { DESIRED, uuid } from '../support/fixtures.js';
import { until } from '../support/network-sandbox.js';
import { type KernelRig, OUTER_TAG } from './kernel-rig.js';

/** Two networks of a kind of segment, with the same addresses; a server of each. */
interface Pair {
  readonly sentence: string;
  readonly segmentOf: (id: number) => Segment;
  readonly addServer: (rig: KernelRig, name: string, id: number, address: string) => Promise<void>;
  readonly networks: readonly [One, One];
}

interface One {
  readonly number: number;
  readonly server: string;
  readonly id: number;
  readonly publicAddress: string;
}

const PAIRS: readonly Pair[] = [
  {
    sentence: 'with two tags each, of which the outer is the same',
    segmentOf: (id) => ({ kind: 'qinq', physicalNetwork: 'physnet2', outerId: OUTER_TAG, id }),
    addServer: (rig, name, id, address) => rig.addTaggedTwice(name, id, address),
    networks: [
      { number: 3, server: 'q7', id: 7, publicAddress: '203.0.113.21' },
      { number: 4, server: 'q8', id: 8, publicAddress: '203.0.113.22' },
    ],
  },
  {
    sentence: 'in VXLANs of one group',
    segmentOf: (id) => ({ kind: 'vxlan', physicalNetwork: 'physnet3', id }),
    addServer: (rig, name, id, address) => rig.addTunnelled(name, id, address),
    networks: [
      { number: 5, server: 'x1', id: 5001, publicAddress: '203.0.113.23' },
      { number: 6, server: 'x2', id: 5002, publicAddress: '203.0.113.24' },
    ],
  },
];

/** An address that only the second of two has a server at. */
const SECONDS_ONLY = '10.0.0.77';

/** Tells of networks on other segments than VLANs, and of ways out that are a MAC address on a card. */
export async function tellOfSegments(group: Test, rig: KernelRig): Promise<void> {
  for (const { sentence, segmentOf, addServer, networks } of PAIRS) {
    await group.test(`networks ${sentence}`, async (t) => {
      const [first, second] = networks;
      const moved = first.id + 10;
      await addServer(rig, `${first.server}m`, moved, '10.0.0.11');
      await rig.listen(`${first.server}m`, 'tcp', 22, `SYSTEM:'echo moved'`);
      for (const { server, id } of networks) {
        await addServer(rig, server, id, '10.0.0.11');
        await rig.listen(server, 'tcp', 22, `SYSTEM:'echo ${server}'`);
      }
      await rig.run(second.server, `ip address add ${SECONDS_ONLY}/24 dev eth0`);
      const before = await rig.remains();
      for (const one of networks) await rig.agent.follow(networkOf(one, segmentOf(one.id)));
      for (const { server, publicAddress } of networks) {
        t.equal(await rig.answer(server, '203.0.113.1:7'), publicAddress, 'is seen by its address');
        t.equal(await rig.answer('inet', `${publicAddress}:2222`), server, 'is reached by it');
      }
      t.equal(await rig.answer(second.server, `${SECONDS_ONLY}:22`), second.server);
      t.equal(
        await rig.ask(first.server, `${SECONDS_ONLY}:22`),
        '',
        'is not the neighbour of the other',
      );
      await rig.agent.follow(networkOf(first, segmentOf(moved)));
      t.equal(
        await rig.answer('inet', `${first.publicAddress}:2222`),
        'moved',
        'is on another segment once it is given that',
      );
      for (const one of networks) await rig.agent.dissolve(networkOf(one, segmentOf(one.id)));
      // Who talked ends by itself, a little later.
      t.ok(
        await until(
          () => rig.remains(),
          (remains) => remains === before,
        ),
      );
    });
  }
}

function networkOf({ number, publicAddress }: One, segment: Segment): ToldNetwork {
  const desired: ApplianceDesired = {
    ...DESIRED,
    segment,
    ipv4Cidr: '10.0.0.0/24',
    gatewayIpv4Address: '10.0.0.1',
    publicAddresses: [
      {
        uuid: uuid(10),
        generation: 1,
        address: publicAddress,
        prefixLength: 24,
        gateway: '203.0.113.1',
        uplink: 'wan',
      },
    ],
    outgoingAddress: publicAddress,
    forwards: [forward(20, 'tcp', publicAddress, [2222, 2222], 22)],
  };
  return { network: uuid(number), desired };
}
