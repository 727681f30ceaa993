import { ApiHandler } from '@gdcloud/http';
import t from 'tap';
import { at, basic, type Served, sends, serve } from './served.js';
import { request } from './socketless.js';

async function machines(
  served: Served,
  rams: readonly number[],
  networkId?: string,
): Promise<void> {
  for (const ramSizeMb of rams) {
    const body = { name: `m${ramSizeMb}`, ramSizeMb, ...(networkId ? { networkId } : {}) };
    await served.fetch('/v1/virtualmachines', sends('POST', body));
  }
}

function values(json: unknown, field: string): readonly unknown[] {
  const data = at(json, 'data');
  return Array.isArray(data) ? data.map((item) => at(item, field)) : [];
}

t.test('children are listed and created under their parent', async (t) => {
  const served = await serve(t);
  const ids: string[] = [];
  for (const cidr of ['10.0.0.0/24', '10.0.1.0/24']) {
    const network = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: cidr }));
    ids.push(String(at(network.json, 'id')));
  }
  const [mine = '', other = ''] = ids;
  const path = `/v1/networks/${mine}/virtualmachines`;
  const created = await served.fetch(path, sends('POST', { name: 'child', networkId: other }));
  t.match(created, { status: 201, json: { networkId: mine } }, 'the parent of the URL wins');
  t.equal(created.headers.get('location'), at(created.json, 'links', 'self'));
  const list = await served.fetch(path);
  t.same(values(list.json, 'name'), ['child']);
  t.match(list.json, {
    type: 'collection',
    resourceType: 'virtualmachine',
    links: { self: served.url + path },
    createTypes: { virtualmachine: served.url + path },
    createDefaults: { networkId: mine },
  });
  t.same(values((await served.fetch(`/v1/networks/${other}/virtualmachines`)).json, 'name'), []);
  const back = await served.fetch(`/v1/virtualmachines/${String(at(created.json, 'id'))}/network`);
  t.match(back, { status: 200, json: { id: mine, type: 'network' } });
});

t.test('nothing is created under a parent that only the kernel chooses', async (t) => {
  const served = await serve(t);
  const key = served.admin;
  const host = served.cloud.addHost(key);
  const path = `/v1/hosts/${host.id}/virtualmachines`;
  const created = await served.fetch('/v1/virtualmachines', sends('POST', { name: 'placed' }));
  served.cloud.observe(String(at(created.json, 'uuid')), { hostId: host.id });
  const list = await served.fetch(path, { key });
  t.same(values(list.json, 'name'), ['placed']);
  t.match(list.json, { createTypes: {}, createDefaults: {} });
  t.same(at(list.json, 'createTypes'), {});
  const refused = await served.fetch(path, { ...sends('POST', {}), key });
  t.equal(refused.status, 405);
  t.equal(refused.headers.get('allow'), 'GET, HEAD');
});

t.test('a link that leads nowhere is 404, and is not shown', async (t) => {
  const served = await serve(t);
  const created = await served.fetch('/v1/virtualmachines', sends('POST', {}));
  const self = `/v1/virtualmachines/${String(at(created.json, 'id'))}`;
  t.equal(at(created.json, 'links', 'network'), undefined);
  for (const link of ['network', 'nothing', '__proto__', 'constructor']) {
    t.match(
      await served.fetch(`${self}/${link}`),
      { status: 404, json: { code: 'NotFound' } },
      link,
    );
  }
  t.equal((await served.fetch(`${self}/events`, { method: 'POST' })).status, 405);
  t.match(await served.fetch(`${self}/account`), {
    status: 200,
    json: { type: 'account', kind: 'user' },
  });
  t.match(await served.fetch(`${self}/events`), {
    status: 200,
    json: {
      resourceType: 'event',
      data: [{ type: 'event', time: /Z$/, timeTS: Number, what: 'requested' }],
    },
  });
});

