import { conditionOf, type JsonObject, type Resource, SecretUnreadable } from '@gdcloud/core';
import { CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t from 'tap';
import {
  readyNetwork,
  server,
  startCloud,
  surroundings,
  type TestCloud,
} from '../../support/cloud.js';
import { documentOf, httpsBefore, reachable } from '../../support/networking.js';
import { keysOf, losableKeys } from '../../support/sealing.js';

const USER_DATA = '#cloud-config\npassword: canary\n';
const SEALED = /^1\.[\w-]{8}\.[\w-]+\.[\w-]+$/;

async function balanced(world: TestCloud, more: JsonObject = {}) {
  const there = await reachable(world);
  const { id } = await world.create('loadbalancer', httpsBefore(there, more));
  return { network: there.network, balancer: await world.reaches('loadbalancer', id, 'active') };
}

function keyOf(resource: Resource): unknown {
  return resource.spec['privateKey'];
}

t.test('what is asked for sealed is stored sealed, and reaches the outside as it is', async (t) => {
  const world = await startCloud(t);
  const { network, balancer } = await balanced(world);
  t.match(keyOf(balancer), { sealed: SEALED });
  t.match(documentOf(world, network).balancers, [{ proxy: { privateKey: KEY_A } }]);
  t.equal(world.cloud.resources.textOf(balancer, 'privateKey'), KEY_A);
  t.notOk(JSON.stringify(await world.store.history(balancer.uuid, 200)).includes('PRIVATE KEY'));
});

t.test('the same text once more is no change, another one is', async (t) => {
  const world = await startCloud(t);
  const { network, balancer } = await balanced(world);
  const { id, generation } = balancer;
  const again = await world.update('loadbalancer', id, { privateKey: KEY_A });
  t.equal(again.generation, generation);
  t.same(keyOf(again), keyOf(balancer));
  const left = await world.update('loadbalancer', id, { name: 'shop', privateKey: '' });
  t.equal(left.generation, generation + 1);
  t.same(keyOf(left), keyOf(balancer), 'a form that can not show it keeps it');
  const changes = { certificate: CERTIFICATE_B, privateKey: KEY_B };
  const changed = await world.update('loadbalancer', id, changes);
  t.match(keyOf(changed), { sealed: SEALED });
  t.notSame(keyOf(changed), keyOf(balancer));
  await world.reaches('loadbalancer', id, 'active');
  t.match(documentOf(world, network).balancers, [{ proxy: { privateKey: KEY_B } }]);
});

t.test(
  'a creation that is repeated is answered with what it made, however it was sealed',
  async (t) => {
    const world = await startCloud(t);
    const network = await readyNetwork(world);
    const uuid = '019aa000-0000-7000-8000-00000000abcd';
    const body = server(network, { uuid, userData: USER_DATA });
    const first = await world.create('virtualmachine', body);
    const again = await world.create('virtualmachine', body);
    t.equal(again.uuid, first.uuid);
    await t.rejects(world.create('virtualmachine', { ...body, userData: 'other' }), {
      code: 'NotUnique',
    });
  },
);

t.test('a sealed text that is put into another row is not taken for that one’s', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const [mine, theirs] = await Promise.all(
    ['mine', 'theirs'].map((name) =>
      world.create('virtualmachine', server(network, { name, userData: `canary of ${name}` })),
    ),
  );
  if (mine === undefined || theirs === undefined) throw new Error('there are two');
  const { resources } = world.cloud;
  t.equal(resources.textOf(theirs, 'userData'), 'canary of theirs');
  const swapped = { ...mine, spec: { ...mine.spec, userData: theirs.spec['userData'] } };
  t.throws(() => resources.textOf(swapped, 'userData'), SecretUnreadable);
});

t.test('a server whose user data can’t be read is not made without them', async (t) => {
  const after = surroundings(t);
  const keys = losableKeys();
  keys.lose();
  const world = await startCloud(t, { after, sealingKeys: keys });
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network, { userData: USER_DATA }));
  await world.until(
    async () => (await world.state('virtualmachine', id)).transitioning === 'error',
    'the stall',
  );
  const stalled = conditionOf((await world.get('virtualmachine', id)).conditions, 'Stalled');
  t.match(stalled, { status: 'True', reason: 'SecretUnreadable' });
  t.match(
    stalled?.message,
    `userData of virtualmachine ${id} can't be read: it is sealed under key ${keys.current.id}`,
  );
  t.match(stalled?.message, /Give every process that key/);
  t.equal(after.outside.configDrives.objects.size, 0);
  t.equal(after.outside.servers.objects.size, 0);
  keys.regain();
  await world.reaches('virtualmachine', id, 'running');
  t.equal(after.outside.configDrives.objects.size, 1, 'by itself, once the key is back');
});

t.test(
  'a server that has read its user data goes on though they can’t be read any more',
  async (t) => {
    const after = surroundings(t);
    const keys = losableKeys();
    const world = await startCloud(t, { after, sealingKeys: keys });
    const network = await readyNetwork(world);
    const { id } = await world.create('virtualmachine', server(network, { userData: USER_DATA }));
    await world.reaches('virtualmachine', id, 'running');
    const drives = [...after.outside.configDrives.objects.keys()];
    t.equal(drives.length, 1);
    keys.lose();
    await world.act('virtualmachine', id, 'stop');
    await world.reaches('virtualmachine', id, 'stopped');
    await world.act('virtualmachine', id, 'start');
    await world.reaches('virtualmachine', id, 'running');
    t.same([...after.outside.configDrives.objects.keys()], drives, 'its drive is left alone');
    await world.remove('virtualmachine', id);
    await world.reaches('virtualmachine', id, 'removed');
    t.equal(after.outside.configDrives.objects.size, 0);
  },
);

