import { createCloud, PASSWORD_HASHER, type PasswordHasher } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers, quickHasher } from '@gdcloud/core/testing';
import t, { type Test } from 'tap';
import { at, sends, serve } from './served.js';

const ADMIN = 'admin:the-administrators-secret';
const PASSWORD = 'a long passphrase: with colons';

/** A real cloud behind a real server; `ask` sends credentials as `name:secret`. */
async function cloudServed(t: Test, hasher: PasswordHasher = quickHasher()) {
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: { publicValue: 'admin', secretValue: 'the-administrators-secret' },
    replaceable: [PASSWORD_HASHER],
    plugins: [
      sqlite({ file: ':memory:' }),
      memoryDrivers().plugin,
      (container) => container.register(PASSWORD_HASHER, { useValue: hasher }),
    ],
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const served = await serve(t, {
    types: cloud.types,
    resources: cloud.resources,
    trustForwarded: ['127.0.0.1'],
  });
  const ask = (path: string, credentials: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    return served.fetch(path, { ...init, headers, key: null });
  };
  /** Makes a key and answers its `name:secret` and its path. */
  const newKey = async (body: object) => {
    const { json } = await ask('/v1/apikeys', ADMIN, sends('POST', body));
    return {
      path: `/v1/apikeys/${String(at(json, 'id'))}`,
      credentials: `${String(at(json, 'publicValue'))}:${String(at(json, 'secretValue'))}`,
    };
  };
  return { cloud, served, ask, newKey };
}

