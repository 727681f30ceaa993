import t from 'tap';
import { Inventory } from '../../dist/cloud/inventory/inventory.js';
import { startCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { ManualClock } from '../support/manual-clock.js';

const MINUTE = 60_000;

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

t.test('a driver that never says which hosts there are is asked again', async (t) => {
  const clock = new ManualClock();
  const inventory = new Inventory(clock);
  let asked = 0;
  const silent = {
    hosts: () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    },
  };
  const stop = new AbortController();
  const first = inventory.hosts(silent, stop.signal);
  const refused = t.rejects(first, { code: 'NoAnswer' });
  clock.advance(16_000);
  await refused;
  const second = inventory.hosts(silent, stop.signal);
  t.equal(asked, 2);
  stop.abort(new Error('the kernel is stopping'));
  await t.rejects(second, { message: /is stopping/ }, 'nor does it keep a kernel from stopping');
});
