import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

t.setTimeout(120_000);

const INTERVAL = 1000;
const PUBLIC = '2001:db8::11';

function balanced(kind: 'tcp' | 'http', revision: number): ApplianceDesired {
  const path = kind === 'http' ? '/health' : null;
  return {
    ...CARRIED,
    revision,
    ipv6Cidr: 'fd12:3456:789a::/64',
    publicAddresses: [
      ...CARRIED.publicAddresses,
      {
        uuid: uuid(21),
        generation: 1,
        address: PUBLIC,
        prefixLength: 64,
        gateway: '2001:db8::1',
        uplink: 'outside',
      },
    ],
    balancers: [
      {
        uuid: uuid(30),
        generation: revision,
        protocol: 'tcp',
        publicAddress: PUBLIC,
        publicPort: 80,
        privatePort: 8080,
        algorithm: 'roundRobin',
        check: { kind, path, intervalMs: INTERVAL, timeoutMs: 1000, rise: 1, fall: 2 },
        backends: [1, 2].map((server) => ({
          server: uuid(server),
          privateAddress: `fd12:3456:789a::1${server}`,
          weight: 1,
        })),
      },
    ],
  };
}

const skip = skipWithoutSandbox('socat');

t.test('servers that are checked over IPv6', { skip, bail: true }, async (group) => {
  const clock = new ManualClock();
  const network = await CarriedNetwork.start(balanced('tcp', 3), clock);
  group.teardown(() => network.close());
  await network.ip('address add 2001:db8::1/64 dev eth0 nodad', 'inet');
  const serve = (number: number, answer = `SYSTEM:echo vm${number}`) =>
    network.listen(`vm${number}`, 8080, answer);
  for (const number of [1, 2]) {
    await network.addServer(number);
    await network.ip(`address add fd12:3456:789a::1${number}/64 dev eth0 nodad`, `vm${number}`);
    await serve(number);
  }
  const sees = (desired: ApplianceDesired, ...unwell: readonly number[]) =>
    until(
      async () => {
        clock.advance(INTERVAL);
        const { actual } = await network.observed(desired);
        return JSON.stringify(actual.unwell?.[uuid(30)] ?? []);
      },
      (seen) => seen === JSON.stringify(unwell.map(uuid)),
    );
  const answers = async (): Promise<string> => {
    const heard = new Set<string>();
    for (let nth = 0; nth < 4; nth += 1) heard.add(await network.ask(`[${PUBLIC}]:80`));
    return [...heard].sort().join();
  };

  await group.test('take turns while they are well', async (t) => {
    await sees(balanced('tcp', 3));
    await until(answers, (heard) => heard === 'vm1,vm2');
    t.pass();
  });

  await group.test('are left out when they die, by the next agent too', async (t) => {
    await network.killAll('vm2');
    await sees(balanced('tcp', 3), 2);
    await until(answers, (heard) => heard === 'vm1');
    network.restart();
    t.same((await network.observed(balanced('tcp', 3))).actual.unwell, { [uuid(30)]: [uuid(2)] });
    t.equal(await answers(), 'vm1');
  });

  await group.test('are asked for a page by their address', async (t) => {
    await network.killAll('vm1');
    await network.runner.files.write('/run/page', 'HTTP/1.1 204 No Content\r\n\r\n');
    await serve(1, 'OPEN:/run/page!!OPEN:/run/asked,creat,append');
    await network.change(balanced('http', 4));
    await sees(balanced('http', 4), 2);
    const asked = await until(
      async () => (await network.runner.files.read('/run/asked')) ?? '',
      (text) => text !== '',
    );
    t.match(asked, 'GET /health HTTP/1.0\r\nHost: [fd12:3456:789a::11]\r\n');
  });
});