t.test('the answer to a rotation shows the new secret, and no other answer does', async (t) => {
  const { ask, newKey } = await cloudServed(t);
  const key = await newKey({ name: 'ci', expires: '2100-01-01T00:00:00Z' });
  const rotated = await ask(
    `${key.path}?action=rotate`,
    ADMIN,
    sends('POST', { graceSeconds: 3_600 }),
  );
  t.equal(rotated.status, 202);
  const secret = String(at(rotated.json, 'secretValue'));
  t.match(secret, /^[A-Za-z0-9]{40}$/);
  t.match(rotated.json, { type: 'apikey', name: 'ci', expires: '2100-01-01T00:00:00Z' });
  const [name] = key.credentials.split(':');
  t.equal((await ask('/v1', `${String(name)}:${secret}`)).status, 200);
  t.equal((await ask('/v1', key.credentials)).status, 200, 'the old one still, for an hour');
  for (const path of [
    key.path,
    '/v1/apikeys',
    `${key.path}/events`,
    `${key.path}?action=explain`,
  ]) {
    const { text } = await ask(path, ADMIN);
    t.notMatch(text, new RegExp(secret), path);
    t.notMatch(text, /[dD]igest":/, path);
  }
  t.match((await ask(key.path, ADMIN)).json, { secretValue: undefined, lastUsedTS: Number });
  const planned = await ask(`${key.path}?action=rotate&dryRun=plan`, ADMIN, { method: 'POST' });
  t.match(planned, { status: 200, json: { type: 'plan', steps: [] } });
  t.equal((await ask('/v1', `${String(name)}:${secret}`)).status, 200, 'planned is not done');
});

t.test('a person opens the API with user name and password, colons and all', async (t) => {
  const { ask } = await cloudServed(t);
  const made = await ask(
    '/v1/logins',
    ADMIN,
    sends('POST', { username: 'Zo\u00eb', password: PASSWORD, scopes: ['*:read'] }),
  );
  t.match(made, { status: 201, json: { type: 'login', username: 'zo\u00eb', scopes: ['*:read'] } });
  t.equal(at(made.json, 'password'), undefined);
  t.notMatch(made.text, /passphrase|scrypt/);
  const path = `/v1/logins/${String(at(made.json, 'id'))}`;
  t.equal((await ask('/v1/networks', `zoe\u0308:${PASSWORD}`)).status, 200);
  t.equal((await ask('/v1/networks', `zoe\u0308:${PASSWORD}!`)).status, 401);
  t.match(await ask('/v1/networks', `ZO\u00cb:${PASSWORD}`, sends('POST', {})), {
    status: 403,
    json: { code: 'PermissionDenied' },
  });
  const html = await ask(path, ADMIN, { headers: { accept: '*/*', 'user-agent': 'Mozilla/5.0' } });
  t.match(html.headers.get('content-type'), /^text\/html/);
  t.notMatch(html.text, /passphrase|scrypt/);
  t.match(html.text, /<input type="password"[^>]*name="currentPassword"/);
  const changed = await ask(
    `${path}?action=changepassword`,
    ADMIN,
    sends('POST', { password: 'another long passphrase' }),
  );
  t.equal(changed.status, 202);
  t.notMatch(changed.text, /passphrase|scrypt/);
  t.equal((await ask('/v1', `zo\u00eb:${PASSWORD}`)).status, 401);
  t.equal((await ask('/v1', 'zo\u00eb:another long passphrase')).status, 200);
});

t.test('a form without scopes makes a key that opens everything', async (t) => {
  const { ask, newKey } = await cloudServed(t);
  const form = new URLSearchParams([
    ['_blank', 'null'],
    ['name', 'by form'],
    ['scopes', ''],
    ['scopes', ''],
    ['expires', ''],
  ]);
  const made = await ask('/v1/apikeys', ADMIN, { method: 'POST', body: form });
  t.equal(made.status, 201);
  t.match(made.json, { expires: null });
  const credentials = `${String(at(made.json, 'publicValue'))}:${String(at(made.json, 'secretValue'))}`;
  t.equal((await ask('/v1/hosts', credentials)).status, 200);
  const narrow = new URLSearchParams([
    ['_blank', 'null'],
    ['scopes', 'network:read'],
    ['scopes', ''],
  ]);
  const second = await ask('/v1/apikeys', ADMIN, { method: 'POST', body: narrow });
  t.match(second, { status: 201, json: { scopes: ['network:read'] } });
  t.ok(await newKey({}));
});

t.test('a narrow key sees of the API what it opens', async (t) => {
  const { ask, newKey } = await cloudServed(t);
  const { credentials } = await newKey({
    scopes: ['network:read', 'network:create', 'offering:read', 'virtualmachine:read'],
  });
  const schemas = (await ask('/v1/schemas', credentials)).json;
  const data = at(schemas, 'data') as readonly { readonly id: string }[];
  const schemaOf = (id: string) => data.find((schema) => schema.id === id);
  t.equal(schemaOf('volume'), undefined);
  t.equal(schemaOf('apikey'), undefined);
  t.match(schemaOf('network'), { collectionMethods: ['GET', 'POST'], resourceMethods: ['GET'] });
  t.match(schemaOf('offering'), { collectionMethods: ['GET'], resourceMethods: ['GET'] });
  t.same(
    Object.keys(at(schemaOf('virtualmachine'), 'resourceActions') as object).sort(),
    [
      'explain',
      'reconcile',
      ...questionsThatRead(at(schemaOf('virtualmachine'), 'resourceActions')),
    ].sort(),
  );
  const root = (await ask('/v1', credentials)).json;
  t.equal(at(root, 'links', 'volumes'), undefined);
  t.match(at(root, 'links', 'networks'), /networks$/);
  t.match((await ask('/v1/networks', credentials)).json, { createTypes: { network: String } });
  t.same(at((await ask('/v1/offerings', credentials)).json, 'createTypes'), {});
  t.equal((await ask('/v1/volumes', credentials)).status, 404);
  t.equal((await ask('/v1/volumes', credentials, sends('POST', { sizeGb: 1 }))).status, 404);
  t.equal((await ask('/v1/images/1/content', credentials)).status, 404);
  t.equal((await ask('/v1/offerings', credentials, sends('POST', { name: 'x' }))).status, 403);
  const network = await ask(
    '/v1/networks',
    credentials,
    sends('POST', { ipv4Cidr: '10.0.0.0/24' }),
  );
  t.equal(network.status, 201);
  const path = `/v1/networks/${String(at(network.json, 'id'))}`;
  t.equal((await ask(`${path}/events`, credentials)).status, 200);
  t.equal((await ask(`${path}/virtualmachines`, credentials)).status, 200);
  t.equal((await ask(`${path}/ipaddresses`, credentials)).status, 404, 'links lead no further');
  t.equal((await ask(`${path}/account`, credentials)).status, 404);
  t.equal((await ask(path, credentials, { method: 'DELETE' })).status, 403);
  t.match(await ask('/v1/apikeys', credentials, sends('POST', {})), { status: 404 });
});

// Which there are is for the type to say; none of them changes anything.
function questionsThatRead(actions: unknown): readonly string[] {
  return Object.entries(actions as object)
    .filter(([, action]) => String(at(action, 'output')).endsWith('Answer'))
    .map(([name]) => name);
}

t.test('bytes are taken out by who reads, and brought by who makes', async (t) => {
  const { ask, newKey } = await cloudServed(t);
  const upload = { name: 'own', osType: 'linux', bootMode: 'hvm', source: 'upload' };
  const image = (await ask('/v1/images', ADMIN, sends('POST', upload))).json;
  const path = `/v1/images/${String(at(image, 'id'))}/content`;
  const bring = async (...scopes: readonly string[]) => {
    const { credentials } = await newKey({ scopes });
    return ask(path, credentials, { method: 'PUT', body: 'bytes' });
  };
  t.equal((await bring('volume:*')).status, 404);
  t.equal((await bring('image:create')).status, 404);
  t.match(await bring('image:read', 'image:update', 'image:delete', 'image:act'), {
    status: 403,
    json: { code: 'PermissionDenied' },
  });
  // This process has no storage driver to bring them to.
  t.match(await bring('image:read', 'image:create'), { status: 501 });
  const taken = await newKey({ scopes: ['*:create', '*:act', 'volume:read'] });
  t.equal((await ask('/v1/images/1/content', taken.credentials)).status, 404);
});

t.test('a narrow key that may make keys makes none that is wider', async (t) => {
  const { ask, newKey } = await cloudServed(t);
  const { credentials } = await newKey({ scopes: ['apikey:*', 'network:read'] });
  const make = (body: object) => ask('/v1/apikeys', credentials, sends('POST', body));
  t.match(await make({}), { status: 403, json: { code: 'PermissionDenied', fieldName: 'scopes' } });
  t.match(await make({ scopes: ['network:*'] }), { status: 403 });
  t.match(await make({ scopes: ['network:read'] }), { status: 201 });
  t.match(await make({ scopes: ['nothing:read'] }), {
    status: 422,
    json: { code: 'InvalidOption', fieldName: 'scopes' },
  });
  const wide = await newKey({});
  t.match(await ask(`${wide.path}?action=rotate`, credentials, { method: 'POST' }), {
    status: 403,
  });
});

t.test('too many passwords at a time are answered 503 with Retry-After; keys go on', async (t) => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const quick = quickHasher();
  const { ask } = await cloudServed(t, {
    ...quick,
    derive: async (...args) => {
      await gate;
      return quick.derive(...args);
    },
  });
  // From many addresses: one alone is never looked at so often.
  const tries = Array.from({ length: 60 }, (_, address) =>
    ask('/v1', 'nobody:whatever it may be', {
      headers: { 'x-forwarded-for': `198.51.100.${address}` },
    }),
  );
  const [early] = await Promise.all([
    Promise.race(tries),
    ...Array.from({ length: 20 }, async () => t.equal((await ask('/v1', ADMIN)).status, 200)),
  ]);
  t.match(early, { status: 503, json: { code: 'TooManySignIns', status: 503 } });
  t.match(early.headers.get('retry-after'), /^[1-9]\d*$/);
  t.match(early.json, { detail: /API key/ });
  release();
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 401).length, 34);
  t.equal(statuses.filter((status) => status === 503).length, 26);
});

