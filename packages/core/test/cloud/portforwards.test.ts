import t from 'tap';
import { readyNetwork, server, startCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { documentOf, forwardTo, reachable } from '../support/networking.js';

t.test('a forward is carried by the appliance of its network, and goes with it', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const { address, machine, network } = there;
  const asked = await world.create(
    'portforward',
    forwardTo(there, { publicStartPort: 8_000, publicEndPort: 8_009, privateStartPort: 80 }),
  );
  await world.reaches('portforward', asked.id, 'active');
  const expected = {
    uuid: asked.uuid,
    protocol: 'tcp',
    publicAddress: address.status['address'],
    publicStartPort: 8_000,
    publicEndPort: 8_009,
    privateAddress: machine.status['privateIpv4Address'],
    privateStartPort: 80,
  };
  t.match(documentOf(world, network).forwards, [expected]);
  await world.update('portforward', asked.id, { privateStartPort: 8_080 });
  await world.reaches('portforward', asked.id, 'active');
  t.match(documentOf(world, network).forwards, [{ ...expected, privateStartPort: 8_080 }]);
  await world.remove('portforward', asked.id);
  await world.reaches('portforward', asked.id, 'removed');
  t.same(documentOf(world, network).forwards, []);
});

t.test('a forward is there no earlier, and gone no earlier, than the appliance says', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  world.outside.appliances.down = down('no route');
  const asked = await world.create('portforward', forwardTo(there));
  await world.pass(30_000);
  t.match(await world.state('portforward', asked.id), { state: 'creating' });
  world.outside.appliances.down = undefined;
  await world.reaches('portforward', asked.id, 'active');
  world.outside.appliances.down = down('no route');
  await world.remove('portforward', asked.id);
  await world.pass(30_000);
  t.match(await world.state('portforward', asked.id), { state: 'removing' });
  world.outside.appliances.down = undefined;
  await world.reaches('portforward', asked.id, 'removed');
});

t.test('what keeps a forward from being carried is named', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  world.outside.appliances.down = down('no route to the appliance');
  const asked = await world.create('portforward', forwardTo(there));
  await world.quiet();
  const { root } = await world.cloud.explain(asked.uuid);
  t.match(root?.message, /no route to the appliance/);
});

t.test('many forwards cost a document for many of them, not one for each', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const before = world.outside.appliances.counts.update;
  const asked = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      world.create('portforward', forwardTo(there, { publicStartPort: 1_000 + n })),
    ),
  );
  for (const { id } of asked) await world.reaches('portforward', id, 'active');
  t.equal(documentOf(world, there.network).forwards.length, 100);
  t.ok(world.outside.appliances.counts.update - before < 20);
});

t.test('what a forward says has to fit', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const other = await readyNetwork(world);
  const elsewhere = await world.create('virtualmachine', server(other));
  const kept = await world.create(
    'portforward',
    forwardTo(there, { publicStartPort: 100, publicEndPort: 199 }),
  );
  const rows: readonly (readonly [string, object])[] = [
    ['publicStartPort', { publicStartPort: 0 }],
    ['publicStartPort', { publicStartPort: 65_536 }],
    ['publicStartPort', { publicStartPort: '80; reboot' }],
    ['publicStartPort', { publicStartPort: 80.5 }],
    ['publicEndPort', { publicStartPort: 80, publicEndPort: 79 }],
    ['publicEndPort', { publicEndPort: 65_536 }],
    ['privateStartPort', { privateStartPort: 0 }],
    ['privateStartPort', { publicStartPort: 1, publicEndPort: 9, privateStartPort: 65_528 }],
    ['publicStartPort', { publicStartPort: 150 }],
    ['publicStartPort', { publicStartPort: 1, publicEndPort: 100 }],
    ['publicStartPort', { publicStartPort: 199, publicEndPort: 300 }],
    ['protocol', { protocol: 'icmp' }],
    ['ipaddressId', { ipaddressId: '99' }],
    ['ipaddressId', { virtualmachineId: elsewhere.id }],
  ];
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('portforward', { ...forwardTo(there), ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  await world.create('portforward', forwardTo(there, { publicStartPort: 150, protocol: 'udp' }));
  const free = await world.create('portforward', forwardTo(there, { publicStartPort: 200 }));
  await t.rejects(world.update('portforward', free.id, { publicStartPort: 199 }), {
    fieldName: 'publicStartPort',
    name: 'RequestError',
  });
  await world.update('portforward', kept.id, { publicEndPort: 198 });
  await t.rejects(world.act('ipaddress', there.address.id, 'unassign'), {
    fieldName: 'networkId',
    name: 'RequestError',
  });
  await t.rejects(world.remove('ipaddress', there.address.id), { code: 'InUse' });
  await t.rejects(world.remove('virtualmachine', there.machine.id), { code: 'InUse' });
});
