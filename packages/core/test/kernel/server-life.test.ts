import type { Resource } from '@gdcloud/core';
import t from 'tap';
import { memoryUsed, readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';

async function running(world: TestCloud): Promise<{ network: Resource; machine: Resource }> {
  const network = await readyNetwork(world);
  const asked = await world.create('virtualmachine', server(network, { name: 'web' }));
  return { network, machine: await world.reaches('virtualmachine', asked.id, 'running') };
}

t.test(
  'a network and a server come up, and each object outside is made exactly once',
  async (t) => {
    const world = await startCloud(t);
    const network = await readyNetwork(world);
    t.match(network.status, { gatewayIpv4Address: '10.0.0.1', physicalNetwork: 'physnet1' });
    const asked = await world.create('virtualmachine', server(network, { name: 'web' }));
    t.match(await world.state('virtualmachine', asked.id), {
      transitioning: 'yes',
      state: 'creating',
    });
    const machine = await world.reaches('virtualmachine', asked.id, 'running');
    t.match(machine.status, {
      privateIpv4Address: /^10\.0\.0\.\d+$/,
      macAddress: /^02(:[0-9a-f]{2}){5}$/,
      powerState: 'running',
      ramSizeMb: 1024,
      cpuCount: 1,
      hostId: /^\d+$/,
    });
    const { outside } = world;
    t.same(
      [outside.segments, outside.appliances, outside.volumes, outside.disks, outside.servers].map(
        ({ counts, objects }) => [counts.create, counts.delete, objects.size],
      ),
      Array.from({ length: 5 }, () => [1, 0, 1]),
    );
    t.equal(outside.images.counts.create, 2);
    t.equal(outside.servers.counts.update, 1, 'switched on once');
    t.match(await memoryUsed(world.store), { used: 1024 });
  },
);

t.test('everything that moved a server is in its history, in order', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const events = await world.events('virtualmachine', machine.id);
  const order = [
    'requested',
    'condition Scheduled',
    'server.intent',
    'server.create',
    'server.powerState',
    'condition Ready',
  ];
  let at = -1;
  for (const what of order) {
    const found = events.indexOf(what, Math.max(at, 0));
    t.ok(found >= at, `${what} is there, and in its place`);
    at = found;
  }
  for (const what of ['address.allocate', 'mac.allocate', 'place', 'root volume'])
    t.ok(events.slice(0, events.indexOf('server.intent')).includes(what), `${what} comes before`);
});

t.test('a server at rest is left alone', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const before = { ...world.outside.servers.counts };
  const { length } = await world.events('virtualmachine', machine.id);
  await world.pass(10 * 60_000);
  t.same(world.outside.servers.counts, before);
  t.equal((await world.events('virtualmachine', machine.id)).length, length);
  t.ok((await world.get('virtualmachine', machine.id)).statusVersion > machine.statusVersion);
});

t.test('stop and start follow the wish and nothing else changes', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  t.same(world.cloud.resources.actions(world.admin, world.type('virtualmachine'), machine), [
    'stop',
    'restart',
    'resize',
    'discard',
    'usage',
    'console',
    'reconcile',
    'explain',
  ]);
  const stopping = await world.act('virtualmachine', machine.id, 'stop');
  t.equal(stopping.generation, machine.generation + 1);
  t.match(await world.state('virtualmachine', machine.id), { state: 'stopping' });
  const stopped = await world.reaches('virtualmachine', machine.id, 'stopped');
  t.match(stopped.status, { powerState: 'halted' });
  t.same(world.cloud.resources.actions(world.admin, world.type('virtualmachine'), stopped), [
    'start',
    'resize',
    'discard',
    'usage',
    'reconcile',
    'explain',
  ]);
  await world.act('virtualmachine', machine.id, 'start');
  t.match(await world.state('virtualmachine', machine.id), { state: 'starting' });
  await world.reaches('virtualmachine', machine.id, 'running');
  t.same(world.outside.servers.counts, { create: 1, update: 3, delete: 0 });
});

