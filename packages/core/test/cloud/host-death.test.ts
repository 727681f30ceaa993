import type { Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';

const MINUTE = 60_000;

function setLive(world: TestCloud, index: number, live: boolean): void {
  world.outside.hosts = world.outside.hosts.map((each, at) =>
    at === index ? { ...each, live } : each,
  );
}

async function oneOnFirst(t: Parameters<typeof startCloud>[0], hosts = 2) {
  const world = await startCloud(t, { drivers: { hosts } });
  for (let id = 2; id <= hosts; id += 1) await world.act('host', String(id), 'disable');
  await world.quiet();
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network, { name: 'web' }));
  const machine = await world.reaches('virtualmachine', id, 'running');
  for (let other = 2; other <= hosts; other += 1) await world.act('host', String(other), 'enable');
  await world.quiet();
  return { world, machine };
}

function whereItRuns(world: TestCloud, { uuid }: Resource): string | undefined {
  return world.outside.servers.objects.get(uuid)?.actual.host;
}

t.test('nothing is started elsewhere before somebody confirms that the host is off', async (t) => {
  const { world, machine } = await oneOnFirst(t);
  setLive(world, 0, false);
  await world.pass(10 * MINUTE);
  t.equal(whereItRuns(world, machine), 'memory-host-0');
  t.equal(world.outside.servers.counts.update, 1, 'it was started once, and that was all');
  const why = await world.cloud.resources.explain(
    world.admin,
    world.type('virtualmachine'),
    machine.id,
  );
  t.match(why, {
    asAsked: 'no',
    root: { type: 'host', reason: 'HostLost' },
    verdict:
      /^virtualmachine 1 is not running yet: its host 1 can't go on by itself: host0 does not answer, with 1 server on it/,
    suggestions: [{ action: 'fence', resource: { type: 'host', id: '1' } }],
  });
  t.match(await world.state('host', '1'), {
    state: 'error',
    transitioningMessage: /To free it, ask for the action fence once the machine certainly is off/,
  });
});

t.test('once it is confirmed, its servers are started on other hosts, each once', async (t) => {
  const { world, machine } = await oneOnFirst(t);
  setLive(world, 0, false);
  await world.pass(2 * MINUTE);
  await world.act('host', '1', 'fence');
  await world.reaches('virtualmachine', machine.id, 'running');
  t.equal(whereItRuns(world, machine), 'memory-host-1');
  t.match(world.outside.servers.counts, { create: 1, delete: 0 });
  const used = [...(await world.store.capacities('memoryMb')).values()].map((each) => each.used);
  t.same(used, [0, 1_024]);
  t.match(await world.reaches('host', '1', 'unreachable'), { spec: { enabled: false } });
  setLive(world, 0, true);
  await world.pass(2 * MINUTE);
  t.match(await world.state('host', '1'), { state: 'disabled' }, 'it waits for an administrator');
  t.equal(whereItRuns(world, machine), 'memory-host-1');
});

t.test(
  'a host that answers again keeps its servers, and a confirmation that came too late means nothing',
  async (t) => {
    const { world, machine } = await oneOnFirst(t);
    setLive(world, 0, false);
    await world.pass(2 * MINUTE);
    setLive(world, 0, true);
    await world.pass(2 * MINUTE);
    await t.rejects(world.act('host', '1', 'fence'), { code: 'ActionNotAvailable' });
    await world.reaches('virtualmachine', machine.id, 'running');
    t.equal(whereItRuns(world, machine), 'memory-host-0');
    t.equal(world.outside.servers.counts.update, 1);
  },
);

t.test('a confirmation speaks of one death, not of the next', async (t) => {
  const { world, machine } = await oneOnFirst(t);
  // Nowhere to go, so that nothing happens upon the first confirmation.
  await world.act('host', '2', 'disable');
  setLive(world, 0, false);
  await world.pass(2 * MINUTE);
  await world.act('host', '1', 'fence');
  await world.pass(MINUTE);
  setLive(world, 0, true);
  await world.pass(2 * MINUTE);
  await world.reaches('virtualmachine', machine.id, 'running');
  setLive(world, 0, false);
  await world.act('host', '2', 'enable');
  await world.pass(5 * MINUTE);
  t.equal(whereItRuns(world, machine), 'memory-host-0', 'that it is off now nobody has said');
});

t.test(
  'confirmed by mistake, and back before anything was cleared away: it is moved, not doubled',
  async (t) => {
    const { world, machine } = await oneOnFirst(t);
    setLive(world, 0, false);
    await world.pass(2 * MINUTE);
    const update = world.outside.servers.update.bind(world.outside.servers);
    // Between the choice of the new place and the first change outside, the host answers again.
    world.outside.servers.update = (...args) => {
      setLive(world, 0, true);
      world.outside.servers.update = update;
      return Promise.reject(
        world.outside.servers.down ?? new Error(`too early for ${args[2].field}`),
      );
    };
    await world.act('host', '1', 'fence');
    await world.pass(5 * MINUTE);
    await world.reaches('virtualmachine', machine.id, 'running');
    t.equal(whereItRuns(world, machine), 'memory-host-1');
    t.match(world.outside.servers.counts, { create: 1, delete: 0 });
    t.equal(world.outside.servers.objects.size, 1);
  },
);

t.test('what does not run needs no confirmation to be started elsewhere', async (t) => {
  const { world, machine } = await oneOnFirst(t);
  await world.act('virtualmachine', machine.id, 'stop');
  await world.reaches('virtualmachine', machine.id, 'stopped');
  setLive(world, 0, false);
  await world.pass(2 * MINUTE);
  await world.act('virtualmachine', machine.id, 'start');
  await world.reaches('virtualmachine', machine.id, 'running');
  t.equal(whereItRuns(world, machine), 'memory-host-1');
});

t.test('where it was moving to dies: it turns back, or goes to a third host', async (t) => {
  const { world, machine } = await oneOnFirst(t, 3);
  const update = world.outside.servers.update.bind(world.outside.servers);
  world.outside.servers.update = (key, desired, change, call) => {
    if (change.field !== 'host') return update(key, desired, change, call);
    const target = world.outside.hosts.findIndex(({ external }) => external === desired.host);
    setLive(world, target, false);
    return update(key, desired, change, call);
  };
  await world.act('host', '1', 'evacuate');
  await world.pass(2 * MINUTE);
  const { hostId } = (await world.get('virtualmachine', machine.id)).status;
  world.outside.servers.update = update;
  await world.act('host', String(hostId), 'fence');
  await world.pass(5 * MINUTE);
  await world.reaches('virtualmachine', machine.id, 'running');
  await world.reaches('host', '1', 'evacuated');
  const third = ['2', '3'].find((id) => id !== hostId);
  t.equal(whereItRuns(world, machine), `memory-host-${Number(third) - 1}`);
  t.equal(world.outside.servers.counts.create, 1);
});
