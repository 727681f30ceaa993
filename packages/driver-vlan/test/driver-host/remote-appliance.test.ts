import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDrivers, remoteDrivers } from '@gdcloud/core/driver-host';
import { redis } from '@gdcloud/core/redis';
import { missingService, startRedis } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { CARRIED } from '../support/carried-network.js';
import { call, keyOf, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { DistantCloud } from './distant-cloud.js';
import { DriverHostProcess } from './driver-host-process.js';
import { appliance, HOST, KEY } from './host-settings.js';

t.setTimeout(180_000);
const skip = skipWithoutSandbox('socat', 'dnsmasq') || (missingService('redis') ?? false);

async function folderFor(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-remote-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test('networks of a cloud on an appliance elsewhere, over Redis', { skip }, async (t) => {
  const broker = await startRedis();
  t.teardown(() => broker.close());
  const folder = await folderFor(t);
  let host = await DriverHostProcess.start(broker.url, folder);
  t.teardown(() => host.kill());
  const manifest = describeDrivers([appliance(folder)]);
  const cloud = await DistantCloud.start(t, [
    redis({ url: broker.url }),
    remoteDrivers({ host: HOST, keys: [KEY], manifest }),
  ]);
  await cloud.made('addresspool', {
    cidr: '203.0.113.0/28',
    gateway: '203.0.113.1',
    uplink: 'outside',
  });
  const network = await cloud.made('network', { ipv4Cidr: '10.0.0.0/24' });
  const asked = { offering: '1gb-1cpu', imageId: '1', networkId: network.id };
  const [address, server] = await Promise.all([
    cloud.made('ipaddress', { networkId: network.id }),
    cloud
      .create('virtualmachine', asked)
      .then((machine) => cloud.reaches('virtualmachine', machine, 'running')),
  ]);
  const forward = await cloud.made('portforward', {
    ipaddressId: address.id,
    virtualmachineId: server.id,
    publicStartPort: 80,
    privateStartPort: 8080,
  });
  const outside = String(address.status['address']);
  const carriedBytes = (): Promise<number> => cloud.carriedBytes(network, forward);
  await host.surround(server);
  let counted = 0;

  await t.test('a forward is carried, and what it carries is counted', async (t) => {
    t.equal(await carriedBytes(), 0);
    t.equal(await host.ask(`${outside}:80`), 'hello');
    counted = await carriedBytes();
    t.ok(counted > 200, `${counted} bytes`);
  });

  await t.test('it is changed, and leads from its new port only', async (t) => {
    await cloud.update('portforward', forward, { publicStartPort: 81, publicEndPort: 81 });
    await until(
      async () => (await cloud.reaches('portforward', forward, 'active')).observedGeneration,
      (generation) => generation === 2,
    );
    t.equal(await host.ask(`${outside}:81`), 'hello');
    t.equal(await host.ask(`${outside}:80`), '');
    const later = await carriedBytes();
    t.ok(later > counted, `${later} bytes after ${counted}`);
    counted = later;
  });

  await t.test('while it is away, what is asked for waits and says why', async (t) => {
    await host.kill();
    const waiting = await cloud.create('portforward', {
      ipaddressId: address.id,
      virtualmachineId: server.id,
      publicStartPort: 82,
      privateStartPort: 8080,
    });
    const { root } = await until(
      () => cloud.explain(waiting),
      (told) => /driver host edge-a/.test(told.root?.message ?? ''),
    );
    t.match(root?.message, /driver host edge-a: (nothing is heard of it|its time is up)/);
    // Nobody needs an appliance for it.
    await cloud.made('addresspool', {
      cidr: '198.51.100.0/28',
      gateway: '198.51.100.1',
      uplink: 'outside',
    });
    host = await DriverHostProcess.start(broker.url, folder);
    await cloud.reaches('portforward', waiting, 'active');
    await host.surround(server);
    t.equal(await host.ask(`${outside}:82`), 'hello');
  });

  await t.test(
    'killed and started again, it carries all of it, and goes on counting',
    async (t) => {
      await host.kill();
      host = await DriverHostProcess.start(broker.url, folder);
      // Nothing is asked for: that its sandbox is empty it says itself.
      await host.surround(server);
      await until(
        () => host.ask(`${outside}:81`),
        (answer) => answer === 'hello',
      );
      const later = await carriedBytes();
      t.ok(later > counted, `${later} bytes after ${counted}`);
    },
  );

  await t.test('ten thousand forwards of another network go there as one document', async (t) => {
    const forwards = Array.from({ length: 10_000 }, (_, nth) => ({
      uuid: uuid(1_000 + nth),
      generation: 1,
      protocol: 'tcp' as const,
      publicAddress: '203.0.113.11',
      publicStartPort: 10_000 + nth,
      publicEndPort: 10_000 + nth,
      privateAddress: '192.168.0.11',
      privateStartPort: 10_000 + nth,
    }));
    const { network: driver } = cloud;
    await driver.appliances.create(keyOf(1), { ...CARRIED, forwards }, call());
    t.equal(await driver.carried(uuid(1), uuid(10_999), call()), 1);
    await driver.appliances.delete(keyOf(1), call());
    t.equal(await driver.carried(uuid(1), uuid(10_999), call()), undefined);
  });

  await t.test('what is removed is open no more', async (t) => {
    await cloud.remove('portforward', forward);
    await cloud.reaches('portforward', forward, 'removed');
    t.equal(await host.ask(`${outside}:81`), '');
    t.equal(await host.ask(`${outside}:82`), 'hello');
  });
});
