import type { PortForward } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

function forward(nth: number, ports: readonly [number, number], privatePort: number): PortForward {
  return {
    uuid: uuid(40 + nth),
    generation: 1,
    protocol: 'tcp',
    publicAddress: '203.0.113.11',
    publicStartPort: ports[0],
    publicEndPort: ports[1],
    privateAddress: '192.168.0.11',
    privateStartPort: privatePort,
  };
}

const ONE = forward(1, [2222, 2222], 8080);
const OTHER = forward(2, [2223, 2223], 8080);
const RANGE = forward(3, [8080, 8089], 8080);
const SHORTER = forward(3, [8082, 8089], 8082);

t.test(
  'connections that may not pass any more',
  { skip: skipWithoutSandbox('conntrack') },
  async (t) => {
    const clock = new ManualClock();
    const network = await CarriedNetwork.start(
      { ...CARRIED, forwards: [ONE, OTHER, RANGE] },
      clock,
    );
    t.teardown(() => network.close());
    await network.addServer(1);
    await network.listen('vm1', 8080, 'SYSTEM:echo vm1');
    const ask = async (port: number): Promise<void> => {
      t.equal(await network.ask(`203.0.113.11:${port}`), 'vm1');
    };
    /** The public ports of the connections that the kernel knows. */
    const known = async (): Promise<string> => {
      const listed = await network.inside(network.namespace, 'conntrack', '-L', '--dst-nat');
      return [...listed.matchAll(/ dst=203\.0\.113\.11 sport=\d+ dport=(\d+)/g)]
        .map(([, port]) => port)
        .sort()
        .join();
    };
    const becomes = (ports: string): Promise<string> =>
      until(
        async () => {
          clock.advance(1000);
          return known();
        },
        (seen) => seen === ports,
      );

    await t.test('are forgotten after the change that revokes them, the others stay', async (t) => {
      for (const port of [2222, 2223, 8080]) await ask(port);
      await network.change({ ...CARRIED, revision: 4, forwards: [OTHER, RANGE] });
      t.equal(await becomes('2223,8080'), '2223,8080');
    });

    await t.test('are forgotten where a range has become shorter', async (t) => {
      await network.change({ ...CARRIED, revision: 5, forwards: [OTHER, SHORTER] });
      t.equal(await becomes('2223'), '2223');
    });

    await t.test(
      'are forgotten by a new agent where the last one was killed before it came to it',
      async (t) => {
        const last = { ...CARRIED, revision: 6, forwards: [] };
        await network.change(last);
        network.restart();
        t.equal(await known(), '2223');
        await network.observed(last);
        t.equal(await becomes(''), '');
      },
    );
  },
);
