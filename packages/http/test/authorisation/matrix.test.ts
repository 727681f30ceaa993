import type { Fields, JsonObject, Resource, ResourceType } from '@gdcloud/core';
import t from 'tap';
import { at } from '../served.js';
import { everything, type Tenants } from '../tenants.js';
import { errorOf } from './asking.js';
import { linksOf } from './links.js';
import { type Operation, operationsOf } from './operations.js';
import { may, sees } from './oracle.js';
import { called, type Scene, scene } from './scene.js';

/** An id that no resource of any type has. */
const ABSENT = '987654321';
const SOME_UUID = '0190a0b0-0000-7000-8000-000000000abc';

/** Everything that can be asked for of a type. */
function allOf({ tenants, house, ada, eve }: Scene, type: ResourceType): readonly Operation[] {
  const { types } = tenants.cloud;
  const rows = [house, ada, eve].flatMap((furniture) => [...furniture.values()]);
  const follow = (target: ResourceType, id: string) =>
    rows.find((row) => row.type === target.id && (row.id === id || row.naturalKey === id)) ??
    offerings.get(id);
  return [...operationsOf(types, type, inputOf({ house, ada })), ...linksOf(types, type, follow)];
}

const offerings = new Map<string, Resource>();

/** What an action needs, naming what is Ada's. */
function inputOf({ house, ada }: Pick<Scene, 'house' | 'ada'>): (fields: Fields) => JsonObject {
  return (fields) =>
    Object.fromEntries(
      Object.entries(fields)
        .filter(([, field]) => field.required === true)
        .map(([name, field]) => {
          const target = ada.get(field.target ?? '') ?? house.get(field.target ?? '');
          if (field.kind === 'reference') return [name, target?.naturalKey ?? target?.id ?? ''];
          return [name, field.kind === 'int' ? (field.max ?? 1) : SOME_UUID];
        }),
    );
}

t.test('whoever asks for whatever is let through or refused as the declarations say', async (t) => {
  const all = await scene(t);
  const { tenants, asking, roles } = all;
  await learnOfferings(tenants);
  let asked = 0;
  for (const type of tenants.cloud.types.all()) {
    const rows = [all.house, all.ada, all.eve].flatMap((furniture) => furniture.get(type.id) ?? []);
    t.ok(rows.length > 0, `there is a ${type.id} to ask about`);
    const cases = allOf(all, type).flatMap((operation) =>
      roles.flatMap((role) =>
        (operation.about === 'collection' ? [undefined] : [...rows, undefined]).map((row) => ({
          operation,
          role,
          row,
          verdict: operation.verdict(role, row),
        })),
      ),
    );
    const before = await everything(tenants);
    for (const { operation, role, row, verdict } of cases) {
      if (verdict === 'let through') continue;
      const answer = await asking.ask(role, operation.earnest(row?.id ?? ABSENT));
      if (answer.status !== verdict)
        t.fail(`${role.name}: ${operation.name} of ${type.id} (${ownerOf(all, row)})`, {
          ...answer,
          verdict,
        });
    }
    t.equal(await everything(tenants), before, `what was refused of a ${type.id} changed nothing`);
    for (const { operation, role, row, verdict } of cases) {
      if (verdict !== 'let through') continue;
      const answer = await asking.ask(role, operation.harmless(row?.id ?? ABSENT));
      if ([401, 403, 404, 405].includes(answer.status) || answer.status >= 500)
        t.fail(`${role.name}: ${operation.name} of ${type.id} (${ownerOf(all, row)})`, {
          ...answer,
          verdict,
        });
    }
    asked += cases.length;
  }
  t.comment(`${asked} requests`);
  t.ok(asked > 4_000);
});

t.test('what is another account’s is answered for as what is not there', async (t) => {
  const all = await scene(t);
  const { tenants, asking } = all;
  const eve = called(all, 'Eve');
  let compared = 0;
  for (const type of tenants.cloud.types.all()) {
    for (const row of [all.ada.get(type.id), all.house.get(type.id)]) {
      if (row === undefined || sees(eve, type, row)) continue;
      for (const operation of allOf(all, type)) {
        if (operation.about === 'collection') continue;
        for (const headers of [{}, { 'if-match': '"7"' }]) {
          const ask = async (id: string) =>
            errorOf(await asking.ask(eve, { ...operation.earnest(id), headers }), id);
          t.same(await ask(row.id), await ask(ABSENT), `${operation.name} of ${type.id}`);
          compared += 1;
        }
      }
    }
  }
  t.ok(compared > 300, `${compared} compared`);
});