t.test('a restart happens exactly once, and two that were asked for quickly are one', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const { update } = world.outside.servers.counts;
  await world.act('virtualmachine', machine.id, 'restart');
  t.match(await world.state('virtualmachine', machine.id), { state: 'restarting' });
  await world.reaches('virtualmachine', machine.id, 'running');
  await world.pass(60_000);
  t.equal(world.outside.servers.counts.update, update + 1);
  t.match((await world.get('virtualmachine', machine.id)).status, { restartsDone: 1 });

  await Promise.all([
    world.act('virtualmachine', machine.id, 'restart'),
    world.act('virtualmachine', machine.id, 'restart'),
  ]);
  const after = await world.reaches('virtualmachine', machine.id, 'running');
  t.match(after, { spec: { restarts: 3 }, status: { restartsDone: 3 } }, 'neither wish was lost');
});

t.test('an outside that was changed by somebody else is put right', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const kept = world.outside.servers.objects.get(machine.uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, powerState: 'halted' };
  await world.act('virtualmachine', machine.id, 'reconcile');
  await world.quiet();
  t.equal(world.outside.servers.objects.get(machine.uuid)?.actual.powerState, 'running');
});

t.test('removing a server and its network leaves nothing', async (t) => {
  const world = await startCloud(t);
  const { network, machine } = await running(world);
  const disk = (await world.store.referrers(machine.uuid, 'volume', 'virtualmachineId'))[0];
  t.ok(disk);
  const asked = await world.remove('virtualmachine', machine.id);
  t.type(asked.deleteRequestedAt, 'number');
  t.match(await world.state('virtualmachine', machine.id), { state: 'removing' });
  const gone = await world.reaches('virtualmachine', machine.id, 'removed');
  t.type(gone.removed, 'number');
  t.same(gone.parts, {});
  t.match(await world.state('volume', disk?.id ?? ''), { state: 'removed' }, 'its disk went along');
  await world.remove('network', network.id);
  await world.reaches('network', network.id, 'removed');

  const { outside, store } = world;
  for (const { name, objects } of [
    outside.servers,
    outside.disks,
    outside.volumes,
    outside.segments,
    outside.appliances,
  ])
    t.equal(objects.size, 0, `no ${name} is left`);
  t.match(await memoryUsed(store), { used: 0 });
  t.same(await store.allocated('mac'), []);
  t.same(await store.allocated(`ipv4/${network.uuid}`), []);
  t.same(await store.allocated('segment/vlan/physnet1'), []);
});

t.test('removing twice is removing once, also after it is gone', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const first = await world.remove('virtualmachine', machine.id);
  const second = await world.remove('virtualmachine', machine.id);
  t.equal(second.generation, first.generation);
  await world.reaches('virtualmachine', machine.id, 'removed');
  t.type((await world.remove('virtualmachine', machine.id)).removed, 'number');
  t.same(
    world.cloud.resources.actions(
      world.admin,
      world.type('virtualmachine'),
      await world.get('virtualmachine', machine.id),
    ),
    [],
  );
});

t.test('a server that is removed while it is being made leaves nothing', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { servers } = world.outside;
  const create = servers.create.bind(servers);
  let removed = 0;
  servers.create = async (...args) => {
    removed += 1;
    await world.remove('virtualmachine', args[0].uuid === machine.uuid ? machine.id : '');
    return create(...args);
  };
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'removed');
  t.equal(removed, 1, 'the wish came in the middle of the create call');
  t.same(servers.counts, { create: 1, update: 0, delete: 1 }, 'it was not even switched on');
  t.equal(servers.objects.size, 0);
  t.equal(world.outside.volumes.objects.size, 0);
  t.match(await memoryUsed(world.store), { used: 0 });
});

t.test('a server that is removed at once is never made', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.remove('virtualmachine', machine.id);
  await world.reaches('virtualmachine', machine.id, 'removed');
  t.equal(world.outside.servers.counts.create, 0);
  t.equal(world.outside.volumes.objects.size, 0);
  t.match(await memoryUsed(world.store), { used: 0 });
});

t.test('who changes the mind in mid-flight gets what was wanted last', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.act('virtualmachine', machine.id, 'stop');
  await world.act('virtualmachine', machine.id, 'start');
  await world.act('virtualmachine', machine.id, 'stop');
  const stopped = await world.reaches('virtualmachine', machine.id, 'stopped');
  t.match(stopped.status, { powerState: 'halted' });
  t.same(world.outside.servers.counts, { create: 1, update: 0, delete: 0 });
});

