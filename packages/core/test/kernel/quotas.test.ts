import {
  type Caller,
  defineResourceType,
  int,
  type Plugin,
  quotaClass,
  RESOURCE_TYPE,
} from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { OPEN_ACCESS } from '../support/resources.js';

const crate = defineResourceType({
  id: 'crate',
  plural: 'crates',
  description: 'Something that takes room.',
  spec: {
    sizeGb: int({ description: 'How large it is.', required: true }),
    extraGb: int({ description: 'What it may take beyond that.', default: 0 }),
  },
  status: {},
  access: OPEN_ACCESS,
  quota: ({ sizeGb, extraGb }) => [
    { className: 'crates', amount: 1 },
    { className: 'crateGb', amount: sizeGb, fieldName: 'sizeGb' },
    ...(extraGb === 0 ? [] : [{ className: 'extraGb', amount: extraGb, fieldName: 'extraGb' }]),
  ],
});
const crates: Plugin = (container) => {
  container.register(RESOURCE_TYPE, { useValue: crate });
};

async function used(world: TestCloud, caller: Caller, className: string): Promise<number> {
  const capacities = await world.store.capacities(quotaClass(className));
  return capacities.get(caller.account)?.used ?? 0;
}

t.test('one too many is refused, says what is used of what, and changes nothing', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crates: 2, crateGb: 100 } });
  const caller = await world.account('Ada');
  await world.create('crate', { sizeGb: 60 }, caller);
  await t.rejects(world.create('crate', { sizeGb: 41 }, caller), {
    name: 'RequestError',
    code: 'LimitExceeded',
    status: 422,
    fieldName: 'sizeGb',
    message: 'crateGb: 60 of 100 are in use, and 41 more are asked for',
    detail: 'class crateGb, used 60, limit 100, asked for 41',
  });
  t.equal(await used(world, caller, 'crates'), 1);
  await world.create('crate', { sizeGb: 40 }, caller);
  await t.rejects(world.create('crate', { sizeGb: 1 }, caller), {
    code: 'LimitExceeded',
    fieldName: undefined,
    detail: 'class crates, used 2, limit 2, asked for 1',
  });
  t.equal((await world.store.all(crate, 10)).length, 2);
});

t.test('an update is charged for the difference, and refused like a create', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crateGb: 100, extraGb: 5 } });
  const caller = await world.account('Ada');
  const { id } = await world.create('crate', { sizeGb: 60 }, caller);
  await world.update('crate', id, { sizeGb: 90 }, caller);
  t.equal(await used(world, caller, 'crateGb'), 90);
  const before = await world.get('crate', id);
  await t.rejects(world.update('crate', id, { sizeGb: 101, name: 'x' }, caller), {
    code: 'LimitExceeded',
    fieldName: 'sizeGb',
    detail: 'class crateGb, used 90, limit 100, asked for 11',
  });
  t.match(await world.get('crate', id), { name: null, generation: before.generation });
  await world.update('crate', id, { sizeGb: 10, extraGb: 5 }, caller);
  t.equal(await used(world, caller, 'crateGb'), 10);
  t.equal(await used(world, caller, 'extraGb'), 5);
  await world.update('crate', id, { extraGb: 0 }, caller);
  t.equal(await used(world, caller, 'extraGb'), 0, 'what it costs no more is given back');
  await world.update('crate', id, { name: 'y' }, caller);
  t.equal(await used(world, caller, 'crateGb'), 10);
});

t.test('sixteen who ask at once for what five may have are five', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crates: 5 } });
  const caller = await world.account('Ada');
  const asked = await Promise.allSettled(
    Array.from({ length: 16 }, () => world.create('crate', { sizeGb: 1 }, caller)),
  );
  t.equal(asked.filter(({ status }) => status === 'fulfilled').length, 5);
  for (const each of asked)
    if (each.status === 'rejected') t.match(each.reason, { code: 'LimitExceeded' });
  t.equal(await used(world, caller, 'crates'), 5);
});

t.test('what is gone is free again, and not before', async (t) => {
  const world = await startCloud(t, { limits: { networks: 1 } });
  const caller = await world.account('Ada');
  const network = await readyNetwork(world, { caller });
  await world.remove('network', network.id, caller);
  const another = { ipv4Cidr: '10.1.0.0/24' };
  await t.rejects(world.create('network', another, caller), { code: 'LimitExceeded' });
  await world.reaches('network', network.id, 'removed');
  await world.create('network', another, caller);
  t.equal(await used(world, caller, 'networks'), 1);
});

t.test('a create that is asked twice is charged once, also at the limit', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crates: 1 } });
  const caller = await world.account('Ada');
  const body = { uuid: '00000000-0000-4000-8000-00000000abcd', sizeGb: 1 };
  const first = await world.create('crate', body, caller);
  t.equal((await world.create('crate', body, caller)).uuid, first.uuid);
  t.equal(await used(world, caller, 'crates'), 1);
});

t.test('what an account says of limits goes before what the cloud says', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crates: 1 } });
  const caller = await world.account('Ada');
  const other = await world.account('Bob');
  await world.update('account', caller.accountId, { limits: { crates: 2 } });
  await world.create('crate', { sizeGb: 1 }, caller);
  await world.create('crate', { sizeGb: 1 }, caller);
  await t.rejects(world.create('crate', { sizeGb: 1 }, caller), {
    code: 'LimitExceeded',
    detail: 'class crates, used 2, limit 2, asked for 1',
  });
  const onBehalf = { sizeGb: 1, accountId: other.accountId };
  await world.create('crate', onBehalf);
  await t.rejects(world.create('crate', onBehalf), { code: 'LimitExceeded' }, 'whoever asks');
});

t.test('administrators have what they want unless their account says otherwise', async (t) => {
  const world = await startCloud(t, { plugins: [crates], limits: { crates: 0 } });
  await world.create('crate', { sizeGb: 1 });
  t.equal(await used(world, world.admin, 'crates'), 0, 'and are charged nothing');
  await world.update('account', world.admin.accountId, { limits: { crates: 0 } });
  await t.rejects(world.create('crate', { sizeGb: 1 }), { code: 'LimitExceeded' });
});

t.test('added disks count, a root disk is part of its server', async (t) => {
  const world = await startCloud(t);
  const caller = await world.account('Ada');
  const network = await readyNetwork(world, { caller });
  const { id } = await world.create('virtualmachine', server(network), caller);
  await world.reaches('virtualmachine', id, 'running');
  t.equal(await used(world, caller, 'virtualmachines'), 1);
  t.equal(await used(world, caller, 'networks'), 1);
  t.equal(await used(world, caller, 'volumes'), 0);
  await world.create('volume', { sizeGb: 1_000 }, caller);
  await t.rejects(world.create('volume', { sizeGb: 201 }, caller), {
    code: 'LimitExceeded',
    fieldName: 'sizeGb',
    detail: 'class volumeGb, used 1000, limit 1200, asked for 201',
  });
  await world.create('volume', { sizeGb: 200 }, caller);
  t.equal(await used(world, caller, 'volumeGb'), 1_200);
});

t.test('Infinity lifts a limit', async (t) => {
  const world = await startCloud(t, { limits: { volumeGb: Number.POSITIVE_INFINITY } });
  const caller = await world.account('Ada');
  await world.create('volume', { sizeGb: 1_200 }, caller);
  await world.create('volume', { sizeGb: 1_200 }, caller);
  t.equal(await used(world, caller, 'volumes'), 2);
});