t.test('an appliance keeps what it has while a key that it needs can’t be read', async (t) => {
  const keys = losableKeys();
  const world = await startCloud(t, { sealingKeys: keys });
  const { network, balancer } = await balanced(world);
  const before = documentOf(world, network);
  keys.lose();
  await world.update('loadbalancer', balancer.id, { mode: 'http', publicPort: 80 });
  await world.update('loadbalancer', balancer.id, { mode: 'passthrough' });
  await world.reaches('loadbalancer', balancer.id, 'active');
  t.match(documentOf(world, network).balancers, [{ publicPort: 80 }], 'nobody needs it now');
  await t.rejects(world.update('loadbalancer', balancer.id, { mode: 'https' }), {
    code: 'AdmissionRefused',
    fieldName: 'privateKey',
  });
  keys.regain();
  await world.update('loadbalancer', balancer.id, { mode: 'https', publicPort: 443 });
  await world.reaches('loadbalancer', balancer.id, 'active');
  const kept = documentOf(world, network);
  t.match(
    kept.balancers,
    before.balancers.map(({ proxy }) => ({ proxy })),
  );
  keys.lose();
  await world.create('portforward', {
    ipaddressId: String(balancer.spec['ipaddressId']),
    virtualmachineId: String((balancer.spec['virtualmachineIds'] as string[])[0]),
    publicStartPort: 8_080,
  });
  await world.until(
    async () => (await world.state('network', network.id)).transitioning === 'error',
    'the stall of the network',
  );
  t.match(
    conditionOf((await world.get('network', network.id)).conditions, 'Stalled')?.message,
    `privateKey of loadbalancer ${balancer.id} can't be read`,
  );
  t.same(documentOf(world, network), kept, 'it is told nothing');
  const asked = world.cloud.resources.ask(
    world.admin,
    world.type('network'),
    network.id,
    'plan',
    {},
  );
  await t.rejects(asked, {
    code: 'ActionNotAvailable',
    message: new RegExp(`privateKey of loadbalancer ${balancer.id} can't be read`),
  });
  keys.regain();
  await world.until(() => documentOf(world, network).forwards.length === 1, 'the forward');
});

t.test('a key that can’t be read is replaced by who has another one', async (t) => {
  const keys = losableKeys();
  const world = await startCloud(t, { sealingKeys: keys });
  const { balancer } = await balanced(world);
  keys.lose();
  const { id } = balancer;
  await t.rejects(world.update('loadbalancer', id, { name: 'shop', privateKey: '' }), {
    code: 'AdmissionRefused',
  });
  const changes = { certificate: CERTIFICATE_B, privateKey: KEY_B };
  const changed = await world.update('loadbalancer', id, changes);
  t.notSame(keyOf(changed), keyOf(balancer));
  keys.regain();
  t.equal(world.cloud.resources.textOf(changed, 'privateKey'), KEY_B);
});

t.test('the audit log says the same of the same text, and is no way to guess it', async (t) => {
  const world = await startCloud(t);
  const { balancer } = await balanced(world);
  await world.update('loadbalancer', balancer.id, { name: 'shop' });
  await world.update('loadbalancer', balancer.id, { name: 'store' });
  const page = await world.cloud.resources.list(world.admin, world.type('auditrecord'), {
    filters: [],
    limit: 100,
  });
  const [created, renamed, again] = page.resources
    .map(({ spec }) => spec)
    .filter(({ resourceUuid }) => resourceUuid === balancer.uuid);
  t.equal(renamed?.['beforeHash'], created?.['afterHash']);
  t.equal(again?.['beforeHash'], renamed?.['afterHash']);
});

t.test('a plan foresees what is made of a secret, and tells nothing of it', async (t) => {
  const world = await startCloud(t);
  const { network, balancer } = await balanced(world);
  const { resources } = world.cloud;
  const create = { kind: 'create', body: server(network, { userData: USER_DATA }) } as const;
  const machine = await resources.plan(world.admin, world.type('virtualmachine'), create);
  t.match(machine, { complete: 'yes' });
  t.ok(machine.steps.some(({ part }) => part === 'configFile'));
  const body = { certificate: CERTIFICATE_B, privateKey: KEY_B };
  const update = { kind: 'update', id: balancer.id, body } as const;
  const changed = await resources.plan(world.admin, world.type('loadbalancer'), update);
  t.ok(changed.steps.length > 0);
  const told = JSON.stringify([machine, changed]);
  for (const secret of ['canary', 'PRIVATE KEY', KEY_B.split('\n')[1] ?? ''])
    t.notOk(told.includes(secret), secret);
});

t.test('keys are derived from the pepper where none are given', async (t) => {
  const after = surroundings(t);
  const pepper = new Uint8Array(32).fill(9);
  const first = await startCloud(t, { after, pepper });
  const network = await readyNetwork(first);
  const asked = await first.create('virtualmachine', server(network, { userData: USER_DATA }));
  const other = await startCloud(t, { after, pepper, sealingKeys: keysOf(9) });
  t.equal(other.cloud.resources.textOf(asked, 'userData'), USER_DATA);
});