/**
 * What is about no type: everybody with a key reads it, and it tells them no more than what they may do. The feed has
 * tests of its own (events.test.ts).
 */
const GENERAL = ['GET /', 'GET /schemas', 'GET /schemas/{id}', 'GET /openapi.json', 'GET /events'];

t.test(
  'what is about no type is for everybody with a key, and hides what is not theirs',
  async (t) => {
    const { tenants, asking, roles } = await scene(t);
    for (const role of roles) {
      const status = async (target: string) =>
        (await asking.ask(role, { method: 'GET', target })).status;
      const known = role.kind === 'nobody' ? 401 : 200;
      for (const target of ['/v1', '/v1/schemas', '/v1/openapi.json'])
        t.equal(await status(target), known, `${role.name}: ${target}`);
      for (const type of tenants.cloud.types.all()) {
        const isThere = may(role, type, 'read') || may(role, type, 'create');
        const expected = known === 200 && !isThere ? 404 : known;
        t.equal(
          await status(`/v1/schemas/${type.id}`),
          expected,
          `${role.name}: schema ${type.id}`,
        );
        if (role.kind === 'nobody' || isThere) continue;
        for (const target of ['/v1', '/v1/openapi.json']) {
          const { text } = await asking.ask(role, { method: 'GET', target });
          t.notMatch(
            text,
            `/${type.plural}"`,
            `${role.name}: ${target} leads to no ${type.plural}`,
          );
        }
      }
    }
  },
);

t.test('every link and action that is shown can be followed by who sees it', async (t) => {
  const all = await scene(t);
  const { tenants, asking, roles } = all;
  for (const role of roles.filter(({ kind }) => kind !== 'nobody')) {
    for (const type of tenants.cloud.types.all().filter((type) => may(role, type, 'read'))) {
      const list = await asking.ask(role, { method: 'GET', target: `/v1/${type.plural}` });
      const data = at(list.json, 'data');
      for (const body of Array.isArray(data) ? data : []) {
        for (const url of Object.values(at(body, 'links') as Record<string, string>)) {
          const target = url.replace('http://h', '');
          const { status } = await asking.ask(role, { method: 'GET', target });
          // The bytes of what nothing has made yet are not there yet.
          // Who did something to what is Ada's may be an administrator, whom Ada does not see.
          if (status === 404 && url.endsWith('/actor')) continue;
          if (status !== 200 && !(status === 409 && url.endsWith('/content')))
            t.fail(`${role.name}: ${target} → ${status}`);
        }
        for (const [name, url] of Object.entries(at(body, 'actions') as Record<string, string>)) {
          const target = `${url.replace('http://h', '')}${Object.hasOwn(type.actions, name) ? '&dryRun=plan' : ''}`;
          const { status } = await asking.ask(role, { method: 'POST', target, body: {} });
          if ([401, 403, 404, 405].includes(status)) t.fail(`${role.name}: ${target} → ${status}`);
        }
      }
    }
  }
});

t.test('everything that the OpenAPI document describes is in the matrix', async (t) => {
  const all = await scene(t);
  const { tenants, asking } = all;
  const { json } = await asking.ask(called(all, 'administrator'), {
    method: 'GET',
    target: '/v1/openapi.json',
  });
  const inMatrix = new Set([
    ...GENERAL,
    ...tenants.cloud.types
      .all()
      .flatMap((type) =>
        allOf(all, type).map(({ template, earnest }) => `${earnest(ABSENT).method} ${template}`),
      ),
  ]);
  const described = Object.entries(at(json, 'paths') as JsonObject).flatMap(([path, item]) =>
    Object.keys(item as JsonObject)
      .filter((method) => ['get', 'post', 'put', 'delete', 'patch', 'head'].includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  t.ok(described.length > 100);
  t.same(
    described.filter((operation) => !inMatrix.has(operation)),
    [],
  );
});

async function learnOfferings({ cloud, root }: Tenants): Promise<void> {
  for (const id of ['offering', 'image', 'account']) {
    const query = { filters: [], limit: 100 };
    const { resources } = await cloud.resources.list(root.caller, cloud.types.get(id), query);
    for (const row of resources) offerings.set(row.naturalKey ?? row.id, row);
  }
}

function ownerOf({ tenants }: Scene, row: Resource | undefined): string {
  if (row === undefined) return 'absent';
  const { ada, eve } = tenants;
  if (row.account === ada.caller.account) return 'Ada’s';
  return row.account === eve.caller.account ? 'Eve’s' : 'of the house';
}
