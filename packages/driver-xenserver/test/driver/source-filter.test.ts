import { randomUUID } from 'node:crypto';
import { asFence, asOperationKey, asUuid, type DriverCall } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type Connect, createXenserverDriver } from '@gdcloud/driver-xenserver';
import { simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { converge, keyOf, present, serverOn, startCloud, vlan } from '../cloud.js';
import { seededRandom } from '../pool-in-process.js';

// A busy machine takes its time.
t.setTimeout(300_000);

const NIC = {
  device: 0,
  macAddress: '02:00:00:00:00:01',
  ipv4Address: '192.168.0.9',
  ipv6Addresses: ['fe80::ff:fe00:1', 'fd12:3456:789a::ff:fe00:1'],
};

t.test('a release without source filters runs servers without, and says so', async (t) => {
  const cloud = await startCloud(t, { asOf: 'boston', hosts: 1 });
  const network = asUuid(randomUUID());
  await converge(cloud.driver.segments, keyOf(network), vlan(5));
  const key = keyOf(randomUUID());
  const desired = serverOn(cloud.host, { nics: [{ ...NIC, network }] });
  await converge(cloud.driver.servers, key, desired);
  t.same(await converge(cloud.driver.servers, key, desired), [], 'it is not tried again and again');
  t.match(await cloud.driver.servers.observe(key, desired, callNow()), {
    actual: { powerState: 'running', sourceUnfiltered: /release/ },
  });
});

function callNow(): DriverCall {
  return {
    signal: AbortSignal.timeout(20_000),
    deadline: Date.now() + 20_000,
    fence: asFence('0001'),
    operation: asOperationKey(randomUUID()),
  };
}

/** Refuses to lock cards as a pool does whose licence does not cover it, as long as `says` so. */
function withoutLicence(connect: Connect, says: () => boolean): Connect {
  const error = { code: 1, message: 'LICENCE_RESTRICTION', data: ['VIF_locking'] };
  return (url) => {
    const wire = connect(url);
    return {
      ...wire,
      origin: wire.origin,
      post: (body, exchange) =>
        says() &&
        /"VIF\.(create|set_ipv4_allowed|set_locking_mode)"/.test(body) &&
        /lock|ipv4/.test(body)
          ? Promise.resolve(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, error }))
          : wire.post(body, exchange),
      close: () => wire.close(),
    };
  };
}

t.test('a licence that refuses them is done without until it changes', async (t) => {
  const clock = new ManualClock();
  const pool = simulatedPool({ clock, random: seededRandom(1), hosts: 1 });
  t.teardown(() => pool.close());
  let restricted = true;
  const { servers, segments } = createXenserverDriver(
    { url: pool.url, username: pool.username, password: pool.password, deployment: 'test' },
    { clock, connect: withoutLicence(pool.connect, () => restricted) },
  );
  const [host] = pool.rows.list('host');
  const network = asUuid(randomUUID());
  await clock.until(converge(segments, keyOf(network), vlan(5)));
  const key = keyOf(randomUUID());
  const desired = serverOn(String(host?.record['uuid']), {
    powerState: 'halted',
    nics: [{ ...NIC, network }],
  });
  t.same(await clock.until(converge(servers, key, desired)), ['create']);
  const look = async () =>
    present(await clock.until(servers.observe(key, desired, callNow()))).actual;
  t.match(await look(), { sourceUnfiltered: /licence.*LICENCE_RESTRICTION/ });
  t.same(await clock.until(converge(servers, key, desired)), []);

  pool.rows.set('host', host?.ref ?? '', 'edition', 'enterprise');
  t.same(
    await clock.until(converge(servers, key, desired)),
    ['nics.0'],
    'tried, and refused again',
  );
  restricted = false;
  t.same(await clock.until(converge(servers, key, desired)), []);
  pool.rows.set('host', host?.ref ?? '', 'edition', 'premium');
  t.same(await clock.until(converge(servers, key, desired)), ['nics.0']);
  t.notOk('sourceUnfiltered' in (await look()));
  const [card] = pool.rows.list('VIF');
  t.match(card?.record, {
    locking_mode: 'locked',
    ipv4_allowed: ['192.168.0.9'],
    ipv6_allowed: NIC.ipv6Addresses,
  });
});
