import {
  asUuid,
  type ElementMeter,
  NETWORK,
  type PairMember,
  type Plugin,
  type TakeoverPermit,
} from '@gdcloud/core';
import {
  describeDrivers,
  parseManifest,
  remoteDrivers,
  writeManifest,
} from '@gdcloud/core/driver-host';
import t from 'tap';
import { isObject } from '../../../dist/adapters/driver-host/json-reading.js';
import { overNetwork } from '../../support/over-network.js';
import { uuid } from '../../support/resources.js';
import { deferred, untilAborted } from '../../support/turns.js';
import { DOCUMENT } from './support/document.js';
import { HOST, hosted, KEY } from './support/hosted.js';

const TEN_THOUSAND = Array.from({ length: 10_000 }, (_, nth) => ({
  uuid: asUuid(`01890000-0000-7000-8000-${(nth + 1).toString(16).padStart(12, '0')}`),
  generation: 1,
  protocol: 'tcp' as const,
  publicAddress: '203.0.113.11',
  publicStartPort: 10_000 + nth,
  publicEndPort: 10_000 + nth,
  privateAddress: '10.0.0.11',
  privateStartPort: 10_000 + nth,
}));

const key = { uuid: uuid(1), epoch: 1 };

function metering(meters: readonly ElementMeter[]): Plugin {
  return overNetwork(() => ({ meters: () => Promise.resolve(meters) }));
}

t.test('what networks have carried is told as the driver tells it', async (t) => {
  const told: readonly ElementMeter[] = [
    { element: uuid(7), in: { packets: 2, bytes: 168 }, out: { packets: 1, bytes: 84 } },
    { element: uuid(8), both: { packets: 3, bytes: 2 ** 52 } },
  ];
  const { host, remote, call, until } = hosted({ plugins: [metering(told)] });
  await host.start();
  t.same(await until(remote.network.meters?.(key.uuid, call()) ?? Promise.reject()), told);
  await host.stop();
});

t.test(
  'whether networks are apart, and by which commands one is carried, is asked of a host',
  async (t) => {
    const proof = { tried: ['to everyone'], arrived: ['to everyone'], by: 'gateway' } as const;
    const asking = overNetwork(() => ({
      proveIsolation: (from, to) =>
        Promise.resolve(from === uuid(1) && to === uuid(2) ? proof : { ...proof, arrived: [] }),
      planText: (network, { forwards }) => Promise.resolve(`${network}: ${forwards.length}\n`),
    }));
    const { host, remote, call, until } = hosted({ plugins: [asking] });
    await host.start();
    const { network } = remote;
    const prove = (from: number, to: number) =>
      until(network.proveIsolation?.(uuid(from), uuid(to), call()) ?? Promise.reject());
    t.same(await prove(1, 2), proof);
    t.same(await prove(2, 1), { ...proof, arrived: [] });
    const desired = { ...DOCUMENT, forwards: TEN_THOUSAND };
    const text = await until(network.planText?.(uuid(1), desired, call()) ?? Promise.reject());
    t.equal(text, `${uuid(1)}: 10000\n`);
    await host.stop();
  },
);

t.test('what a driver does not count, nobody asks it for', async (t) => {
  const { remote } = hosted();
  t.notOk('meters' in remote.network);
});

t.test(
  'a manifest of the days before names no meters, and no answers to later questions',
  async (t) => {
    const manifest = describeDrivers([hosted().outside.plugin, metering([])], {
      replaceable: [NETWORK],
    });
    t.equal(manifest.network?.meters, 'possible');
    const json = writeManifest(manifest);
    const network = isObject(json) ? json['network'] : undefined;
    if (!isObject(json) || !isObject(network)) throw new Error('a manifest is an object');
    t.match(manifest.network, { isolation: 'possible', plantext: 'possible' });
    const later = ['meters', 'isolation', 'plantext'];
    const before = Object.fromEntries(
      Object.entries(network).filter(([name]) => !later.includes(name)),
    );
    t.match(parseManifest({ ...json, network: before })?.network, {
      meters: 'impossible',
      isolation: 'impossible',
      plantext: 'impossible',
    });
  },
);

t.test('meters of which one can’t be read are none: what is told must not shrink', async (t) => {
  for (const wrong of [
    { element: 'a', both: { packets: 1, bytes: 1 } },
    { element: uuid(7), both: { packets: '1', bytes: 1 } },
    { element: uuid(7), in: 5 },
  ]) {
    const plugin = overNetwork(() => ({
      meters: () => Promise.resolve(JSON.parse(JSON.stringify([wrong]))),
    }));
    const { host, remote, call, until } = hosted({ plugins: [plugin] });
    await host.start();
    await t.rejects(until(remote.network.meters?.(key.uuid, call()) ?? Promise.reject()), {
      outcome: 'unavailable',
      code: 'DriverHostGarbled',
    });
    await host.stop();
  }
});