t.test('what is too long, or not well formed, is refused without being hashed', async (t) => {
  let hashes = 0;
  const quick = quickHasher();
  const { ask } = await cloudServed(t, {
    ...quick,
    derive: (...args) => {
      hashes += 1;
      return quick.derive(...args);
    },
  });
  for (const credentials of [
    `ada:${'x'.repeat(257)}`,
    `${'x'.repeat(257)}:a password`,
    'ada:with a \u0000 in it',
    'ada:',
    ':password of nobody',
    'no colon at all',
  ])
    t.equal((await ask('/v1', credentials)).status, 401, credentials.slice(0, 20));
  t.equal(hashes, 0);
  t.equal((await ask('/v1', 'ada:a password that may be right')).status, 401);
  t.equal(hashes, 1);
});

t.test(
  'OpenAPI and schemas have the fields of keys and logins, and none of their secrets',
  async (t) => {
    const { ask } = await cloudServed(t);
    const { components } = (await ask('/v1/openapi.json', ADMIN)).json as {
      readonly components: { readonly schemas: Record<string, { readonly properties: object }> };
    };
    const properties = (name: string): readonly string[] =>
      Object.keys(components.schemas[name]?.properties ?? {});
    for (const field of ['scopes', 'expires', 'expiresTS', 'lastUsed', 'previousUntil', 'expired'])
      t.ok(properties('apikey').includes(field), `apikey.${field}`);
    t.ok(properties('apikeyRotate').includes('graceSeconds'));
    t.same(properties('loginChangepassword').toSorted(), ['currentPassword', 'password']);
    t.ok(properties('loginCreate').includes('password'));
    for (const name of ['apikey', 'login'])
      for (const secret of ['secretDigest', 'previousDigest', 'passwordDigest'])
        t.notOk(properties(name).includes(secret), `${name}.${secret}`);
    t.notOk(properties('login').includes('password'));
    t.notOk(properties('loginUpdate').includes('password'), 'by its own action only');
    const schema = (await ask('/v1/schemas/login', ADMIN)).json;
    t.match(at(schema, 'resourceFields'), {
      username: { type: 'string', create: true, update: false, required: true, unique: true },
      password: { type: 'password', create: true, update: false, required: true, minLength: 12 },
      scopes: { type: 'array[string]', create: true, update: true },
      lastUsed: { type: 'date', create: false },
    });
    t.equal(at(schema, 'resourceFields', 'passwordDigest'), undefined);
    t.match(
      at((await ask('/v1/schemas/apikey', ADMIN)).json, 'resourceFields', 'state', 'options'),
      ['creating', 'active', 'inactive', 'expired', 'updating'],
    );
  },
);
