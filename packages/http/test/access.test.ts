import t from 'tap';
import { at, basic, sends, serve } from './served.js';

t.test('what a caller may not do is in no schema, no link and no createTypes', async (t) => {
  const served = await serve(t);
  const { json: mine } = await served.fetch('/v1/schemas');
  const { json: all } = await served.fetch('/v1/schemas', { key: served.admin });
  const ids = (json: unknown): readonly unknown[] => {
    const data = at(json, 'data');
    return Array.isArray(data) ? data.map((schema) => at(schema, 'id')) : [];
  };
  t.notOk(ids(mine).includes('host'));
  t.ok(ids(all).includes('host'));
  t.equal((await served.fetch('/v1/schemas/host')).status, 404);
  t.equal((await served.fetch('/v1/hosts')).status, 404);
  t.equal((await served.fetch('/v1/hosts', { key: served.admin })).status, 200);
  const { json: offering } = await served.fetch('/v1/schemas/offering');
  t.match(offering, {
    collectionMethods: ['GET'],
    resourceMethods: ['GET'],
    resourceActions: { reconcile: { output: 'offering' }, explain: { output: 'explanation' } },
    resourceFields: { ramSizeMb: { create: false, update: false }, name: { unique: true } },
  });
  t.notOk(Object.hasOwn(at(offering, 'resourceActions') as object, 'recreate'));
  const { json: list } = await served.fetch('/v1/offerings');
  t.same(at(list, 'createTypes'), {});
});

t.test(
  'schemas have a tag that differs with what the caller may do, and are not sent twice',
  async (t) => {
    const served = await serve(t);
    for (const path of ['/v1/schemas', '/v1/schemas/network']) {
      const first = await served.fetch(path);
      const etag = first.headers.get('etag') ?? '';
      t.match(etag, /^"[\w-]{22}"$/);
      const headers = { 'if-none-match': etag };
      const again = await served.fetch(path, { headers });
      t.match([again.status, again.text], [304, '']);
      t.equal((await served.fetch(path)).headers.get('etag'), etag);
    }
    const { headers } = await served.fetch('/v1/schemas');
    const mine = { 'if-none-match': headers.get('etag') ?? '' };
    t.equal((await served.fetch('/v1/schemas', { headers: mine, key: served.admin })).status, 200);
    const elsewhere = await served.raw(
      `GET /v1/schemas HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\nAuthorization: ${basic(served.user)}\r\n\r\n`,
    );
    t.match(elsewhere, /"self":"http:\/\/elsewhere\/v1\/schemas"/);
    t.notMatch(elsewhere, served.url, 'what was written for another host is not sent here');
  },
);

t.test('the decisions that free a stalled resource are described like any action', async (t) => {
  const served = await serve(t);
  const { json: schema } = await served.fetch('/v1/schemas/virtualmachine');
  t.match(schema, {
    resourceActions: {
      recreate: { input: 'recreateInput', output: 'virtualmachine' },
      keep: { input: 'keepInput', output: 'virtualmachine' },
      reconcile: { output: 'virtualmachine' },
    },
  });
  t.match((await served.fetch('/v1/schemas/keepInput')).json, {
    resourceFields: { part: { required: false }, external: { required: true, create: true } },
  });
  const { json: openapi } = await served.fetch('/v1/openapi.json');
  t.match(openapi, { components: { schemas: { recreateInput: { type: 'object' } } } });
});

t.test('a method that nobody has is 405, one that only others have is 403', async (t) => {
  const served = await serve(t);
  const nobody = await served.fetch('/v1/hosts', { ...sends('POST', {}), key: served.admin });
  t.match(nobody, { status: 405, json: { code: 'MethodNotAllowed' } });
  t.equal(nobody.headers.get('allow'), 'GET, HEAD');
  const others = await served.fetch('/v1/offerings', sends('POST', { ramSizeMb: 512 }));
  t.match(others, { status: 403, json: { code: 'PermissionDenied' } });
});

t.test('whoever may read a resource may ask to look at it again', async (t) => {
  const served = await serve(t);
  const { account } = served.user.caller;
  const mine = `/v1/accounts/${String(served.cloud.rows.get(account)?.id)}`;
  const read = await served.fetch(mine);
  t.match(at(read.json, 'actions'), { reconcile: `${served.url}${mine}/?action=reconcile` });
  t.equal((await served.fetch(`${mine}/?action=reconcile`, { method: 'POST' })).status, 202);
  t.equal((await served.fetch(`${mine}/?action=other`, { method: 'POST' })).status, 403);
  const put = await served.fetch(mine, { method: 'PATCH' });
  t.equal(put.headers.get('allow'), 'GET, HEAD, POST');
});

t.test('the resources of another account read as absent, by every method', async (t) => {
  const served = await serve(t);
  const eve = served.cloud.addAccount('Eve', 'user');
  const created = await served.fetch('/v1/virtualmachines', sends('POST', {}));
  const path = `/v1/virtualmachines/${String(at(created.json, 'id'))}`;
  const before = served.cloud.writes;
  for (const [suffix, init] of [
    ['', {}],
    ['', sends('PUT', { name: 'x' })],
    ['', { method: 'DELETE' }],
    ['?action=stop', { method: 'POST' }],
    ['/volumes', {}],
    ['/volumes', sends('POST', { sizeGb: 1 })],
    ['/events', {}],
    ['/account', {}],
  ] as const) {
    const reply = await served.fetch(path + suffix, { ...init, key: eve });
    t.match(
      reply,
      { status: 404, json: { code: 'NotFound' } },
      `${String(Reflect.get(init, 'method'))} ${suffix}`,
    );
  }
  t.equal(served.cloud.writes, before);
  t.same(at((await served.fetch('/v1/virtualmachines', { key: eve })).json, 'data'), []);
});

t.test('an offering is found by its name', async (t) => {
  const served = await serve(t);
  await served.fetch('/v1/offerings', {
    ...sends('POST', { name: '2gb-4cpu', ramSizeMb: 2048 }),
    key: served.admin,
  });
  const reply = await served.fetch('/v1/offerings/2gb-4cpu');
  t.match(reply, {
    status: 200,
    json: { ramSizeMb: 2048, accountId: served.admin.caller.accountId },
  });
});

t.test('account names that are no header text are percent-encoded', async (t) => {
  const served = await serve(t);
  const key = served.cloud.addAccount('Zoë\r\nX-Evil: 1', 'user');
  const reply = await served.fetch('/v1', { key });
  t.equal(reply.headers.get('x-api-account-name'), 'Zo%C3%AB%0D%0AX-Evil%3A%201');
  t.equal(reply.headers.get('x-evil'), null);
});

t.test('the scheme of Basic has any case', async (t) => {
  const served = await serve(t);
  const { publicValue, secretValue } = served.user;
  const encoded = Buffer.from(`${publicValue}:${secretValue}`).toString('base64');
  t.ok(secretValue.includes(':'), 'only the first colon splits');
  for (const scheme of ['Basic', 'basic', 'BASIC']) {
    const reply = await served.fetch('/v1', { headers: { authorization: `${scheme} ${encoded}` } });
    t.equal(reply.status, 200, scheme);
  }
});
