import { filterableFields, type JsonObject, type Resource, type ResourceType } from '@gdcloud/core';
import t from 'tap';
import { canaryOf } from '../furnished.js';
import { at } from '../served.js';
import { type Answered, errorOf } from './asking.js';
import { may, sees } from './oracle.js';
import { called, type Scene, scene } from './scene.js';

const ABSENT = '987654321';

function idsOf(answer: Answered): readonly string[] {
  const data = at(answer.json, 'data');
  return Array.isArray(data) ? data.map((one) => String(at(one, 'uuid'))) : [];
}

function typesOf({ tenants }: Scene): readonly ResourceType[] {
  return tenants.cloud.types.all();
}

// Records of the audit log are kept apart from resources; administrators read all of them.
async function allOf({ tenants }: Scene, type: ResourceType): Promise<readonly Resource[]> {
  const rows = await tenants.store.all(type, 1_000);
  if (rows.length > 0) return rows;
  const query = { filters: [], limit: 1_000 };
  return (await tenants.cloud.resources.list(tenants.root.caller, type, query)).resources;
}

t.test('lists have all that who asks may see and nothing else, and count no more', async (t) => {
  const all = await scene(t);
  for (const role of all.roles.filter(({ kind }) => kind !== 'nobody')) {
    for (const type of typesOf(all).filter((type) => may(role, type, 'read'))) {
      const rows = (await allOf(all, type)).filter((row) => sees(role, type, row));
      const target = `/v1/${type.plural}?limit=1000&total`;
      const list = await all.asking.ask(role, { method: 'GET', target });
      t.same(
        [...idsOf(list)].sort(),
        rows.map(({ uuid }) => String(uuid)).sort(),
        `${role.name}: ${type.plural}`,
      );
      t.equal(at(list.json, 'pagination', 'total'), rows.length, `${role.name}: their number`);
    }
  }
});

t.test('no filter and no order tells anything of what is another account’s', async (t) => {
  const all = await scene(t);
  const { asking } = all;
  const eve = called(all, 'Eve');
  let asked = 0;
  for (const type of typesOf(all).filter((type) => may(eve, type, 'read'))) {
    const row = all.ada.get(type.id);
    if (row === undefined) continue;
    const values: JsonObject = { ...(row.spec as JsonObject), ...(row.status as JsonObject) };
    const own = (list: Answered) =>
      idsOf(list).every((uuid) => uuid !== row.uuid) &&
      list.json['data'] !== undefined &&
      !JSON.stringify(list.json['data']).includes(canaryOf(all.tenants.ada));
    for (const [name, { modifiers }] of Object.entries(filterableFields(type))) {
      const value = { ...values, id: row.id, uuid: row.uuid, name: row.name }[name] ?? '1';
      for (const modifier of modifiers) {
        const target = `/v1/${type.plural}?total&${name}_${modifier}=${encodeURIComponent(String(value))}`;
        const list = await asking.ask(eve, { method: 'GET', target });
        asked += 1;
        const total = at(list.json, 'pagination', 'total');
        if (list.status === 400) continue;
        if (!own(list) || total !== idsOf(list).length) t.fail(target, list);
      }
      for (const order of ['asc', 'desc']) {
        const target = `/v1/${type.plural}?sort=${name}&order=${order}&limit=1`;
        const list = await asking.ask(eve, { method: 'GET', target });
        if (!own(list)) t.fail(target, list);
      }
    }
  }
  t.ok(asked > 400, `${asked} filters`);
});

t.test('fields that are not shown are no filters either', async (t) => {
  const all = await scene(t);
  const admin = called(all, 'administrator');
  for (const type of typesOf(all)) {
    const hidden = Object.entries({ ...type.spec, ...type.status }).filter(
      ([, { show, kind }]) => (show ?? 'always') !== 'always' || kind === 'password',
    );
    const plain = await all.asking.ask(admin, { method: 'GET', target: `/v1/${type.plural}` });
    for (const [name] of hidden) {
      for (const modifier of ['', '_prefix', '_like', '_gt', '_null', '_notnull', '_ne']) {
        const target = `/v1/${type.plural}?${name}${modifier}=a`;
        const list = await all.asking.ask(admin, { method: 'GET', target });
        // `secretValue` and `password` look like credentials, and those are refused in URLs.
        if (list.status !== 400) t.same(idsOf(list), idsOf(plain), target);
      }
      const sorted = await all.asking.ask(admin, {
        method: 'GET',
        target: `/v1/${type.plural}?sort=${name}`,
      });
      t.equal(sorted.status, 400, `sort by ${type.id}.${name}`);
    }
  }
});