t.test('lists are sorted both ways and say how to sort otherwise', async (t) => {
  const served = await serve(t);
  await machines(served, [2048, 512, 1024]);
  const up = await served.fetch('/v1/virtualmachines?sort=ramSizeMb&limit=2');
  t.same(values(up.json, 'ramSizeMb'), [512, 1024]);
  t.match(up.json, {
    sort: { name: 'ramSizeMb', order: 'asc', reverse: /order=desc/ },
    sortLinks: { name: `${served.url}/v1/virtualmachines?limit=2&sort=name` },
  });
  const next = String(at(up.json, 'pagination', 'next')).slice(served.url.length);
  const rest = await served.fetch(next);
  t.same(values(rest.json, 'ramSizeMb'), [2048]);
  t.notMatch(at(rest.json, 'sortLinks', 'name'), 'marker');
  t.notMatch(at(rest.json, 'sort', 'reverse'), 'marker');
  const down = await served.fetch(String(at(up.json, 'sort', 'reverse')).slice(served.url.length));
  t.same(values(down.json, 'ramSizeMb'), [2048, 1024]);
});

t.test('a marker is good for its own list and its own caller only', async (t) => {
  const served = await serve(t);
  await machines(served, [512, 1024, 2048]);
  const { json } = await served.fetch('/v1/virtualmachines?limit=1&name_prefix=m');
  const marker = /marker=([^&]+)/.exec(String(at(json, 'pagination', 'next')))?.[1] ?? '';
  const query = `limit=1&name_prefix=m&marker=${marker}`;
  t.equal((await served.fetch(`/v1/virtualmachines?${query}`)).status, 200);
  const foreign = await served.fetch(`/v1/virtualmachines?${query}`, { key: served.admin });
  t.match(foreign, { status: 400, json: { fieldName: 'marker' } });
  for (const path of [
    `/v1/volumes?${query}`,
    `/v1/virtualmachines?limit=1&marker=${marker}`,
    `/v1/virtualmachines?${query}&sort=name`,
    `/v1/virtualmachines?${query.replace(/.$/, '')}`,
    `/v1/virtualmachines?${query}AA`,
  ]) {
    t.equal((await served.fetch(path)).status, 400, path);
  }
});

t.test('markers survive a restart with the same key', async (t) => {
  const [one, two, other] = [
    await serve(t),
    await serve(t),
    await serve(t, { markerKey: new Uint8Array(32).fill(8) }),
  ];
  for (const served of [one, two, other]) await machines(served, [512, 1024]);
  const { json } = await one.fetch('/v1/virtualmachines?limit=1');
  const next = String(at(json, 'pagination', 'next')).slice(one.url.length);
  t.equal((await two.fetch(next)).status, 200);
  t.equal((await other.fetch(next)).status, 400);
});

t.test('links are included under their names, for one resource and for lists', async (t) => {
  const served = await serve(t);
  const network = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  const networkId = String(at(network.json, 'id'));
  await machines(served, [512, 1024], networkId);
  await machines(served, [2048]);
  const one = await served.fetch(`/v1/networks/${networkId}?include=VirtualMachines`);
  t.same(
    (at(one.json, 'virtualmachines') as readonly unknown[]).map((each) => at(each, 'name')),
    ['m512', 'm1024'],
  );
  t.match(at(one.json, 'virtualmachines', 0), { type: 'virtualmachine', networkId, links: {} });
  t.match(at(one.json, 'links'), { virtualmachines: `${served.url}/v1/networks/` });
  t.equal(one.headers.get('etag'), null, 'it does not say when what is included changes');
  const all = await served.fetch('/v1/virtualmachines?include=network&include=volumes&limit=2');
  t.same(
    values(all.json, 'network').map((each) => at(each, 'id')),
    [networkId, networkId],
  );
  t.same(values(all.json, 'volumes'), [[], []]);
  t.match(at(all.json, 'pagination', 'next'), /include=network&include=volumes/);
  const rest = await served.fetch('/v1/virtualmachines?include=network&name=m2048');
  t.same(values(rest.json, 'network'), [null], 'where a reference is not set there is null');
  const schema = await served.fetch('/v1/schemas/virtualmachine');
  t.same(at(schema.json, 'includeableLinks'), ['network', 'volumes']);
});

