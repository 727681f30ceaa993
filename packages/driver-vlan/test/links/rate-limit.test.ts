import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox } from '../support/network-sandbox.js';

const MBIT = 8;
const BYTES_PER_SECOND = (MBIT * 1_000_000) / 8;
/** What may go at once, before the limit is felt. */
const BURST = 32 * 1024;
const AMOUNT = 1_500_000;

const FORWARDED: ApplianceDesired = {
  ...CARRIED,
  forwards: [
    {
      uuid: uuid(40),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicStartPort: 9000,
      publicEndPort: 9000,
      privateAddress: '192.168.0.11',
      privateStartPort: 9000,
    },
  ],
};
const LIMITED: ApplianceDesired = { ...FORWARDED, rateLimitMbit: MBIT, revision: 4 };

t.test('a network with a rate limit', { skip: skipWithoutSandbox('conntrack') }, async (t) => {
  const network = await CarriedNetwork.start(LIMITED, new ManualClock());
  t.teardown(() => network.close());
  await network.addServer(1);
  await network.listen('vm1', 9000, 'EXEC:cat /dev/zero');
  await network.listen('inet', 9000, 'EXEC:cat /dev/zero');
  /** How many bytes a second come from `to`, by the kernel's clock before and after them. */
  const speed = async (from: string, to: string): Promise<number> => {
    const clock = 'date +%s%N';
    const script = `${clock}; socat -u TCP:${to} - 2>/dev/null | head -c ${AMOUNT} | wc -c; ${clock}`;
    const [begin, bytes, end] = (await network.inside(from, 'sh', '-c', script)).split('\n');
    const seconds = Number(BigInt(end ?? '') - BigInt(begin ?? '')) / 1e9;
    return Number(bytes) / seconds;
  };
  const ways: readonly (readonly [string, string, string])[] = [
    ['towards the outside', 'inet', '203.0.113.11:9000'],
    ['towards its servers', 'vm1', '203.0.113.1:9000'],
  ];
  const queues = () => network.inside(network.namespace, 'tc', 'qdisc', 'show');

  for (const [way, from, to] of ways) {
    await t.test(`sends as much as it may ${way}`, async (t) => {
      const found = await speed(from, to);
      // What came in a time that was looked at from outside of it can only be less.
      const most = BYTES_PER_SECOND * (1 + BURST / AMOUNT);
      t.ok(found <= most, `${found} of ${most} bytes a second`);
      t.ok(found >= BYTES_PER_SECOND / 3, `${found} bytes a second`);
    });
  }

  await t.test('another limit takes the place of the one it has', async (t) => {
    const handles = async () => [...(await queues()).matchAll(/tbf (\w+:)/g)].map(([, its]) => its);
    const before = await handles();
    t.equal(before.length, 2);
    await network.change({ ...LIMITED, rateLimitMbit: 2 * MBIT, revision: 5 });
    t.equal((await queues()).split(`rate ${2 * MBIT}Mbit`).length, 3, 'at both links');
    t.same(await handles(), before, 'the same queues, with what waits in them');
  });

  for (const [way, from, to] of ways) {
    await t.test(`is as fast as it can be ${way} once it has none`, async (t) => {
      await network.change({ ...FORWARDED, revision: 6 });
      t.notMatch(await queues(), /tbf [^\n]*rate 8Mbit/);
      const found = await speed(from, to);
      t.ok(found > 4 * BYTES_PER_SECOND, `${found} bytes a second`);
    });
  }
});
