import type { Caller, JsonObject, Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, startCloud, type TestCloud } from '../../support/cloud.js';
import { forwardTo, reachable } from '../../support/networking.js';

function ask(
  world: TestCloud,
  { id }: Resource,
  question: string,
  input: JsonObject = {},
  caller: Caller = world.admin,
): Promise<JsonObject> {
  return world.cloud.resources
    .ask(caller, world.type('network'), id, question, input)
    .then(({ fields }) => fields);
}

async function three(world: TestCloud): Promise<readonly [Resource, Resource, Resource]> {
  return [await readyNetwork(world), await readyNetwork(world), await readyNetwork(world)];
}

t.test('an administrator is shown that networks are apart', async (t) => {
  const world = await startCloud(t);
  const [one, two, three_] = await three(world);
  t.match(await ask(world, one, 'testisolation', { networkId: two.id }), {
    tested: 1,
    left: 0,
    sent: 2,
    arrived: 0,
    proofs: [{ networkId: two.id, sentBy: 'server', sent: ['to everyone'], arrived: [] }],
    next: null,
  });
  t.match(await ask(world, one, 'testisolation'), { tested: 2, sent: 4, arrived: 0, next: null });
  t.match(await ask(world, one, 'testisolation', { after: two.id }), {
    tested: 1,
    proofs: [{ networkId: three_.id }],
  });
});

t.test('where they are not, it is told which probes arrived, and where', async (t) => {
  const world = await startCloud(t);
  const [one, two, other] = await three(world);
  world.outside.leaks.push([two.uuid, other.uuid]);
  t.match(await ask(world, two, 'testisolation'), {
    arrived: 1,
    proofs: [
      { networkId: one.id, arrived: [] },
      { networkId: other.id, arrived: ['to everyone'] },
    ],
  });
  t.match(await ask(world, other, 'testisolation'), { arrived: 0 });
});

t.test('users are not shown, nor of what is no other network', async (t) => {
  const world = await startCloud(t);
  const [one] = await three(world);
  const user = await world.account('user');
  const own = await readyNetwork(world, { caller: user });
  for (const question of ['testisolation', 'plan'])
    await t.rejects(ask(world, own, question, {}, user), { code: 'PermissionDenied' });
  for (const networkId of [one.id, '99'])
    await t.rejects(ask(world, one, 'testisolation', { networkId }), {
      code: 'InvalidReference',
      fieldName: 'networkId',
    });
  const young = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await t.rejects(ask(world, young, 'testisolation'), { code: 'ActionNotAvailable' });
});

t.test(
  'an administrator is told by which commands a network is carried, as it is now',
  async (t) => {
    const world = await startCloud(t);
    const there = await reachable(world);
    const { network } = there;
    t.match(await ask(world, network, 'plan'), { text: /, 0 forwards\n$/ });
    await world.create('portforward', forwardTo(there));
    await world.quiet();
    const { revision, text } = await ask(world, network, 'plan');
    t.equal(text, `# network ${network.uuid}, revision ${String(revision)}, 1 forwards\n`);
  },
);