t.test('a stateless server that went missing is made anew, once, in the next epoch', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  world.outside.servers.objects.clear();
  await world.act('virtualmachine', machine.id, 'reconcile');
  await world.quiet();
  const again = await world.reaches('virtualmachine', machine.id, 'running');
  t.match(again.parts, { server: { state: 'recorded', epoch: 2 } });
  t.equal(world.outside.servers.objects.get(machine.uuid)?.key.epoch, 2);
  t.equal(world.outside.servers.counts.create, 2);
  t.equal(world.outside.volumes.counts.create, 1, 'its disk is the one it had');
});

t.test('a volume whose file went missing is stalled and never made anew', async (t) => {
  const world = await startCloud(t);
  const volume = await world.create('volume', { sizeGb: 5 });
  await world.reaches('volume', volume.id, 'active');
  const kept = new Map(world.outside.volumes.objects);
  world.outside.volumes.objects.clear();
  await world.act('volume', volume.id, 'reconcile');
  await world.reaches('volume', volume.id, 'error');
  t.match(await world.state('volume', volume.id), {
    transitioning: 'error',
    transitioningMessage: /missing outside; it held data/,
  });
  await world.pass(20 * 60_000);
  t.equal(world.outside.volumes.counts.create, 1);

  for (const [key, value] of kept) world.outside.volumes.objects.set(key, value);
  await world.act('volume', volume.id, 'reconcile');
  await world.reaches('volume', volume.id, 'active');
  t.equal(world.outside.volumes.counts.create, 1, 'brought back, it is taken as it is');
});

t.test('a stalled volume can be removed', async (t) => {
  const world = await startCloud(t);
  const volume = await world.create('volume', { sizeGb: 5 });
  await world.reaches('volume', volume.id, 'active');
  world.outside.volumes.objects.clear();
  await world.act('volume', volume.id, 'reconcile');
  await world.reaches('volume', volume.id, 'error');
  await world.remove('volume', volume.id);
  await world.reaches('volume', volume.id, 'removed');
  t.equal(world.outside.disks.objects.size, 0);
});

t.test('a disk in a server goes with the server and not before it', async (t) => {
  const world = await startCloud(t);
  const { machine } = await running(world);
  const disk = (await world.store.referrers(machine.uuid, 'volume', 'virtualmachineId'))[0];
  await t.rejects(world.remove('volume', disk?.id ?? ''), {
    code: 'AdmissionRefused',
    message: `it is in virtualmachine ${machine.id}; remove that instead`,
  });
});

t.test('a network that a server uses can not be removed', async (t) => {
  const world = await startCloud(t);
  const { network, machine } = await running(world);
  await t.rejects(world.remove('network', network.id), {
    code: 'InUse',
    message: /1 virtualmachine/,
  });
  t.match(await world.state('network', network.id), { state: 'active' });
  await world.remove('virtualmachine', machine.id);
  await world.reaches('virtualmachine', machine.id, 'removed');
  await t.resolves(world.remove('network', network.id));
});

t.test('a server in a network that is not up yet waits for it and says so', async (t) => {
  const world = await startCloud(t);
  world.outside.appliances.down = down('no appliance answers');
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  const machine = await world.create('virtualmachine', server(network));
  await world.quiet();
  t.match(await world.state('virtualmachine', machine.id), {
    transitioning: 'yes',
    transitioningMessage: `waiting for network ${network.id}`,
  });
  world.outside.appliances.down = undefined;
  await world.reaches('network', network.id, 'active');
  await world.quiet();
  t.match(
    await world.state('virtualmachine', machine.id),
    { state: 'running' },
    'it is told when the network is up, and need not wait for its time',
  );
});

t.test('a server that is removed in the middle of a pass is no bug of anybody', async (t) => {
  let machine: Resource | undefined;
  let first: TestCloud | undefined;
  const world = await startCloud(t, {
    wrapStore: (store) => ({
      ...store,
      claimCapacity: async (...args) => {
        const charged = await store.claimCapacity(...args);
        if (machine !== undefined) await first?.remove('virtualmachine', machine.id);
        return charged;
      },
    }),
  });
  first = world;
  const network = await readyNetwork(world);
  machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'removed');
  t.match(await memoryUsed(world.store), { used: 0 });
  t.same(
    world.lines.filter(({ level }) => level === 'error'),
    [],
  );
});