t.test('a network of 10,000 forwards crosses, each way', async (t) => {
  const meters = TEN_THOUSAND.map((each) => ({
    element: each.uuid,
    both: { packets: 2 ** 40, bytes: 2 ** 50 },
  }));
  const { host, remote, outside, bus, call, until } = hosted({ plugins: [metering(meters)] });
  await host.start();
  const desired = { ...DOCUMENT, forwards: TEN_THOUSAND };
  const { appliances } = remote.network;
  await until(appliances.create(key, desired, call()));
  t.same(await until(appliances.observe(key, desired, call())), {
    presence: 'present',
    external: key.uuid,
    actual: JSON.parse(JSON.stringify(outside.appliances.objects.get(key.uuid)?.actual)),
    changes: [],
  });
  t.equal(outside.appliances.objects.get(key.uuid)?.actual.document.forwards.length, 10_000);
  t.equal(
    (await until(remote.network.meters?.(key.uuid, call()) ?? Promise.reject())).length,
    10_000,
  );
  const largest = Math.max(...bus.of('requests').map(({ message }) => message.length));
  t.ok(largest > 2_000_000, `${largest} bytes`);
  await host.stop();
});

t.test('one network whose document is too large keeps no other from being carried', async (t) => {
  const { host, remote, outside, call, until } = hosted({ largestMessage: 65_536 });
  await host.start();
  const { appliances } = remote.network;
  const tooLarge = appliances.create(key, { ...DOCUMENT, forwards: TEN_THOUSAND }, call());
  const other = { uuid: uuid(2), epoch: 1 };
  const carried = appliances.create(other, DOCUMENT, call());
  await t.rejects(until(tooLarge), { outcome: 'rejected', code: 'RequestTooLarge' });
  t.match(await until(carried), { settled: true });
  t.same([...outside.appliances.objects.keys()], [other.uuid]);
  await host.stop();
});

t.test('messages that no bus carries are refused before any is lost', async (t) => {
  for (const largestMessage of [0, 1.5, 8_388_609, Number.NaN]) {
    t.throws(() => hosted({ largestMessage }), { name: 'TypeError', message: /largestMessage/ });
    const manifest = describeDrivers([hosted().outside.plugin]);
    t.throws(() => remoteDrivers({ host: HOST, keys: [KEY], manifest, largestMessage }), {
      name: 'TypeError',
      message: /largestMessage/,
    });
  }
});

t.test(
  'a network that an appliance finds carried otherwise is told of, and no server is',
  async (t) => {
    const watched = deferred<(network: typeof key.uuid) => void>();
    const plugin = overNetwork(() => ({
      watch: (changed, { signal }) => {
        watched.resolve(changed);
        return untilAborted(signal);
      },
    }));
    const { host, remote, call, until } = hosted({ plugins: [plugin] });
    await host.start();
    await until(remote.compute.hosts(call()));
    const heard = deferred<typeof key.uuid>();
    const servers: (typeof key.uuid)[] = [];
    const stop = new AbortController();
    const listening = [
      remote.network.watch?.((network) => heard.resolve(network), stop) ?? Promise.reject(),
      remote.compute.watch((server) => servers.push(server), stop),
    ];
    (await watched.promise)(uuid(9));
    t.equal(await heard.promise, uuid(9));
    t.same(servers, []);
    stop.abort();
    await Promise.all(listening);
    await host.stop();
  },
);

t.test('an appliance of a pair is dealt with as one across the way', async (t) => {
  const permits: TakeoverPermit[] = [];
  const member: PairMember = {
    standing: async () => ({
      is: 'standby',
      exclusive: 'yes',
      stamp: 'life/5',
      permittedMs: 1_500,
    }),
    holdings: async () =>
      new Map([
        [uuid(1), 7],
        [uuid(2), null],
      ]),
    permit: async (permit) => void permits.push(permit),
  };
  const { host, remote, call, until } = hosted({ plugins: [overNetwork(() => ({ member }))] });
  await host.start();
  const there = remote.network.member;
  if (there === undefined) throw new Error('it is none of a pair');
  t.same(await until(there.standing(call())), {
    is: 'standby',
    exclusive: 'yes',
    stamp: 'life/5',
    permittedMs: 1_500,
  });
  t.same(
    [...(await until(there.holdings(call())))],
    [
      [uuid(1), 7],
      [uuid(2), null],
    ],
  );
  await until(there.permit({ stamp: 'life/5', forMs: 8_000 }, call()));
  t.same(permits, [{ stamp: 'life/5', forMs: 8_000 }]);
  await host.stop();
});

t.test(
  'an appliance that is alone is none of a pair, and holdings that can’t be read are none',
  async (t) => {
    t.notOk('member' in hosted().remote.network);
    const member: PairMember = {
      standing: async () => JSON.parse('{"is":"asleep"}'),
      holdings: async () => JSON.parse('[["a",1]]'),
      permit: async () => {},
    };
    const { host, remote, call, until } = hosted({ plugins: [overNetwork(() => ({ member }))] });
    await host.start();
    const garbled = { outcome: 'unavailable', code: 'DriverHostGarbled' };
    await t.rejects(until(remote.network.member?.standing(call()) ?? Promise.reject()), garbled);
    await t.rejects(until(remote.network.member?.holdings(call()) ?? Promise.reject()), garbled);
    await host.stop();
  },
);
