import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

const INTERVAL = 1000;

function balanced(
  kind: 'tcp' | 'http',
  weights: readonly [number, number],
  revision: number,
): ApplianceDesired {
  const path = kind === 'http' ? '/health' : null;
  return {
    ...CARRIED,
    revision,
    balancers: [
      {
        uuid: uuid(30),
        generation: revision,
        protocol: 'tcp',
        publicAddress: '203.0.113.11',
        publicPort: 80,
        privatePort: 8080,
        algorithm: 'roundRobin',
        check: { kind, path, intervalMs: INTERVAL, timeoutMs: 1000, rise: 1, fall: 2 },
        backends: weights.map((weight, nth) => ({
          server: uuid(nth + 1),
          privateAddress: `192.168.0.1${nth + 1}`,
          weight,
        })),
      },
    ],
  };
}

t.test('a balancer whose servers are checked', { skip: skipWithoutSandbox('socat') }, async (t) => {
  const clock = new ManualClock();
  const BOTH = balanced('tcp', [1, 1], 3);
  const network = await CarriedNetwork.start(BOTH, clock);
  t.teardown(() => network.close());
  const serve = (number: number) => network.listen(`vm${number}`, 8080, `SYSTEM:echo vm${number}`);
  for (const number of [1, 2]) {
    await network.addServer(number);
    await serve(number);
  }
  /** Time goes by until the kernel sees these servers as unwell. */
  const sees = (desired: ApplianceDesired, ...unwell: readonly number[]) =>
    until(
      async () => {
        clock.advance(INTERVAL);
        const { actual, changes } = await network.observed(desired);
        return JSON.stringify([changes, actual.unwell?.[uuid(30)] ?? []]);
      },
      (seen) => seen === JSON.stringify([[], unwell.map(uuid)]),
    );
  const answers = async (): Promise<readonly string[]> => {
    const heard = new Set<string>();
    for (let nth = 0; nth < 4; nth += 1) heard.add(await network.ask('203.0.113.11:80'));
    return [...heard].sort();
  };
  const answeredBy = (...names: readonly string[]) =>
    until(
      async () => (await answers()).join(),
      (heard) => heard === names.join(),
    );

  await t.test('takes turns while both are well', async (t) => {
    await sees(BOTH);
    t.same(await answers(), ['vm1', 'vm2']);
  });

  await t.test('leaves out the one that dies; the document is carried all the same', async (t) => {
    await network.killAll('vm2');
    await sees(BOTH, 2);
    await answeredBy('vm1');
    t.equal(await network.driver.carried(uuid(1), uuid(30), call()), 3);
  });

  await t.test('a new agent knows whom the last has left out', async (t) => {
    network.restart();
    const { actual, changes } = await network.observed(BOTH);
    t.same([actual.unwell, changes], [{ [uuid(30)]: [uuid(2)] }, []]);
    t.same(await answers(), ['vm1']);
  });

  await t.test('a new agent takes it in again when it is back', async (t) => {
    await serve(2);
    await sees(BOTH);
    await answeredBy('vm1', 'vm2');
    t.pass();
  });

  await t.test('leaves out nobody when nobody is well, and says so', async (t) => {
    await network.ip('link set dev eth0 down', 'vm2');
    await sees(BOTH, 2);
    await answeredBy('vm1');
    await network.killAll('vm1');
    await sees(BOTH, 1, 2);
    await until(
      () => network.inside(network.namespace, 'nft', 'list', 'map', 'inet', 'gd', 'buckets'),
      (listed) => listed.includes('192.168.0.11') && listed.includes('192.168.0.12'),
    );
    await serve(1);
    await sees(BOTH, 2);
    await answeredBy('vm1');
    t.pass();
  });

  await t.test(
    'a change of the document keeps out who is unwell, and a draining one too',
    async (t) => {
      const draining = balanced('tcp', [0, 1], 4);
      await network.change(draining);
      await network.ip(
        `link set dev eth0 up
       route add default via 192.168.0.1`,
        'vm2',
      );
      await sees(draining);
      await answeredBy('vm2');
      t.pass();
    },
  );

  await t.test('asks for a page, and counts 200 to 399 as well', async (t) => {
    const paged = balanced('http', [1, 1], 5);
    await network.change(paged);
    // It answers what is no HTTP.
    await sees(paged, 1, 2);
    for (const [number, status] of [
      [1, '204 No Content'],
      [2, '404 Not Found'],
    ] as const) {
      await network.killAll(`vm${number}`);
      await network.runner.files.write(`/run/page${number}`, `HTTP/1.1 ${status}\r\n\r\n`);
      await network.listen(`vm${number}`, 8080, `OPEN:/run/page${number}!!OPEN:/dev/null`);
    }
    await sees(paged, 2);
    t.pass();
  });
});
