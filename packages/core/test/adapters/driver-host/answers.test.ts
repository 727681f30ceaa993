import { COMPUTE, type Plugin, STORAGE } from '@gdcloud/core';
import {
  type DriverManifest,
  describeDrivers,
  hearManifest,
  parseManifest,
  writeManifest,
} from '@gdcloud/core/driver-host';
import { memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import { isObject } from '../../../dist/adapters/driver-host/json-reading.js';
import { down } from '../../support/failures.js';
import { fixedRandom } from '../../support/fixed-random.js';
import { bareDriver } from '../../support/over-driver.js';
import { overNetwork } from '../../support/over-network.js';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { DOCUMENT } from './support/document.js';
import { HOST, hosted, KEY, OTHER_KEY } from './support/hosted.js';

const DISK = { name: 'disk', sizeBytes: 4 };
const key = { uuid: uuid(1), epoch: 1 };

t.test('a remote driver is as its driver is, before it was ever reached', async (t) => {
  const { remote, outside } = hosted();
  t.equal(remote.compute.servers.name, 'memory.servers');
  t.same(remote.storage.volumes.traits, outside.volumes.traits);
  t.same(remote.network.physicalNetworks, [
    { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
  ]);
  t.ok('quarantine' in remote.compute.servers);
  const card = { server: uuid(1), device: 0, attempt: 0 };
  t.match(remote.network.macAddress(card), /^02(:[0-9a-f]{2}){5}$/);
  t.equal(remote.network.macAddress(card), remote.network.macAddress(card));
  t.not(remote.network.macAddress(card), remote.network.macAddress({ ...card, attempt: 1 }));
});

t.test('what a driver has not, its stand-in has not either', async (t) => {
  const bare: Plugin = (container) => {
    const compute = container.resolve(COMPUTE);
    const disks = bareDriver(memoryDrivers().disks);
    container.register(COMPUTE, { useValue: { ...compute, disks } });
  };
  const { disks } = hosted({ plugins: [bare] }).remote.compute;
  t.notOk('quarantine' in disks);
  t.notOk('foresee' in disks);
});

t.test('every call comes back as the driver answers it', async (t) => {
  const { host, remote, outside, call, until } = hosted();
  await host.start();
  const { disks } = remote.compute;
  t.same(await until(disks.observe(key, DISK, call())), { presence: 'absent' });
  t.same(await until(disks.create(key, DISK, call())), { external: key.uuid, settled: true });
  t.same(await until(disks.observe(key, undefined, call())), {
    presence: 'present',
    external: key.uuid,
    actual: { sizeBytes: 4 },
    changes: [],
  });
  t.same(await until(disks.list(undefined, call())), {
    objects: [{ external: key.uuid, uuid: key.uuid, epoch: 1 }],
  });
  t.same(await until(disks.foresee?.(DISK, call()) ?? missing()), {
    changes: [],
    actual: { sizeBytes: 4 },
  });
  t.same(await until(disks.quarantine?.(key, call()) ?? missing()), { settled: true });
  const [change] = [{ field: 'quarantined', desired: false, actual: true }];
  t.same(await until(disks.update(key, DISK, change, call())), {
    external: key.uuid,
    settled: true,
  });
  t.same(await until(disks.delete(key, call())), { settled: true });
  t.same(await until(remote.compute.hosts(call())), outside.hosts);
  t.match(await until(remote.storage.pools(call())), [{ name: 'memory', live: true }]);
  t.equal(host.served.carriedOut, 10);
  t.same(host.load, { queued: 0, active: 0 });
  await host.stop();
});

t.test('pages are walked by the driver’s own cursors', async (t) => {
  const { host, remote, outside, call, until } = hosted();
  await host.start();
  outside.disks.pageSize = 2;
  for (const n of [1, 2, 3]) outside.disks.plant({ uuid: uuid(n), epoch: 1 }, DISK);
  const first = await until(remote.compute.disks.list(undefined, call()));
  t.equal(first.cursor, uuid(2));
  t.match(await until(remote.compute.disks.list(first.cursor, call())), {
    objects: [{ uuid: uuid(3) }],
  });
  await host.stop();
});

t.test('a driver’s failure crosses with its outcome, code, message and remedy', async (t) => {
  const { host, remote, outside, call, until } = hosted();
  await host.start();
  outside.disks.down = down();
  const { outcome, code, message, remedy } = down();
  await t.rejects(until(remote.compute.disks.create(key, DISK, call())), {
    name: 'DriverFailure',
    outcome,
    code,
    message,
    remedy,
  });
  t.match(await until(remote.compute.disks.observe(key, DISK, call())), {
    presence: 'unknown',
    failure: { name: 'DriverFailure', code },
  });
  await host.stop();
});

t.test('what a driver throws that is no failure of its own is a bug of it', async (t) => {
  const { host, remote, outside, call, until } = hosted();
  await host.start();
  outside.disks.pageSize = -1;
  Object.defineProperty(outside.disks, 'objects', {
    get: () => {
      throw new RangeError('off by one');
    },
  });
  await t.rejects(until(remote.compute.disks.delete(key, call())), {
    outcome: 'ambiguous',
    code: 'DriverBug',
    message: 'RangeError: off by one',
  });
  await host.stop();
});

t.test('changes that a driver hears of are heard by whoever watches', async (t) => {
  const heard: string[] = [];
  const telling: Plugin = (container) => {
    const compute = container.resolve(COMPUTE);
    container.register(COMPUTE, {
      useValue: {
        ...compute,
        watch: async (changed) => {
          changed(uuid(5));
          await new Promise(() => undefined);
        },
      },
    });
  };
  const { host, remote } = hosted({ plugins: [telling] });
  const watching = new AbortController();
  const watch = remote.compute.watch((each) => heard.push(each), watching);
  await turns();
  await host.start();
  await turns();
  t.same(heard, [uuid(5)]);
  watching.abort();
  await watch;
  await host.stop();
});

t.test('a driver host may run some drivers only, and a kernel ask several hosts', async (t) => {
  const outside = memoryDrivers();
  const manifest = describeDrivers([
    (container) => {
      const all = container.createChildContainer();
      outside.plugin(all);
      container.register(STORAGE, { useValue: all.resolve(STORAGE) });
    },
  ]);
  t.same(
    Object.keys(manifest).filter((name) => manifest[name as keyof DriverManifest]),
    ['format', 'storage', 'others'],
  );
});

t.test('a manifest survives a file, and anything else is none', async (t) => {
  const manifest = describeDrivers([memoryDrivers().plugin]);
  const written = writeManifest(manifest);
  const read = parseManifest(JSON.parse(JSON.stringify(written)));
  t.same(read && writeManifest(read), written);
  t.equal(parseManifest(undefined), undefined);
  t.equal(parseManifest({ format: 2, others: [] }), undefined);
  t.equal(parseManifest({ format: 1 }), undefined);
  for (const part of ['compute', 'storage', 'network']) {
    if (!isObject(written)) return t.fail();
    t.equal(parseManifest({ ...written, [part]: {} }), undefined);
    t.equal(parseManifest({ ...written, [part]: null }), undefined);
  }
});

t.test('a manifest can be asked for over the bus, with the right key', async (t) => {
  const { host, bus, clock, outside } = hosted();
  await host.start();
  const options = { host: HOST, bus, clock, random: fixedRandom(0.5, 3) };
  t.same(
    await clock.until(hearManifest({ ...options, keys: [KEY] })),
    parseManifest(writeManifest(describeDrivers([outside.plugin]))),
  );
  t.equal(await clock.until(hearManifest({ ...options, keys: [OTHER_KEY] })), undefined);
  await host.stop();
  t.equal(await clock.until(hearManifest({ ...options, keys: [KEY] })), undefined);
});

t.test('what an appliance carries is told as its driver tells it', async (t) => {
  const { host, remote, outside, call, until } = hosted();
  await host.start();
  const { network } = remote;
  const carried = (element: number) => until(network.carried(uuid(1), uuid(element), call()));
  const lease = {
    uuid: uuid(2),
    generation: 7,
    macAddress: '02:00:00:00:00:01',
    ipv4Address: '10.0.0.2',
    hostname: 'web',
  };
  t.equal(await carried(2), undefined);
  await until(network.appliances.create(key, { ...DOCUMENT, leases: [lease] }, call()));
  t.equal(await carried(2), 7);
  t.equal(await carried(3), undefined);
  outside.appliances.down = down();
  await t.rejects(carried(2), {
    outcome: 'unavailable',
    code: 'Unreachable',
  });
  await host.stop();
});

t.test('a host that runs other drivers than configured is not asked', async (t) => {
  const other = overNetwork(() => ({
    physicalNetworks: [{ name: 'physnet2', kind: 'vlan', firstId: 1, lastId: 2 }],
  }));
  const { host, client, call, until, outside, lines } = hosted({ plugins: [other] });
  await host.start();
  const wrong = client({ manifest: describeDrivers([outside.plugin]) });
  await t.rejects(until(wrong.compute.disks.create(key, DISK, call())), {
    outcome: 'unavailable',
    code: 'DriverHostDiffers',
  });
  t.equal(outside.disks.counts.create, 0);
  t.ok(lines.some(({ message }) => message === 'a driver host runs other drivers than configured'));
  await host.stop();
});

function missing(): never {
  throw new Error('the stand-in has not what its driver has');
}
