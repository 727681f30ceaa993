import { randomUUID } from 'node:crypto';
import type { ResourceUuid } from '@gdcloud/core';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { call, converge, driverFor, keyOf, present, serverOn, startCloud } from '../cloud.js';

t.test('hosts are reported with what is left for servers', async (t) => {
  const cloud = await startCloud(t, { hosts: 3, hostMemoryMb: 65_536, hostCpuCount: 16 });
  const hosts = await cloud.driver.hosts(call());
  t.same(hosts.map(({ name }) => name).sort(), ['xenserver-1', 'xenserver-2', 'xenserver-3']);
  t.ok(hosts.every((host) => host.live && host.enabled && host.cpuCount === 16));
  t.ok(hosts.every((host) => host.ramSizeMb === 65_536 - 4096));
  const ref = await cloud.raw.call('host.get_by_uuid', cloud.host);
  await cloud.raw.call('host.disable', ref);
  const after = await cloud.driver.hosts(call());
  t.equal(after.find(({ external }) => external === cloud.host)?.enabled, false);
});

t.test(
  'a pool that does not answer is unknown, never absent, and works again once it is back',
  async (t) => {
    const cloud = await startCloud(t);
    const { driver, simulator } = cloud;
    const key = keyOf(randomUUID());
    const desired = serverOn(cloud.host);
    await converge(driver.servers, key, desired);
    await simulator.close();
    const seen = await driver.servers.observe(key, desired, call());
    t.match(seen, { presence: 'unknown', failure: { outcome: 'unavailable' } });
    await t.rejects(driver.servers.delete(key, call()), {
      outcome: 'unavailable',
      code: 'PoolUnreachable',
    });
    await t.rejects(driver.hosts(call()), { outcome: 'unavailable', code: 'PoolUnreachable' });

    const port = Number(new URL(simulator.url).port);
    const again = await startSimulator({ state: cloud.state, storageFolder: cloud.storage, port });
    t.teardown(() => again.close());
    const back = present(await driver.servers.observe(key, desired, call()));
    t.equal(back.actual.powerState, 'running', 'its server still runs');
    t.same(back.changes, []);
  },
);

t.test('a wrong password is said plainly, without the password', async (t) => {
  const cloud = await startCloud(t);
  const driver = driverFor(cloud.simulator.url, { password: 'hunter2' });
  const error: unknown = await driver.hosts(call()).catch((thrown: unknown) => thrown);
  t.match(error, { outcome: 'unavailable', code: 'SESSION_AUTHENTICATION_FAILED' });
  t.notMatch(String(error), /hunter2/);
});

t.test('a session that the pool forgot is renewed unnoticed', async (t) => {
  const cloud = await startCloud(t);
  await cloud.driver.hosts(call());
  await cloud.raw.call('event.inject', 'pool', await firstRef(cloud.raw.call('pool.get_all')));
  const port = Number(new URL(cloud.simulator.url).port);
  await cloud.simulator.close();
  const again = await startSimulator({ state: cloud.state, port });
  t.teardown(() => again.close());
  t.equal((await cloud.driver.hosts(call())).length, 2);
});

t.test('changes of a server are told to who watches, whoever made them', async (t) => {
  const cloud = await startCloud(t);
  const { servers } = cloud.driver;
  const key = keyOf(randomUUID());
  await converge(servers, key, serverOn(cloud.host));
  const stop = new AbortController();
  const heard: ResourceUuid[] = [];
  let wake = (): void => {};
  const changed = (uuid: ResourceUuid): void => {
    heard.push(uuid);
    wake();
  };
  const watching = cloud.driver.watch(changed, { signal: stop.signal });
  const ref = await cloud.raw.call(
    'VM.get_by_uuid',
    present(await servers.observe(key, undefined, call())).external,
  );
  while (heard.length === 0) {
    // Until the watch is under way its start may swallow a change, so the change is made again.
    const next = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await cloud.raw.call('VM.set_name_label', ref, randomUUID());
    await Promise.race([next, cloud.raw.call('event.from', ['vm'], '', 0.1)]);
  }
  t.equal(heard[0], key.uuid);
  stop.abort();
  await watching;
});

async function firstRef(refs: Promise<unknown>): Promise<string> {
  const [ref] = (await refs) as readonly string[];
  return String(ref);
}
