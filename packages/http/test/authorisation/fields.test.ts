import type { Field, JsonObject, Resource, ResourceType } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';
import { at } from '../served.js';
import type { Role } from './asking.js';
import { may, onResource } from './oracle.js';
import { called, type Scene, scene } from './scene.js';

/** What every resource tells of itself. */
const COMMON =
  'id uuid type kind name description state transitioning transitioningMessage transitioningProgress accountId created createdTS removed removedTS data rev links actions'.split(
    ' ',
  );

/** Columns of a row that no request ever writes, whatever it is called. */
const COLUMNS = [
  'id',
  'uuid',
  'type',
  'account',
  'accountId',
  'tenant',
  'created',
  'removed',
  'generation',
  'observedGeneration',
  'attemptedGeneration',
  'statusVersion',
  'conditions',
  'parts',
  'status',
  'spec',
  'fence',
  'outcome',
  'attempts',
  'nextAttemptAt',
  'deleteRequestedAt',
  'naturalKey',
  'visibleToAll',
  'repairs',
  'finalizers',
  'externalId',
];

function shownBy({ spec, status }: ResourceType): readonly string[] {
  return Object.entries({ ...spec, ...status })
    .filter(([, field]) => (field.show ?? 'always') === 'always')
    .map(([name]) => name);
}

function rowsOf({ house, ada, eve }: Scene, type: ResourceType): readonly Resource[] {
  return [house, ada, eve].flatMap((furniture) => furniture.get(type.id) ?? []);
}

t.test('what is shown of a resource is what its declaration shows, whoever reads it', async (t) => {
  const all = await scene(t);
  for (const role of all.roles) {
    for (const type of all.tenants.cloud.types.all()) {
      for (const row of rowsOf(all, type)) {
        if (onResource(role, type, row, 'read') !== 'let through') continue;
        const target = `/v1/${type.plural}/${row.id}`;
        const { json } = await all.asking.ask(role, { method: 'GET', target });
        const what = `${role.name} reads a ${type.id}`;
        const shown = shownBy(type);
        const twins = shown.map((name) => `${name}TS`);
        const keys = Object.keys(json);
        t.same(
          shown.filter((name) => !keys.includes(name)),
          [],
          `${what}: nothing is missing`,
        );
        t.same(
          keys.filter((name) => ![...COMMON, ...shown, ...twins].includes(name)),
          [],
          `${what}: nothing else is told`,
        );
      }
    }
  }
});

t.test(
  'the schema of each role says which fields it may write, and which it gets to see',
  async (t) => {
    const all = await scene(t);
    for (const role of all.roles.filter(({ kind }) => kind !== 'nobody')) {
      for (const type of all.tenants.cloud.types.all()) {
        if (!may(role, type, 'read') && !may(role, type, 'create')) continue;
        const target = `/v1/schemas/${type.id}`;
        const { json } = await all.asking.ask(role, { method: 'GET', target });
        for (const [name, field] of Object.entries(type.spec)) {
          const told = at(json, 'resourceFields', name);
          const expected = flagsOf(role, type, field);
          const what = `${role.name}: ${type.id}.${name}`;
          if (field.show === 'never' && !expected.create && !expected.update)
            t.equal(told, undefined, what);
          else t.match(told, expected, what);
        }
        for (const [name, field] of Object.entries(type.status)) {
          const told = at(json, 'resourceFields', name);
          if (field.show === 'never') t.equal(told, undefined, `${type.id}.${name}`);
          else t.match(told, { create: false, update: false }, `${type.id}.${name}`);
        }
      }
    }
  },
);

function flagsOf(role: Role, type: ResourceType, field: Field) {
  const write = field.write ?? 'always';
  return {
    create: may(role, type, 'create') && write !== 'internal',
    update: may(role, type, 'update') && write === 'always',
  };
}

t.test('a secret is told once, to who made it', async (t) => {
  const all = await scene(t);
  const { asking } = all;
  const ada = called(all, 'Ada');
  const made = await asking.ask(ada, { method: 'POST', target: '/v1/apikeys', body: {} });
  const secret = String(made.json['secretValue']);
  t.match(secret, /^[A-Za-z0-9]{40}$/);
  const id = String(made.json['id']);
  for (const role of [ada, called(all, 'administrator')]) {
    for (const target of [
      `/v1/apikeys/${id}`,
      '/v1/apikeys',
      `/v1/apikeys/${id}/events`,
      `/v1/apikeys/${id}?action=explain`,
      `/v1/apikeys?secretValue_prefix=${secret.slice(0, 4)}`,
    ]) {
      const { text } = await asking.ask(role, { method: 'GET', target });
      t.notMatch(text, secret, `${role.name}: ${target}`);
      t.notMatch(text, /secretDigest/, `${role.name}: ${target}`);
    }
  }
});

