import { type Change, conditionOf, DriverFailure, type Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';

interface Fleet {
  readonly world: TestCloud;
  readonly servers: readonly Resource[];
  /** How many servers run on each host, by the host's name. */
  readonly spread: () => Readonly<Record<string, number>>;
  readonly used: () => Promise<readonly number[]>;
}

async function fleet(
  t: Parameters<typeof startCloud>[0],
  count: number,
  drivers: { readonly hosts: number; readonly hostMemoryMb?: number },
): Promise<Fleet> {
  const world = await startCloud(t, { drivers });
  const network = await readyNetwork(world);
  const servers: Resource[] = [];
  for (let n = 0; n < count; n += 1) {
    const { id } = await world.create('virtualmachine', server(network, { name: `web-${n}` }));
    servers.push(await world.reaches('virtualmachine', id, 'running'));
  }
  return {
    world,
    servers,
    spread: () => {
      const counts: Record<string, number> = {};
      for (const { actual } of world.outside.servers.objects.values()) {
        const { host = 'none' } = actual;
        const name = host.replace('memory-', '');
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    },
    used: async () =>
      [...(await world.store.capacities('memoryMb')).values()].map(({ used }) => used),
  };
}

async function evacuated(world: TestCloud, id: string) {
  return conditionOf((await world.get('host', id)).conditions, 'Evacuated');
}

t.test(
  'a host is emptied while its servers run, one after another, and is used again',
  async (t) => {
    const { world, spread, used } = await fleet(t, 4, { hosts: 2, hostMemoryMb: 8_192 });
    t.same(spread(), { 'host-0': 2, 'host-1': 2 });
    let moving = 0;
    let most = 0;
    const update = world.outside.servers.update.bind(world.outside.servers);
    world.outside.servers.update = async (...args) => {
      moving += 1;
      most = Math.max(most, moving);
      await Promise.resolve();
      moving -= 1;
      return update(...args);
    };
    await world.act('host', '1', 'evacuate');
    t.match(await world.state('host', '1'), { state: 'evacuating', transitioning: 'yes' });
    await world.reaches('host', '1', 'evacuated');
    t.same(spread(), { 'host-1': 4 });
    t.equal(most, 1);
    t.same(await used(), [0, 4_096], 'nothing is charged where nothing is');
    t.match((await world.get('host', '1')).status, { serversLeft: 0 });
    t.match(await evacuated(world, '1'), { status: 'True' });
    t.match(world.outside.servers.counts, { create: 4, delete: 0 });
    await world.act('host', '1', 'enable');
    await world.reaches('host', '1', 'active');
    t.equal(world.outside.hosts[0]?.enabled, true);
  },
);

t.test('a server that moves is charged at both places until it has arrived', async (t) => {
  const { world, servers, used } = await fleet(t, 1, { hosts: 2, hostMemoryMb: 4_096 });
  const [moved] = servers;
  const update = world.outside.servers.update.bind(world.outside.servers);
  let during: readonly number[] = [];
  world.outside.servers.update = async (...args) => {
    during = await used();
    return update(...args);
  };
  const { hostId } = (await world.get('virtualmachine', moved?.id ?? '')).status;
  await world.act('host', String(hostId), 'evacuate');
  await world.reaches('host', String(hostId), 'evacuated');
  t.same(during, [1_024, 1_024]);
  t.same((await used()).toSorted(), [0, 1_024]);
  t.match((await world.get('virtualmachine', moved?.id ?? '')).status, { previousHostId: null });
});

t.test('servers without another place stay, run on, and are named with the reason', async (t) => {
  const { world, spread } = await fleet(t, 3, { hosts: 2, hostMemoryMb: 2_048 });
  const full = world.outside.hosts.find((_, index) => spread()[`host-${index}`] === 2)?.name;
  const id = full === 'host0' ? '1' : '2';
  await world.act('host', id, 'evacuate');
  await world.pass(120_000);
  t.match((await world.get('host', id)).status, { serversLeft: 1 });
  t.match(await world.state('host', id), {
    state: 'evacuating',
    transitioningMessage:
      /^1 server left to move; web-\d can't go: no host has room for 1024 MiB: host\d \(gdcloud\/host-has-room/,
  });
  t.match(await evacuated(world, id), { reason: 'Obstructed', details: { left: 1, stuck: [{}] } });
  for (const each of await world.store.all(world.type('virtualmachine'), 9))
    t.match(await world.state('virtualmachine', each.id), { state: 'running' });
});

t.test('a server that its backend can not move stays where it runs', async (t) => {
  const { world, servers, used, spread } = await fleet(t, 1, { hosts: 2 });
  const [stuck] = servers;
  const update = world.outside.servers.update.bind(world.outside.servers);
  const rigid = (...args: Parameters<typeof update>) => {
    if ((args[2] as Change).field !== 'host') return update(...args);
    const message = 'a device of the host is passed through to it';
    throw new DriverFailure('rejected', 'MigrationImpossible', message, { remedy: 'Stop it.' });
  };
  world.outside.servers.update = async (...args) => rigid(...args);
  const before = spread();
  const { hostId } = (await world.get('virtualmachine', stuck?.id ?? '')).status;
  await world.act('host', String(hostId), 'evacuate');
  await world.pass(60_000);
  t.same(spread(), before);
  t.match((await world.get('virtualmachine', stuck?.id ?? '')).status, {
    hostId,
    previousHostId: null,
  });
  t.match(await evacuated(world, String(hostId)), {
    details: { stuck: [{ why: /passed through/ }] },
  });
  t.same((await used()).toSorted(), [0, 1_024], 'charged where it is, and nowhere else');
  // Stopped, it can go.
  await world.act('virtualmachine', stuck?.id ?? '', 'stop');
  await world.reaches('virtualmachine', stuck?.id ?? '', 'stopped');
  await world.reaches('host', String(hostId), 'evacuated');
  await world.act('virtualmachine', stuck?.id ?? '', 'start');
  await world.reaches('virtualmachine', stuck?.id ?? '', 'running');
  t.notSame(spread(), before);
});

t.test('servers that are not of this cloud are named as obstacles and left alone', async (t) => {
  const { world } = await fleet(t, 1, { hosts: 2 });
  const stranger = { external: 'stranger' as never, name: 'payroll' };
  world.outside.hosts = world.outside.hosts.map((each, index) =>
    index === 0 ? { ...each, unmanaged: [stranger] } : each,
  );
  await world.pass(61_000);
  await world.act('host', '1', 'evacuate');
  await world.pass(60_000);
  t.match(await world.state('host', '1'), {
    transitioningMessage: '0 servers left to move; payroll is not of this cloud and is left alone',
  });
  t.same((await world.get('host', '1')).status['unmanaged'], ['payroll (stranger)']);
});

t.test('an evacuation that is called off leaves servers where they are by then', async (t) => {
  const { world, servers } = await fleet(t, 2, { hosts: 2 });
  await world.act('host', '1', 'evacuate');
  await world.act('host', '1', 'enable');
  await world.reaches('host', '1', 'active');
  for (const { id } of servers) await world.reaches('virtualmachine', id, 'running');
  t.equal(world.outside.hosts[0]?.enabled, true);
});
