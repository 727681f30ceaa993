import type { ApplianceDesired, ElementMeter, PortForward } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox } from '../support/network-sandbox.js';

function forward(nth: number, publicPort = 2220 + nth): PortForward {
  return {
    uuid: uuid(40 + nth),
    generation: 1,
    protocol: 'tcp',
    publicAddress: '203.0.113.11',
    publicStartPort: publicPort,
    publicEndPort: publicPort,
    privateAddress: '192.168.0.11',
    privateStartPort: 8080,
  };
}

const BALANCED: ApplianceDesired = {
  ...CARRIED,
  forwards: [forward(1), forward(2)],
  balancers: [
    {
      uuid: uuid(30),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicPort: 80,
      privatePort: 8080,
      algorithm: 'roundRobin',
      check: null,
      backends: [{ server: uuid(1), privateAddress: '192.168.0.11', weight: 1 }],
    },
  ],
};

const REFILL = 'flush set inet gd addresses_in; add element inet gd addresses_in { 203.0.113.11 }';

t.test('what a network has carried', { skip: skipWithoutSandbox() }, async (t) => {
  const network = await CarriedNetwork.start(BALANCED, new ManualClock());
  t.teardown(() => network.close());
  await network.addServer(1);
  await network.listen('vm1', 8080, 'SYSTEM:echo vm1');
  const ask = async (port: number): Promise<void> => {
    t.equal(await network.ask(`203.0.113.11:${port}`), 'vm1');
  };
  const read = async (): Promise<ReadonlyMap<string, ElementMeter>> => {
    const meters = (await network.driver.meters?.(uuid(1), call())) ?? [];
    return new Map(meters.map((meter) => [meter.element, meter]));
  };
  const bytes = async (number: number): Promise<number> => {
    const meter = (await read()).get(uuid(number));
    return (meter?.both?.bytes ?? 0) + (meter?.in?.bytes ?? 0) + (meter?.out?.bytes ?? 0);
  };

  await t.test('is told of addresses, forwards and balancers, each by itself', async (t) => {
    t.equal((await read()).get(uuid(41)), undefined);
    await ask(2221);
    const one = await bytes(41);
    // Both ways a handshake, the answer and the end.
    t.ok(one > 300 && one < 2000, `${one} bytes`);
    t.equal(await bytes(42), 0);
    t.equal(await bytes(30), 0);
    await ask(80);
    t.ok((await bytes(30)) > 300);
    t.equal(await bytes(41), one);
    const { in: into, out } = (await read()).get(uuid(20)) ?? {};
    t.ok((into?.packets ?? 0) >= 8 && (out?.packets ?? 0) >= 6);
    t.ok((await bytes(20)) >= one + (await bytes(30)), 'an address counts what its parts do');
  });

  const deeds: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'another forward is taken away',
      () => network.change({ ...BALANCED, revision: 4, forwards: [forward(1)] }),
    ],
    [
      'it gets another port itself',
      () => network.change({ ...BALANCED, revision: 5, forwards: [forward(1, 2222)] }),
    ],
    ['the agent is started anew', async () => network.restart()],
    [
      'everything is loaded anew',
      () =>
        network.change({
          ...BALANCED,
          revision: 6,
          forwards: [forward(1, 2222)],
          ipv6Cidr: 'fd12:3456:789a::/64',
        }),
    ],
    [
      'a new agent loads everything anew',
      () => {
        network.restart();
        return network.change({ ...BALANCED, revision: 7 });
      },
    ],
    [
      'somebody empties a set and fills it again',
      () => network.inside(network.namespace, 'nft', REFILL),
    ],
  ];
  let port = 2221;
  for (const [deed, change] of deeds) {
    await t.test(`only grows when ${deed}`, async (t) => {
      await ask(port);
      const numbers = [41, 30, 20];
      const before = await Promise.all(numbers.map(bytes));
      await change();
      const after = await Promise.all(numbers.map(bytes));
      t.ok(
        after.every((count, nth) => count >= (before[nth] ?? 0)),
        `${before.join()} to ${after.join()}`,
      );
      if (deed.includes('port')) port = 2222;
      if (deed.includes('new agent loads')) port = 2221;
    });
  }

  await t.test('misses nothing that came before a load, and goes on after it', async (t) => {
    await network.change({ ...BALANCED, revision: 8 });
    const before = await bytes(41);
    await ask(2221);
    const ipv6Cidr = 'fd12:3456:789a::/64';
    await network.change({ ...BALANCED, revision: 9, ipv6Cidr });
    const loaded = await bytes(41);
    t.ok(loaded > before + 300, `${before} to ${loaded}`);
    await ask(2221);
    t.ok((await bytes(41)) > loaded + 300);
  });
});
