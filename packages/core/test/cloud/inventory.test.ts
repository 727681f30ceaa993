import {
  COMPUTE,
  type ComputeDriver,
  type DriverCall,
  STORAGE,
  type StorageDriver,
} from '@gdcloud/core';
import { ManualClock, type MemoryDrivers, memoryDrivers } from '@gdcloud/core/testing';
import t from 'tap';
import { Inventory } from '../../dist/cloud/inventory/inventory.js';
import { rootContainer } from '../../dist/di.js';
import { startCloud, surroundings } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { deferred, turns } from '../support/turns.js';

const MINUTE = 60_000;

function driversOf({ plugin }: MemoryDrivers): {
  readonly compute: ComputeDriver;
  readonly storage: StorageDriver;
} {
  const container = rootContainer.createChildContainer();
  plugin(container);
  return { compute: container.resolve(COMPUTE), storage: container.resolve(STORAGE) };
}

t.test(
  'a host that is new is found and used, one that was seen before is known again',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 1 } });
    const list = async () =>
      (await world.cloud.resources.list(world.admin, world.type('host'), { filters: [], limit: 9 }))
        .resources;
    t.equal((await list()).length, 1);
    const [known] = world.outside.hosts;
    world.outside.hosts =
      known === undefined
        ? []
        : [known, { ...known, external: 'another' as typeof known.external, name: 'new' }];
    await world.pass(2 * MINUTE);
    t.same(
      (await list()).map(({ name }) => name),
      ['host0', 'new'],
    );
    t.match(await world.state('host', '2'), { state: 'active' });
  },
);

t.test(
  'a host that an operator of the backend keeps out, or that is dead, takes no servers',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 2 } });
    world.outside.hosts = world.outside.hosts.map((each, index) =>
      index === 0 ? { ...each, enabled: false } : { ...each, live: false },
    );
    await world.pass(2 * MINUTE);
    for (const id of ['1', '2']) t.match(await world.state('host', id), { state: 'unreachable' });
  },
);

t.test('a host’s memory follows what its pool reports', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1, hostMemoryMb: 4096 } });
  t.match((await world.get('host', '1')).status, { ramSizeMb: 4096, ramUsedMb: 0 });
  world.outside.hosts = world.outside.hosts.map((each) => ({ ...each, ramSizeMb: 2048 }));
  await world.pass(2 * MINUTE);
  t.match((await world.get('host', '1')).status, { ramSizeMb: 2048 });
  t.match([...(await world.store.capacities('memoryMb')).values()], [{ total: 2048, used: 0 }]);
});

t.test('an image whose share is away waits, and is made when the share is back', async (t) => {
  const world = await startCloud(t);
  world.outside.images.down = down('the share is not mounted');
  const image = await world.create('image', { osType: 'linux', bootMode: 'hvm', sizeGb: 1 });
  await world.quiet();
  t.match(await world.state('image', image.id), {
    transitioning: 'yes',
    transitioningMessage: /the share is not mounted/,
  });
  const volume = await world.create('volume', { sizeGb: 1, imageId: image.id });
  await world.quiet();
  t.match(await world.state('volume', volume.id), {
    transitioningMessage: `waiting for image ${image.id}`,
  });
  world.outside.images.down = undefined;
  await world.reaches('image', image.id, 'active');
  await world.reaches('volume', volume.id, 'active');
  await t.rejects(world.remove('image', image.id), { code: 'InUse', message: /1 volume$/ });
});

t.test('shares are known with their room, and can be kept for later', async (t) => {
  const world = await startCloud(t);
  t.match((await world.get('storagepool', '1')).status, {
    live: true,
    problem: null,
    capacityGb: 1024,
    usedGb: 0,
  });
  await world.act('storagepool', '1', 'disable');
  await world.reaches('storagepool', '1', 'disabled');
  await world.act('storagepool', '1', 'enable');
  await world.reaches('storagepool', '1', 'active');
});

t.test('an answer that is shared does not end with the first who asked for it', async (t) => {
  const outside = memoryDrivers();
  const { hosts } = outside;
  const { compute } = driversOf(outside);
  const asked = deferred<typeof hosts>();
  const calls: DriverCall[] = [];
  const slow = {
    ...compute,
    hosts: (call: DriverCall) => {
      calls.push(call);
      return asked.promise;
    },
  };
  const inventory = new Inventory(new ManualClock());
  const first = new AbortController();
  const left = inventory.hosts(slow, first.signal);
  const stays = inventory.hosts(slow, new AbortController().signal);
  first.abort(new Error('the lock is lost'));
  await t.rejects(left, { code: 'NoAnswer', message: /the lock is lost/ });
  t.match(calls, [{ signal: { aborted: false } }], 'asked once, and still being asked');
  asked.resolve(hosts);
  t.equal((await stays).size, hosts.length);
});

t.test('a driver that never says what there is keeps nobody for more than 15 s', async (t) => {
  const outside = memoryDrivers();
  const { compute, storage } = driversOf(outside);
  const clock = new ManualClock();
  const inventory = new Inventory(clock);
  const { signal } = new AbortController();
  const never = () => new Promise<never>(() => undefined);
  const failure = { outcome: 'unavailable', code: 'NoAnswer' };
  const unanswered = Promise.all([
    t.rejects(inventory.hosts({ ...compute, hosts: never }, signal), failure),
    t.rejects(inventory.pools({ ...storage, pools: never }, signal), failure),
  ]);
  clock.advance(15_000);
  await unanswered;
  t.equal((await inventory.hosts(compute, signal)).size, outside.hosts.length, 'it is asked again');
  await turns();
  t.equal(clock.scheduled, 0);
});

t.test('taking stock goes on after a driver that hung', async (t) => {
  const outside = memoryDrivers({ hosts: 1 });
  const real = driversOf(outside).compute;
  let hangs = true;
  const compute = {
    ...real,
    hosts: (call: DriverCall) => (hangs ? new Promise<never>(() => undefined) : real.hosts(call)),
  };
  const world = await startCloud(t, {
    after: { ...surroundings(t), outside },
    plugins: [(container) => void container.register(COMPUTE, { useValue: compute })],
  });
  await world.pass(2 * MINUTE);
  t.same(await world.store.all(world.type('host'), 9), []);
  hangs = false;
  await world.until(async () => (await world.store.all(world.type('host'), 9)).length > 0);
});
