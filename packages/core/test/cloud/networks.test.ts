import type { PhysicalNetwork, Plugin } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud } from '../support/cloud.js';
import { overNetwork, TellingNetwork } from '../support/over-network.js';

function trunks(...physicalNetworks: readonly PhysicalNetwork[]): Plugin {
  return overNetwork(() => ({
    physicalNetworks,
    macAddress: () => '02:00:00:00:00:01',
  }));
}

const small: PhysicalNetwork = { name: 'small', kind: 'vlan', firstId: 7, lastId: 7 };
const tagged: PhysicalNetwork = {
  name: 'tagged',
  kind: 'qinq',
  outerIds: [7, 8],
  firstId: 9,
  lastId: 9,
};

t.test(
  'a trunk that is full gives way to the next, and when all are the network waits',
  async (t) => {
    const world = await startCloud(t, { plugins: [trunks(small, tagged)] });
    const first = await readyNetwork(world);
    t.match(first.status, { physicalNetwork: 'small', segmentId: 7 });
    t.match((await readyNetwork(world)).status, {
      physicalNetwork: 'tagged',
      segmentId: 9,
      outerSegmentId: 7,
    });
    t.match((await readyNetwork(world)).status, { segmentId: 9, outerSegmentId: 8 });
    const third = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
    await world.quiet();
    t.match(await world.state('network', third.id), {
      transitioning: 'yes',
      transitioningMessage: 'every tag of every trunk is in use',
    });
    await world.remove('network', first.id);
    const up = await world.reaches('network', third.id, 'active');
    t.match(up.status, { physicalNetwork: 'small', segmentId: 7 });
  },
);

t.test('a network between whose two tags nothing is configured has the outer tag 1', async (t) => {
  const world = await startCloud(t, { plugins: [trunks({ ...tagged, outerIds: undefined })] });
  t.match((await readyNetwork(world)).status, { segmentId: 9, outerSegmentId: 1 });
});

t.test('a server for which no card address is free waits', async (t) => {
  const world = await startCloud(t, { plugins: [trunks(small)] });
  const network = await readyNetwork(world);
  const one = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', one.id, 'running');
  const two = await world.create('virtualmachine', server(network));
  await world.quiet();
  t.match(await world.state('virtualmachine', two.id), {
    transitioningMessage: 'no MAC address is free',
  });
  await world.remove('virtualmachine', one.id);
  await world.reaches('virtualmachine', two.id, 'running');
});

t.test('a network whose removal raced a new server waits until that is gone', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const machine = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', machine.id, 'running');
  const before = await world.get('network', network.id);
  await world.store.change(network.uuid, before.generation, {
    deleteRequestedAt: world.clock.now(),
    event: { at: 0, what: 'delete requested', why: 'a race', result: '' },
  });
  await world.pass(60_000);
  t.match(await world.state('network', network.id), {
    state: 'removing',
    transitioningMessage: '1 servers are still in it',
  });
  t.equal(world.outside.segments.objects.size, 1, 'its segment stays under the server');
  await world.remove('virtualmachine', machine.id);
  await world.reaches('network', network.id, 'removed');
  t.equal(world.outside.segments.objects.size, 0);
});

t.test('an appliance that says it has lost a network is told anew at once', async (t) => {
  const telling = new TellingNetwork();
  const world = await startCloud(t, { plugins: [telling.plugin] });
  const network = await readyNetwork(world);
  const { objects } = world.outside.appliances;
  objects.delete(network.uuid);
  await world.quiet();
  t.notOk(objects.has(network.uuid), 'nobody has heard of it');
  telling.tell(network.uuid);
  await world.quiet();
  t.ok(objects.has(network.uuid));
});
