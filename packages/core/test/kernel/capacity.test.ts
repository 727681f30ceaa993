import t from 'tap';
import { memoryUsed, readyNetwork, server, startCloud } from '../support/cloud.js';
import { hooking } from '../support/hooking.js';

t.test(
  'servers without room wait, say why for each host, and go on when one is removed',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 2, hostMemoryMb: 2048 } });
    const network = await readyNetwork(world);
    const machines = [];
    for (let n = 0; n < 5; n += 1)
      machines.push(await world.create('virtualmachine', server(network)));
    await world.pass(60_000);
    const states = await Promise.all(machines.map(({ id }) => world.state('virtualmachine', id)));
    t.equal(states.filter(({ state }) => state === 'running').length, 4);
    t.match(await memoryUsed(world.store), { used: 4096 }, 'not one MiB more than there is');
    const at = states.findIndex(({ state }) => state !== 'running');
    const waiting = machines[at];
    t.match(states[at], {
      transitioning: 'yes',
      transitioningMessage:
        /^no host has room for 1024 MiB: host\d \(gdcloud\/host-has-room: 0 left of what is needed, 1024\), host\d \(/,
    });
    t.match(await world.get('virtualmachine', waiting?.id ?? ''), { attempts: 0, outcome: 'wait' });
    const running = machines.find(({ id }) => id !== waiting?.id);
    await world.remove('virtualmachine', running?.id ?? '');
    await world.reaches('virtualmachine', waiting?.id ?? '', 'running');
    t.match(await memoryUsed(world.store), { used: 4096 });
  },
);

t.test('servers are spread over the hosts that are live and enabled', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 2, hostMemoryMb: 8192 } });
  const network = await readyNetwork(world);
  const hosts = (
    await world.cloud.resources.list(world.admin, world.type('host'), { filters: [], limit: 5 })
  ).resources;
  const used = async () =>
    [...(await world.store.capacities('memoryMb')).values()].map((capacity) => capacity.used);
  const launch = async (): Promise<void> => {
    const machine = await world.create('virtualmachine', server(network));
    await world.reaches('virtualmachine', machine.id, 'running');
  };
  await launch();
  await launch();
  t.same(await used(), [1024, 1024]);
  const [first] = hosts;
  await world.act('host', first?.id ?? '', 'disable');
  await world.reaches('host', first?.id ?? '', 'disabled');
  await launch();
  await launch();
  t.same((await used()).toSorted(), [1024, 3072], 'none more on the one that is disabled');
  await world.act('host', first?.id ?? '', 'enable');
  await world.reaches('host', first?.id ?? '', 'active');
  await launch();
  t.same((await used()).toSorted(), [2048, 3072]);
});

t.test('a server on no host says that there are none', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 0 } });
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.quiet();
  t.match(await world.state('virtualmachine', machine.id), {
    transitioningMessage: 'no host has room for 1024 MiB: there are no hosts',
  });
});

t.test('plug-ins take part in placement', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      hooking({
        point: 'schedule.filter',
        name: 'acme/only-host1',
        run: ({ candidate }) => (candidate.name === 'host1' ? undefined : { message: 'not ours' }),
      }),
    ],
  });
  const network = await readyNetwork(world);
  for (let n = 0; n < 3; n += 1) {
    const { id } = await world.create('virtualmachine', server(network));
    const machine = await world.reaches('virtualmachine', id, 'running');
    const { hostId } = machine.status as { readonly hostId: string };
    t.equal((await world.get('host', hostId)).name, 'host1');
  }
});

t.test('a larger offering is charged where the server is, or waits there', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1, hostMemoryMb: 4096 } });
  const network = await readyNetwork(world);
  const one = await world.create('virtualmachine', server(network));
  const two = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', one.id, 'running');
  await world.reaches('virtualmachine', two.id, 'running');
  await world.update('virtualmachine', one.id, { offering: '2gb-2cpu' });
  t.match((await world.reaches('virtualmachine', one.id, 'running')).status, { ramSizeMb: 1024 });
  t.match(await memoryUsed(world.store), { used: 3072 }, 'it is kept for its next start');
  await world.update('virtualmachine', two.id, { offering: '4gb-4cpu' });
  await world.pass(60_000);
  t.match(await world.state('virtualmachine', two.id), {
    transitioning: 'yes',
    transitioningMessage: 'host0 has no room for 4096 MiB',
  });
  t.match(await memoryUsed(world.store), { used: 3072 }, 'what it has it keeps');
  await world.update('virtualmachine', two.id, { offering: '1gb-2cpu' });
  await world.reaches('virtualmachine', two.id, 'running');
});

t.test('a host with servers can not be removed', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1 } });
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', id, 'running');
  await t.rejects(world.remove('host', '1'), { code: 'InUse' });
  await world.remove('virtualmachine', id);
  await world.reaches('virtualmachine', id, 'removed');
  world.outside.hosts = [];
  await world.remove('host', '1');
  await world.reaches('host', '1', 'removed');
  t.equal((await world.store.capacities('memoryMb')).size, 0);
});

t.test('a network’s addresses are each given once, and those who find none wait', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world, { ipv4Cidr: '10.0.0.0/29' });
  const machines = [];
  for (let n = 0; n < 6; n += 1)
    machines.push(await world.create('virtualmachine', server(network)));
  await world.pass(60_000);
  t.same((await world.store.allocated(`ipv4/${network.uuid}`)).toSorted(), [
    '10.0.0.2',
    '10.0.0.3',
    '10.0.0.4',
    '10.0.0.5',
    '10.0.0.6',
  ]);
  const states = await Promise.all(machines.map(({ id }) => world.state('virtualmachine', id)));
  const at = states.findIndex(({ state }) => state !== 'running');
  t.equal(states.filter(({ state }) => state === 'running').length, 5);
  t.match(states[at], {
    transitioningMessage: `every address of network ${network.id} is in use`,
  });
  await world.remove('virtualmachine', machines[(at + 1) % 6]?.id ?? '');
  await world.reaches('virtualmachine', machines[at]?.id ?? '', 'running');
});

t.test('networks of one trunk get tags of their own', async (t) => {
  const world = await startCloud(t);
  const tags = [];
  for (let n = 0; n < 3; n += 1)
    tags.push(((await readyNetwork(world)).status as { readonly segmentId: number }).segmentId);
  t.same(tags, [100, 101, 102]);
});
