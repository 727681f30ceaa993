import t from 'tap';
import { serveRealCloud } from './real-cloud.js';
import { at, sends } from './served.js';

const json = (body: object, headers: Readonly<Record<string, string>>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

t.test(
  'a POST that is repeated under its key makes one thing, and is answered alike',
  async (t) => {
    const real = await serveRealCloud(t);
    const post = (cidr: string, key: string) =>
      real.fetch('/v1/networks', json({ ipv4Cidr: cidr }, { 'idempotency-key': key }));
    const first = await post('10.0.0.0/24', '"8e03978e-40d5-43dd-bc93-6894a57f9324"');
    t.equal(first.status, 201);
    const again = await post('10.0.0.0/24', '8e03978e-40d5-43dd-bc93-6894a57f9324');
    t.equal(again.status, 201);
    t.equal(again.headers.get('location'), first.headers.get('location'));
    t.equal(
      at(again.json, 'uuid'),
      at(first.json, 'uuid'),
      'with quotes and without it is one key',
    );
    const other = await post('10.0.1.0/24', '"8e03978e-40d5-43dd-bc93-6894a57f9324"');
    t.match(other.json, { status: 422, code: 'IdempotencyKeyReused' });
    const { data } = (await real.fetch('/v1/networks')).json as {
      readonly data: readonly unknown[];
    };
    t.equal(data.length, 1);
  },
);

t.test('a key has 1 to 255 printable characters', async (t) => {
  const real = await serveRealCloud(t);
  const status = async (key: string) =>
    (await real.fetch('/v1/apikeys', json({}, { 'idempotency-key': key }))).status;
  for (const bad of [
    '',
    '""',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    '"x',
    '"a"b"',
    '"a\\x"',
    'a\tb',
  ])
    t.equal(await status(bad), 400, bad.slice(0, 20));
  for (const good of [
    'x',
    'x'.repeat(255),
    `"${'x'.repeat(255)}"`,
    String.raw`"a\"b\\c"`,
    'a b,c;d=e',
  ])
    t.equal(await status(good), 201, good.slice(0, 20));
});

t.test('the same request at the same moment is carried out once', async (t) => {
  const real = await serveRealCloud(t);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      real.fetch('/v1/networks', json({ ipv4Cidr: '10.0.0.0/24' }, { 'idempotency-key': 'k' })),
    ),
  );
  const made = answers.filter(({ status }) => status === 201);
  t.ok(made.length > 0);
  t.equal(new Set(made.map((answer) => at(answer.json, 'id'))).size, 1);
  for (const answer of answers)
    if (answer.status !== 201) t.match(answer.json, { status: 409, code: 'IdempotencyKeyInUse' });
});

t.test('PUT, DELETE and actions take a key too, a plan does without', async (t) => {
  const real = await serveRealCloud(t);
  const key = at(await real.post('/v1/apikeys', {}), 'id');
  const path = `/v1/apikeys/${String(key)}`;
  const headers = { 'idempotency-key': 'k', 'content-type': 'application/json' };
  const plan = { method: 'DELETE', headers };
  t.equal(at((await real.fetch(`${path}?dryRun=plan`, plan)).json, 'type'), 'plan');
  const act = { method: 'POST', headers, body: '{}' };
  t.equal((await real.fetch(`${path}?action=deactivate`, act)).status, 202);
  t.equal(
    (await real.fetch(`${path}?action=deactivate`, act)).status,
    202,
    'though not possible now',
  );
  t.equal((await real.fetch(path, plan)).status, 422);
  const put = {
    method: 'PUT',
    headers: { ...headers, 'idempotency-key': 'put' },
    body: '{"name":"a"}',
  };
  t.match((await real.fetch(path, put)).json, { name: 'a', rev: 3 });
  await real.fetch(path, sends('PUT', { name: 'b' }));
  t.match((await real.fetch(path, put)).json, { name: 'b', rev: 4 });
  const remove = { method: 'DELETE', headers: { 'idempotency-key': 'gone' } };
  t.match((await real.fetch(path, remove)).status, 200);
  t.match((await real.fetch(path, remove)).status, 200);
});

t.test('If-Match is compared by the write, whatever it is', async (t) => {
  const real = await serveRealCloud(t);
  const made = await real.post('/v1/apikeys', {});
  const path = `/v1/apikeys/${String(at(made, 'id'))}`;
  const first = (await real.fetch(path)).headers.get('etag') ?? '';
  t.match(first, /^"1-\d+"$/);
  await real.fetch(path, sends('PUT', { name: 'a' }));
  const status = async (method: string, ifMatch: string, query = '') =>
    (
      await real.fetch(path + query, {
        method,
        headers: { 'if-match': ifMatch, 'content-type': 'application/json' },
        ...(method === 'DELETE' ? {} : { body: '{"name":"x"}' }),
      })
    ).status;
  for (const [method, query] of [
    ['PUT', ''],
    ['POST', '?action=deactivate'],
    ['POST', '?action=reconcile'],
    ['DELETE', ''],
    ['DELETE', '?dryRun=plan'],
  ] as const) {
    t.equal(await status(method, first, query), 412, `${method}${query}`);
    t.equal(await status(method, 'x', query), 400, `${method}${query}, malformed`);
    t.equal(await status(method, '"1", "2"', query), 400, `${method}${query}, several`);
  }
  t.match((await real.fetch(path)).json, { name: 'a', rev: 2 });
  t.equal(await status('PUT', '"2"'), 200);
  t.equal(await status('DELETE', '*'), 200);
});

t.test('what is read and sent back whole must be what is there', async (t) => {
  const real = await serveRealCloud(t);
  const made = await real.post('/v1/apikeys', { name: 'a' });
  const path = `/v1/apikeys/${String(at(made, 'id'))}`;
  const { json: read } = await real.fetch(path);
  const whole = { ...Object(read), name: 'b' };
  t.match((await real.fetch(path, sends('PUT', whole))).json, { name: 'b', rev: 2 });
  t.match((await real.fetch(path, sends('PUT', whole))).json, {
    status: 409,
    code: 'Conflict',
    fieldName: 'rev',
  });
  const form = (rev: string) => ({
    method: 'PUT',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `name=c&rev=${rev}`,
  });
  t.equal((await real.fetch(path, form('1'))).status, 409);
  t.match((await real.fetch(path, form('2'))).json, { name: 'c', rev: 3 });
  t.match((await real.fetch('/v1/schemas/apikey')).json, {
    resourceFields: { rev: { type: 'int', create: false, update: false } },
  });
});