t.test('a reference to what is another account’s is one to what is not there', async (t) => {
  const all = await scene(t);
  const { asking, ada, eve } = all;
  const role = called(all, 'Eve');
  let compared = 0;
  const compare = async (what: string, ask: (id: string) => Promise<Answered>, foreign: string) => {
    const one = await ask(foreign);
    t.same(errorOf(one, foreign), errorOf(await ask(ABSENT), ABSENT), what);
    if ([200, 201, 202].includes(one.status)) t.fail(`${what}: was taken`);
    compared += 1;
  };
  for (const type of typesOf(all)) {
    for (const [name, field] of Object.entries(type.spec)) {
      const target = field.target ?? field.element?.target;
      const foreign = ada.get(target ?? '');
      const known = eve.get(type.id);
      if (target === undefined || foreign === undefined || field.write === 'internal') continue;
      if (!may(role, type, 'create')) continue;
      const given = (id: string): JsonObject => ({
        ...(known?.spec as JsonObject),
        uuid: null,
        [name]: field.element === undefined ? id : [id],
      });
      await compare(
        `a ${type.id} with ${name}`,
        (id) => asking.ask(role, { method: 'POST', target: `/v1/${type.plural}`, body: given(id) }),
        foreign.id,
      );
      if (field.write === 'create') continue;
      await compare(
        `${name} of a ${type.id}`,
        (id) =>
          asking.ask(role, {
            method: 'PUT',
            target: `/v1/${type.plural}/${known?.id ?? ''}`,
            body: { [name]: field.element === undefined ? id : [id] },
          }),
        foreign.id,
      );
    }
    const asks = { ...type.actions, ...type.questions };
    for (const [action, { input }] of Object.entries(asks)) {
      for (const [name, { target }] of Object.entries(input)) {
        const foreign = ada.get(target ?? '');
        const known = eve.get(type.id);
        if (foreign === undefined || known === undefined || !may(role, type, 'act')) continue;
        await compare(
          `${name} of ${type.id} ${action}`,
          (id) =>
            asking.ask(role, {
              method: 'POST',
              target: `/v1/${type.plural}/${known.id}?action=${action}`,
              body: { [name]: id },
            }),
          foreign.id,
        );
      }
    }
  }
  t.ok(compared > 20, `${compared} references`);
});

t.test(
  'what is included, explained, planned and told of what happened names nothing foreign',
  async (t) => {
    const all = await scene(t);
    const { asking, eve } = all;
    const role = called(all, 'Eve');
    const canary = canaryOf(all.tenants.ada);
    for (const type of typesOf(all).filter((type) => may(role, type, 'read'))) {
      const rows = [eve.get(type.id), all.house.get(type.id)].filter((row) => row !== undefined);
      for (const { id } of rows) {
        const one = `/v1/${type.plural}/${id}`;
        const links = Object.keys(type.links);
        for (const target of [
          ...links.flatMap((name) => [
            `${one}/${name}`,
            `${one}?include=${name}`,
            `/v1/${type.plural}?include=${name}`,
          ]),
          `${one}?action=explain`,
          `${one}/events`,
          `${one}/account`,
        ]) {
          const { text, status } = await asking.ask(role, { method: 'GET', target });
          t.ok(status < 500 && !text.includes(canary), target);
        }
        for (const asked of [
          { method: 'DELETE', target: `${one}?dryRun=plan` },
          { method: 'PUT', target: `${one}?dryRun=plan`, body: { name: 'x' } },
          { method: 'DELETE', target: one },
        ] as const) {
          const { text, status } = await asking.ask(role, asked);
          t.ok(status < 500 && !text.includes(canary), `${asked.method} ${asked.target}`);
        }
      }
    }
  },
);

t.test('how much others have is in no refusal', async (t) => {
  const limits = { networks: 2, volumes: 2, volumeGb: 5 };
  const all = await scene(t, { limits });
  const { asking } = all;
  const [ada, eve] = [called(all, 'Ada'), called(all, 'Eve')];
  const ask = (role: typeof ada) =>
    asking.ask(role, { method: 'POST', target: '/v1/networks', body: { ipv4Cidr: '10.9.0.0/24' } });
  t.equal((await ask(ada)).status, 201);
  const refused = await ask(ada);
  t.match(refused.json, { status: 422, code: 'LimitExceeded', detail: /used 2, limit 2/ });
  t.equal((await ask(eve)).status, 201, 'what Ada has counts for nobody else');
  t.same(errorOf(await ask(eve), '-'), errorOf(refused, '-'), 'each is told of their own alone');
});