t.test('a link is followed once for a whole page', async (t) => {
  const served = await serve(t);
  const network = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  await machines(served, Array(30).fill(512), String(at(network.json, 'id')));
  const calls: string[] = [];
  const counting = new Proxy(served.cloud, {
    get(cloud, name) {
      const member: unknown = Reflect.get(cloud, name, cloud);
      if (typeof member !== 'function') return member;
      calls.push(String(name));
      return member.bind(cloud);
    },
  });
  const handler = new ApiHandler({ types: served.cloud.types, resources: counting });
  const answer = await handler.handle(
    request('GET', '/v1/virtualmachines?include=network&include=volumes', {
      authorization: basic(served.user),
    }),
  );
  t.equal(values(JSON.parse(answer.body), 'network').length, 30);
  t.same(
    calls.filter((name) => ['get', 'list', 'related', 'accountIds'].includes(name)),
    ['list', 'related', 'related'],
  );
});

t.test('what can not be included is refused, naming what can', async (t) => {
  const served = await serve(t);
  for (const include of ['nothing', 'network.virtualmachines', '__proto__', 'events', 'account'])
    t.match(await served.fetch(`/v1/virtualmachines?include=${include}`), {
      status: 400,
      json: {
        code: 'InvalidQuery',
        fieldName: 'include',
        message: 'virtualmachines can include network, volumes',
      },
    });
  const many = '&include=network'.repeat(9);
  t.equal((await served.fetch(`/v1/virtualmachines?${many}`)).status, 400);
  t.equal((await served.fetch('/v1/virtualmachines?include=')).status, 200);
});

t.test('the number of all resources is told when it is asked for', async (t) => {
  const served = await serve(t);
  await machines(served, [512, 1024, 2048]);
  const total = async (query: string) =>
    at((await served.fetch(`/v1/virtualmachines?limit=1${query}`)).json, 'pagination', 'total');
  t.equal(await total(''), null);
  t.equal(await total('&total=false'), null);
  t.equal(await total('&total=true'), 3);
  t.equal(await total('&total'), 3);
  t.equal(await total('&total=true&ramSizeMb_gt=512'), 2);
  t.equal((await served.fetch('/v1/virtualmachines?total=maybe')).status, 400);
});

t.test('limit is 100 unless asked, and never more than 1,000', async (t) => {
  const served = await serve(t);
  const limitOf = async (query: string) =>
    at((await served.fetch(`/v1/volumes${query}`)).json, 'pagination', 'limit');
  t.equal(await limitOf(''), 100);
  t.equal(await limitOf('?limit=1000'), 1000);
  t.equal(await limitOf('?limit=10005'), 1000);
});

t.test('every filterable field has a key in filters and in collectionFilters', async (t) => {
  const served = await serve(t);
  const { json } = await served.fetch('/v1/virtualmachines');
  const { json: schema } = await served.fetch('/v1/schemas/virtualmachine');
  const filters = Object.keys(Object(at(json, 'filters')));
  t.same(filters, Object.keys(Object(at(schema, 'collectionFilters'))));
  t.ok(['id', 'name', 'created', 'ramSizeMb', 'networkId'].every((name) => filters.includes(name)));
  t.notOk(filters.includes('rootPassword'), 'a password can not be guessed by filtering');
});

t.test('HEAD answers like GET without a body', async (t) => {
  const served = await serve(t);
  const get = await served.fetch('/v1/volumes');
  const head = await served.fetch('/v1/volumes', { method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal(head.text, '');
  t.equal(head.headers.get('content-length'), get.headers.get('content-length'));
});
