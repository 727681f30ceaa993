import type { Resource, Store } from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';

const failed = { code: 'PreconditionFailed', status: 412 };

async function key(world: TestCloud): Promise<Resource> {
  return world.create('apikey', { name: 'first' });
}

t.test('a write that insists on a generation is refused once there is a newer one', async (t) => {
  const world = await startCloud(t);
  const { resources } = world.cloud;
  const type = world.type('apikey');
  const { id } = await key(world);
  await world.update('apikey', id, { name: 'second' });
  const old = { generation: 1 };
  await t.rejects(resources.update(world.admin, type, id, { name: 'x' }, old), failed);
  await t.rejects(resources.act(world.admin, type, id, 'deactivate', {}, old), failed);
  await t.rejects(resources.act(world.admin, type, id, 'reconcile', {}, old), failed);
  await t.rejects(resources.remove(world.admin, type, id, old), failed);
  t.match(await world.get('apikey', id), {
    name: 'second',
    generation: 2,
    deleteRequestedAt: null,
  });
  t.match(await resources.act(world.admin, type, id, 'deactivate', {}, { generation: 2 }), {
    generation: 3,
  });
  t.match(await resources.remove(world.admin, type, id, { generation: 3 }), { generation: 4 });
  await t.rejects(resources.remove(world.admin, type, id, { generation: 3 }), failed);
});

t.test('a change that comes in between is seen, whichever write it is', async (t) => {
  // Somebody else changes the row right before each write under test.
  let interfere: ((store: Store) => Promise<void>) | undefined;
  const world = await startCloud(t, {
    wrapStore: (store) => ({
      ...store,
      change: async (uuid, generation, change) => {
        const now = interfere;
        interfere = undefined;
        await now?.(store);
        return store.change(uuid, generation, change);
      },
    }),
  });
  const { resources } = world.cloud;
  const type = world.type('apikey');
  const event = { at: 0, what: 'x', why: 'x', result: 'x' };
  const writes: readonly ((id: string) => Promise<unknown>)[] = [
    (id) => resources.update(world.admin, type, id, { name: 'x' }, { generation: 1 }),
    (id) => resources.update(world.admin, type, id, { name: 'x', rev: 1 }),
    (id) => resources.act(world.admin, type, id, 'deactivate', {}, { generation: 1 }),
    (id) => resources.remove(world.admin, type, id, { generation: 1 }),
  ];
  for (const [index, write] of writes.entries()) {
    const { id, uuid } = await key(world);
    interfere = async (store) => {
      await store.change(uuid, 1, { name: 'theirs', event });
    };
    await t.rejects(write(id), index === 1 ? { code: 'Conflict', fieldName: 'rev' } : failed);
    t.match(await world.get('apikey', id), {
      name: 'theirs',
      generation: 2,
      deleteRequestedAt: null,
      spec: { desiredState: 'active' },
    });
  }
});

t.test(
  'a body that says which rev it was made from is refused once there is a newer one',
  async (t) => {
    const world = await startCloud(t);
    const { id } = await key(world);
    const update = (body: { readonly [name: string]: string | number | null | boolean }) =>
      world.update('apikey', id, body);
    t.match(await update({ name: 'a', rev: 1 }), { generation: 2 });
    await t.rejects(update({ name: 'b', rev: 1 }), {
      code: 'Conflict',
      status: 409,
      fieldName: 'rev',
    });
    t.match(await update({ name: 'c', rev: '2' }), { generation: 3 }, 'forms send texts');
    t.match(await update({ name: 'd', rev: null }), { generation: 4 }, 'null insists on nothing');
    t.match(await update({ name: 'e' }), { generation: 5 });
    for (const rev of ['x', 1.5, true, '-1']) {
      await t.rejects(update({ name: 'f', rev }), { code: 'InvalidFormat', fieldName: 'rev' });
    }
    t.match(
      await world.create('apikey', { name: 'new', rev: 7 }),
      { generation: 1 },
      'of what is new there is none',
    );
  },
);

t.test('a plan insists on what the write insists on', async (t) => {
  const world = await startCloud(t);
  const { id } = await key(world);
  const plan = (request: Parameters<TestCloud['cloud']['resources']['plan']>[2]) =>
    world.cloud.resources.plan(world.admin, world.type('apikey'), request);
  const generation = 9;
  await t.rejects(plan({ kind: 'remove', id, generation }), failed);
  await t.rejects(plan({ kind: 'act', id, action: 'deactivate', input: {}, generation }), failed);
  await t.rejects(plan({ kind: 'update', id, body: { rev: 9 } }), { code: 'Conflict' });
  await t.resolves(plan({ kind: 'remove', id, generation: 1 }));
});
