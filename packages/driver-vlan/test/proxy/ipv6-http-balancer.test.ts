import type { ApplianceDesired, LoadBalancer } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

t.setTimeout(120_000);

const ADDRESS = '2001:db8::11';
const BALANCER: LoadBalancer = {
  uuid: uuid(30),
  generation: 1,
  protocol: 'tcp',
  publicAddress: ADDRESS,
  publicPort: 80,
  privatePort: 8080,
  algorithm: 'roundRobin',
  proxy: { scheme: 'http' },
  check: { kind: 'tcp', path: null, intervalMs: 100, timeoutMs: 100, rise: 1, fall: 2 },
  backends: [1, 2].map((server) => ({
    server: uuid(server),
    privateAddress: `fd12:3456:789a::1${server}`,
    weight: 1,
  })),
};

function carried(revision: number, ...balancers: readonly LoadBalancer[]): ApplianceDesired {
  return {
    ...CARRIED,
    revision,
    ipv6Cidr: 'fd12:3456:789a::/64',
    publicAddresses: [
      ...CARRIED.publicAddresses,
      {
        uuid: uuid(21),
        generation: 1,
        address: ADDRESS,
        prefixLength: 64,
        gateway: '2001:db8::1',
        uplink: 'outside',
      },
    ],
    balancers,
  };
}

const skip = skipWithoutSandbox('haproxy', 'socat');

t.test('a balancer that speaks HTTP over IPv6', { skip, bail: true }, async (group) => {
  const network = await CarriedNetwork.start(carried(3, BALANCER), new ManualClock());
  group.teardown(() => network.close());
  await network.ip('address add 2001:db8::1/64 dev eth0 nodad', 'inet');
  for (const number of [1, 2]) {
    await network.addServer(number);
    await network.ip(`address add fd12:3456:789a::1${number}/64 dev eth0 nodad`, `vm${number}`);
    const answer = `while read -r line; do line=\${line%?}; [ -n "$line" ] || break; case $line in x-forwarded-for*) told=$line ;; esac; done; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n%s;%s' vm${number} "$told"`;
    await network.runner.files.write(`/run/server${number}.sh`, answer);
    await network.listen(`vm${number}`, 8080, `EXEC:sh /run/server${number}.sh`);
  }
  const get = (): Promise<string> =>
    network.answer(
      'inet',
      `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | socat -T2 -t2 - 'TCP:[${ADDRESS}]:80,connect-timeout=2,shut-none'`,
    );
  const answerers = async (): Promise<string> => {
    const heard = new Set<string>();
    for (let nth = 0; nth < 4; nth += 1) {
      heard.add(/\bvm\d/.exec(await get())?.[0] ?? '');
    }
    return [...heard].sort().join();
  };

  await group.test('spreads requests, and tells servers who asks', async (t) => {
    await until(answerers, (heard) => heard === 'vm1,vm2');
    t.match(await get(), /x-forwarded-for: 2001:db8::1$/);
  });

  await group.test('leaves out a server that dies', async (t) => {
    await network.killAll('vm2');
    await until(answerers, (heard) => heard === 'vm1');
    t.pass();
  });

  await group.test('is metered', async (t) => {
    const metered = await network.driver.meters?.(uuid(1), call());
    t.ok(Number(metered?.find(({ element }) => element === BALANCER.uuid)?.both?.packets) > 10);
  });

  await group.test('answers no more once it is gone', async (t) => {
    await network.change(carried(4));
    t.equal(await get(), '');
  });
});
