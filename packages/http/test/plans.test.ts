import t from 'tap';
import { at, type Served, sends, serve } from './served.js';

async function network(served: Served): Promise<string> {
  const reply = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  return String(at(reply.json, 'id'));
}

t.test('each of the four writes can be planned: 200, and nothing is written', async (t) => {
  const served = await serve(t);
  const id = await network(served);
  const machine = await served.fetch('/v1/virtualmachines', sends('POST', { networkId: id }));
  const there = `/v1/virtualmachines/${String(at(machine.json, 'id'))}`;
  const { writes } = served.cloud;
  const rows = [...served.cloud.rows.values()];

  const create = await served.fetch(
    '/v1/virtualmachines?dryRun=plan',
    sends('POST', { name: 'web', networkId: id }),
  );
  t.match(create, {
    status: 200,
    json: {
      type: 'plan',
      resource: { type: 'virtualmachine', id: null, name: 'web' },
      steps: [
        {
          resource: { type: 'virtualmachine', id: null, name: 'web' },
          part: 'thing',
          driver: 'double.things',
          verb: 'create',
          why: 'create',
        },
      ],
      waits: [],
      complete: 'yes',
      why: null,
      links: { schema: `${served.url}/v1/schemas/plan` },
      actions: {},
    },
  });
  t.notOk(create.headers.has('location'));
  t.notOk(create.headers.has('etag'));
  t.notMatch(create.text, /new-|0190a0b0/, 'nothing is called that is not there');

  const update = await served.fetch(`${there}?dryRun=plan`, sends('PUT', { name: 'x' }));
  t.match(update, { status: 200, json: { type: 'plan', steps: [{ verb: 'update' }] } });
  t.equal(at(update.json, 'links', 'resource'), served.url + there);
  const act = await served.fetch(`${there}?action=stop&dryRun=plan`, { method: 'POST' });
  t.match(act, {
    status: 200,
    json: { type: 'plan', steps: [{ field: 'size', desired: 2, actual: 1, why: 'act' }] },
  });
  const remove = await served.fetch(`${there}?dryRun=plan`, { method: 'DELETE' });
  t.match(remove, { status: 200, json: { type: 'plan', steps: [{ verb: 'delete' }] } });
  const below = await served.fetch(
    `/v1/networks/${id}/virtualmachines?dryRun=plan`,
    sends('POST', {}),
  );
  t.match(below, { status: 200, json: { type: 'plan', steps: [{ verb: 'create' }] } });
  const overridden = await served.fetch(`${there}?_method=delete&dryrun=plan`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
  });
  t.match(overridden, { status: 200, json: { type: 'plan' } }, 'however it is spelled');

  t.equal(served.cloud.writes, writes);
  t.same([...served.cloud.rows.values()], rows);
});

t.test('a plan fails as the write would', async (t) => {
  const served = await serve(t);
  const id = await network(served);
  const wrong = sends('POST', { ipv4Cidr: 'everything' });
  const real = await served.fetch('/v1/networks', wrong);
  const planned = await served.fetch('/v1/networks?dryRun=plan', wrong);
  t.equal(real.status, 422);
  t.equal(planned.status, real.status);
  t.equal(at(planned.json, 'code'), at(real.json, 'code'));
  t.equal(at(planned.json, 'fieldName'), 'ipv4Cidr');
  const path = `/v1/networks/${id}`;
  const stale = { 'if-match': '"99-0"', 'content-type': 'application/json' };
  for (const init of [
    { method: 'PUT', headers: stale, body: '{}' },
    { method: 'DELETE', headers: stale },
    { method: 'POST', headers: stale, body: '{}' },
  ]) {
    const query = init.method === 'POST' ? '?action=reconcile&dryRun=plan' : '?dryRun=plan';
    t.match(await served.fetch(path + query, init), { status: 412 }, init.method);
  }
  t.match(await served.fetch('/v1/networks/77?dryRun=plan', { method: 'DELETE' }), {
    status: 404,
  });
  t.match(await served.fetch(`${path}?action=dance&dryRun=plan`, { method: 'POST' }), {
    status: 422,
    json: { code: 'InvalidAction' },
  });
  t.match(await served.fetch('/v1/networks?dryRun=plan', { ...wrong, key: null } as const), {
    status: 401,
  });
});

t.test('any other dryRun is refused before anything is done', async (t) => {
  const served = await serve(t);
  const id = await network(served);
  const { writes } = served.cloud;
  const body = sends('POST', { ipv4Cidr: '10.0.0.0/24' });
  for (const query of ['dryRun', 'dryRun=', 'dryRun=true', 'dryRun=Plan', 'DRYRUN=no']) {
    for (const [path, init] of [
      ['/v1/networks', body],
      [`/v1/networks/${id}`, sends('PUT', {})],
      [`/v1/networks/${id}`, { method: 'DELETE' }],
    ] as const) {
      t.match(
        await served.fetch(`${path}?${query}`, init),
        { status: 422, json: { code: 'InvalidOption', fieldName: 'dryRun' } },
        `${query} ${init.method}`,
      );
    }
  }
  for (const query of ['dryRun=plan&dryRun=plan', 'dryRun=plan&dryrun=no']) {
    t.match(await served.fetch(`/v1/networks?${query}`, body), {
      status: 400,
      json: { code: 'InvalidQuery' },
    });
  }
  for (const path of ['/v1/networks', `/v1/networks/${id}`, '/v1']) {
    t.match(
      await served.fetch(`${path}?dryRun=plan`),
      { status: 400, json: { code: 'InvalidQuery', fieldName: 'dryRun' } },
      'reading changes nothing anyway',
    );
  }
  t.equal(served.cloud.writes, writes);
});

t.test('plans are in the schemas and in the OpenAPI document', async (t) => {
  const served = await serve(t);
  const schema = await served.fetch('/v1/schemas/plan');
  t.match(schema, { status: 200, json: { id: 'plan', type: 'schema' } });
  t.same(Object.keys(Object(at(schema.json, 'resourceFields'))).sort(), [
    'complete',
    'links',
    'resource',
    'steps',
    'waits',
    'why',
  ]);
  const { json } = await served.fetch('/v1/openapi.json');
  t.equal(at(json, 'components', 'schemas', 'plan', 'properties', 'type', 'const'), 'plan');
  for (const [path, method] of [
    ['/networks', 'post'],
    ['/networks/{id}', 'put'],
    ['/networks/{id}', 'delete'],
    ['/networks/{id}', 'post'],
  ] as const) {
    const operation = at(json, 'paths', path, method);
    const names = Object(at(operation, 'parameters')).map((one: unknown) => at(one, 'name'));
    t.ok(names.includes('dryRun'), `${method} ${path}`);
    const answer = at(operation, 'responses', '200', 'content', 'application/json', 'schema');
    t.match(JSON.stringify(answer), '#/components/schemas/plan');
  }
  t.match(at(json, 'paths', '/networks', 'post', 'responses'), { 200: {}, 201: {} });
  t.equal(at(json, 'paths', '/networks', 'get', 'parameters', 4, 'name') === 'dryRun', false);
});
