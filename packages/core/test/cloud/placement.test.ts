import type { JsonObject, Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { hooking } from '../support/hooking.js';

async function launch(world: TestCloud, network: Resource, more: JsonObject): Promise<Resource> {
  return world.create('virtualmachine', server(network, more));
}

async function hostOf(world: TestCloud, { id }: Resource): Promise<string | null> {
  const { hostId } = (await world.get('virtualmachine', id)).status;
  return typeof hostId === 'string' ? hostId : null;
}

async function running(world: TestCloud, ...servers: readonly Resource[]): Promise<void> {
  for (const { id } of servers) await world.reaches('virtualmachine', id, 'running');
}

t.test(
  'servers that keep away from their own label never share a host, however many come at once',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 3 }, workers: 8 });
    const network = await readyNetwork(world);
    const apart = { labels: ['db'], antiAffinityLabels: ['db'] };
    const servers = await Promise.all(
      Array.from({ length: 4 }, () => launch(world, network, apart)),
    );
    await world.pass(60_000);
    const hosts = await Promise.all(servers.map((each) => hostOf(world, each)));
    const placed = hosts.filter((each) => each !== null);
    t.equal(placed.length, 3, 'one for each host');
    t.equal(new Set(placed).size, 3);
    const waiting = servers[hosts.indexOf(null)];
    const why = await world.cloud.resources.explain(
      world.admin,
      world.type('virtualmachine'),
      waiting?.id ?? '',
    );
    t.equal(why.placement.length, 3, 'each host is named');
    for (const each of why.placement)
      t.match(each, { filter: 'gdcloud/company', why: 'one labelled db is there' });
    await world.remove('virtualmachine', servers.find((each) => each !== waiting)?.id ?? '');
    await running(world, ...(waiting === undefined ? [] : [waiting]));
  },
);

t.test(
  'who keeps away and who is kept away from come at once, and still do not meet',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 2 }, workers: 8 });
    const network = await readyNetwork(world);
    const servers = await Promise.all([
      launch(world, network, { labels: ['noisy'] }),
      launch(world, network, { antiAffinityLabels: ['noisy'] }),
    ]);
    await running(world, ...servers);
    const [noisy, quiet] = await Promise.all(servers.map((each) => hostOf(world, each)));
    t.not(noisy, quiet);
    const another = await launch(world, network, { antiAffinityLabels: ['noisy'] });
    await running(world, another);
    t.equal(await hostOf(world, another), quiet, 'who keeps away may be together');
  },
);

t.test('a label means nothing to servers of another account', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1 } });
  const alone = { labels: ['db'], antiAffinityLabels: ['db'] };
  for (const name of ['alice', 'bob']) {
    const caller = await world.account(name);
    const network = await readyNetwork(world, { caller });
    const { id } = await world.create('virtualmachine', server(network, alone), caller);
    await world.reaches('virtualmachine', id, 'running');
  }
});

t.test(
  'a server is put near its kind as long as there is room, and spread otherwise',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 3, hostMemoryMb: 3_072 } });
    const network = await readyNetwork(world);
    const near = { labels: ['web'], affinityLabels: ['web'] };
    const hosts: (string | null)[] = [];
    for (let n = 0; n < 4; n += 1) {
      const each = await launch(world, network, near);
      await running(world, each);
      hosts.push(await hostOf(world, each));
    }
    t.equal(new Set(hosts.slice(0, 3)).size, 1, 'as many as fit are together');
    t.not(hosts[3], hosts[0], 'the next goes elsewhere rather than nowhere');
  },
);

t.test(
  'a host that sees neither the disks nor the trunk is left out, and explain says which and why',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 3 } });
    world.outside.hosts = world.outside.hosts.map((each, index) => {
      if (index === 0) return { ...each, storageProblem: 'the repository nfs is not plugged' };
      return index === 1 ? { ...each, physicalNetworks: ['physnet9'] } : { ...each, live: false };
    });
    await world.pass(120_000);
    const network = await readyNetwork(world);
    const waiting = await launch(world, network, {});
    await world.pass(30_000);
    const why = await world.cloud.resources.explain(
      world.admin,
      world.type('virtualmachine'),
      waiting.id,
    );
    t.match(why.placement, [
      {
        candidate: 'host0',
        filter: 'gdcloud/host-reaches-storage',
        why: 'the repository nfs is not plugged',
      },
      { candidate: 'host1', filter: 'gdcloud/host-reaches-network', why: 'no trunk for physnet1' },
      { candidate: 'host2', filter: 'gdcloud/host-is-usable', why: 'not reachable' },
    ]);
    world.outside.hosts = world.outside.hosts.map((each, index) =>
      index === 1 ? { ...each, physicalNetworks: ['physnet1', 'physnet9'] } : each,
    );
    await running(world, waiting);
    t.equal(await hostOf(world, waiting), '2');
  },
);

t.test(
  'killed between the charges of a place, the next process keeps or gives back all of them',
  async (t) => {
    const world = await startCloud(t, {
      drivers: { hosts: 2 },
      plugins: [hooking({ point: 'schedule.weigh', name: 'test/first', run: () => 0 })],
    });
    const network = await readyNetwork(world);
    const apart = { labels: ['db'], antiAffinityLabels: ['db'] };
    const first = await launch(world, network, apart);
    await running(world, first);
    const taken = (await world.get('host', String(await hostOf(world, first)))).uuid;
    await world.stop();
    // The room was charged on a host where the label is taken, and then the process died.
    const second = await startCloud(t, { after: world });
    const draft = await second.create('virtualmachine', server(network, apart));
    await second.store.claimCapacity(draft.uuid, taken, 'memoryMb', 1_024);
    await running(second, draft);
    t.not(await hostOf(second, draft), await hostOf(second, first));
    const used = [...(await second.store.capacities('memoryMb')).values()].map((each) => each.used);
    t.same(used, [1_024, 1_024]);
  },
);