t.test('whatever else a body brings, it writes nothing but what it may', async (t) => {
  const all = await scene(t);
  const { tenants, asking } = all;
  const { store } = tenants;
  const value = fc.oneof(
    fc.constantFrom<JsonObject[string]>('1', '2', 1, 7, true, null, 'admin', 'active', [], {}),
    fc.string({ maxLength: 8 }),
  );
  let written = 0;
  for (const role of [called(all, 'Ada'), called(all, 'administrator')]) {
    for (const type of tenants.cloud.types.all().filter((type) => may(role, type, 'update'))) {
      const row = rowsOf(all, type).find(
        (one) => onResource(role, type, one, 'update') === 'let through',
      );
      if (row === undefined) continue;
      const fixed = Object.entries(type.spec)
        .filter(([, { write }]) => write === 'create' || write === 'internal')
        .map(([name]) => name);
      const names = [...COLUMNS, ...fixed, ...Object.keys(type.status)];
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, maxKeys: 12 }),
          fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }),
          async (superset, description) => {
            const before = await store.get(row.uuid);
            const body = { ...superset, description };
            const target = `/v1/${type.plural}/${row.id}`;
            const { status } = await asking.ask(role, { method: 'PUT', target, body });
            const after = await store.get(row.uuid);
            const { description: _said, generation: _counted, ...kept } = before ?? {};
            t.match(after, kept, `${type.id}: all but its description is as before`);
            if (status === 200) written += 1;
            return status === 200 ? after?.description === description : status < 500;
          },
        ),
        { numRuns: 25, seed: 20_261_129 },
      );
    }
  }
  t.ok(written > 300, `${written} were written`);
});

t.test('who makes something makes it for themselves, and of what they may choose', async (t) => {
  const all = await scene(t);
  const { tenants, asking, eve } = all;
  const ada = called(all, 'Ada');
  for (const type of tenants.cloud.types.all().filter((type) => may(ada, type, 'create'))) {
    const own = all.ada.get(type.id);
    const chosen = Object.fromEntries(
      Object.entries(type.spec)
        .filter(([, { write }]) => write !== 'internal')
        .map(([name, { rest }]) => {
          const text = rest === 'sealed' && own !== undefined;
          const given = text ? tenants.cloud.resources.textOf(own, name) : own?.spec[name];
          return [name, given ?? null] as const;
        })
        .filter(([, given]) => given !== null),
    );
    const internal = Object.entries(type.spec).filter(([, { write }]) => write === 'internal');
    const body = {
      ...Object.fromEntries(COLUMNS.map((name) => [name, '7'])),
      ...Object.fromEntries(
        internal.map(([name, { kind }]) => [name, kind === 'int' ? 7 : 'x7x7']),
      ),
      ...chosen,
      ...FREE[type.id],
      accountId: eve.get('account')?.id ?? '',
      uuid: null,
    } as JsonObject;
    const { status, json } = await asking.ask(ada, {
      method: 'POST',
      target: `/v1/${type.plural}`,
      body,
    });
    if (status !== 201) {
      t.equal(json['code'], 'AdmissionRefused', `${type.id}: ${String(json['message'])}`);
      continue;
    }
    t.equal(json['accountId'], tenants.ada.caller.accountId, `${type.id} is Ada’s`);
    const { resources } = await tenants.store.list({ kind: 'all' }, type, {
      filters: [{ field: 'id', modifier: 'eq', value: String(json['id']) }],
      limit: 1,
    });
    for (const [name] of internal)
      t.notMatch([7, 'x7x7'], [resources[0]?.spec[name]], `${type.id}.${name} is not for callers`);
    t.match(resources[0], { generation: 1, fence: null, removed: null, deleteRequestedAt: null });
  }
});

/** What a second one of a type has to be different in. */
const FREE: { readonly [type: string]: JsonObject } = {
  login: { username: 'another', password: 'long enough for anybody' },
  portforward: { publicStartPort: 9_090, publicEndPort: 9_090 },
  loadbalancer: { publicPort: 9_091 },
};
