import t from 'tap';
import { at, basic, sends, serve } from './served.js';

/** The minimum server contract (reference/gdapi.md 1.8), a test a rule. */

t.test('rule 1: X-API-Schemas is on every answer, errors and 401 included', async (t) => {
  const served = await serve(t);
  const schemas = `${served.url}/v1/schemas`;
  for (const path of [
    '/',
    '/v1',
    '/v1/schemas',
    '/v1/nothing',
    '/nothing',
    '/healthz',
    '/v1/%ff',
  ]) {
    const reply = await served.fetch(path);
    t.equal(reply.headers.get('x-api-schemas'), schemas, path);
  }
  const refused = await served.fetch('/v1', { key: null });
  t.match({ status: refused.status }, { status: 401 });
  t.equal(refused.headers.get('x-api-schemas'), schemas);
});

t.test('rule 2: errors are JSON with a numeric status', async (t) => {
  const served = await serve(t);
  const reply = await served.fetch('/v1/networks/4711');
  t.equal(reply.status, 404);
  t.match(reply.json, {
    id: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    type: 'error',
    links: {},
    actions: {},
    status: 404,
    code: 'NotFound',
    message: String,
    detail: String,
    fieldName: null,
  });
});

t.test('rule 3: a body is JSON when it looks like JSON, whatever it is declared as', async (t) => {
  const served = await serve(t);
  const body = JSON.stringify({ name: 'n', ipv4Cidr: '10.0.0.0/24' });
  const declared = [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'image/png', 'x'];
  for (const type of declared) {
    // A Buffer goes out without any Content-Type.
    const headers = type === undefined ? {} : { 'content-type': type };
    const reply = await served.fetch('/v1/networks', {
      method: 'POST',
      headers,
      body: Buffer.from(body),
    });
    t.equal(reply.status, 201, String(type));
    t.equal(at(reply.json, 'name'), 'n');
  }
});

t.test('rule 3: anything else is a form, also without a declaration', async (t) => {
  const served = await serve(t);
  for (const type of [undefined, 'text/plain', 'application/json', 'x/y']) {
    const reply = await served.fetch('/v1/networks', {
      method: 'POST',
      headers: type === undefined ? {} : { 'content-type': type },
      body: Buffer.from('name=n&ipv4Cidr=10.0.0.0%2F24'),
    });
    t.equal(reply.status, 201, String(type));
  }
});

t.test(
  'rule 4: the body of a GET is drained and ignored, and the connection goes on',
  async (t) => {
    const served = await serve(t);
    const head = `Host: h\r\nAuthorization: ${basic(served.user)}\r\n`;
    const stale = '{"half": ';
    const text = await served.raw(
      `GET /v1 HTTP/1.1\r\n${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${stale.length}\r\n\r\n${stale}` +
        `GET /v1/networks HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
    );
    t.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  },
);

t.test(
  'rule 5: every flag of every field is explicit and resourceFields is never null',
  async (t) => {
    const served = await serve(t);
    const { json } = await served.fetch('/v1/schemas');
    const schemas = at(json, 'data');
    if (!Array.isArray(schemas)) return t.fail('data is no list');
    t.ok(schemas.length > 10);
    for (const schema of schemas) {
      const fields = at(schema, 'resourceFields');
      if (typeof fields !== 'object' || fields === null) return t.fail('no resourceFields');
      for (const field of Object.values(fields)) {
        t.match(field, {
          type: String,
          create: Boolean,
          update: Boolean,
          required: Boolean,
          nullable: Boolean,
          unique: Boolean,
          readOnCreateOnly: Boolean,
        });
        for (const key of [
          'default',
          'min',
          'max',
          'minLength',
          'maxLength',
          'options',
          'validChars',
        ]) {
          t.ok(Object.hasOwn(field, key), key);
        }
      }
      t.ok(
        Array.isArray(at(schema, 'collectionMethods')) &&
          Array.isArray(at(schema, 'resourceMethods')),
      );
    }
  },
);

t.test('rule 6: schemas link to self, root and schemas, and each to its collection', async (t) => {
  const served = await serve(t);
  const { json } = await served.fetch('/v1/schemas');
  const self = `${served.url}/v1/schemas`;
  t.same(at(json, 'links'), { self, root: `${served.url}/v1`, schemas: self });
  const { json: network } = await served.fetch('/v1/schemas/NETWORK');
  t.match(network, {
    id: 'network',
    type: 'schema',
    links: { self: `${self}/network`, schemas: self, collection: `${served.url}/v1/networks` },
  });
  const { json: resize } = await served.fetch('/v1/schemas/virtualmachineResize');
  t.match(resize, { collectionMethods: [], resourceFields: { ramSizeMb: { create: true } } });
  t.equal(at(resize, 'links', 'collection'), undefined);
});

t.test('rule 7: the version root links to the schemas and to every collection', async (t) => {
  const served = await serve(t);
  const { json } = await served.fetch('/v1/');
  t.match(json, {
    id: 'v1',
    type: 'apiVersion',
    links: {
      self: `${served.url}/v1`,
      schemas: `${served.url}/v1/schemas`,
      networks: `${served.url}/v1/networks`,
    },
  });
  t.equal(at(json, 'links', 'hosts'), undefined, 'what the caller may not see is not linked');
});

t.test(
  'rule 8: 200 for GET and PUT, 201 with Location for POST, 202 for actions, 200 for DELETE',
  async (t) => {
    const served = await serve(t);
    const created = await served.fetch('/v1/virtualmachines', sends('POST', { name: 'vm' }));
    const id = String(at(created.json, 'id'));
    t.equal(created.status, 201);
    t.equal(created.headers.get('location'), `${served.url}/v1/virtualmachines/${id}`);
    t.match(created.json, { id, name: 'vm', transitioning: 'yes' });
    const read = await served.fetch(`/v1/virtualmachines/${id}`);
    t.match(read, { status: 200, json: { id } });
    const renamed = await served.fetch(`/v1/virtualmachines/${id}`, sends('PUT', { name: 'x' }));
    t.match(renamed, { status: 200, json: { id, name: 'x' } });
    const acted = await served.fetch(`/v1/virtualmachines/${id}/?action=stop`, sends('POST', {}));
    t.match(acted, { status: 202, json: { id, desiredState: 'stopped' } });
    const removed = await served.fetch(`/v1/virtualmachines/${id}`, { method: 'DELETE' });
    t.match(removed, { status: 200, json: { id, state: 'removing', transitioning: 'yes' } });
  },
);

t.test('rule 9: every resource says whether it is transitioning, and why', async (t) => {
  const served = await serve(t);
  const created = await served.fetch('/v1/virtualmachines', sends('POST', {}));
  t.match(created.json, { state: 'creating', transitioning: 'yes', transitioningMessage: null });
  served.cloud.settle(String(at(created.json, 'uuid')));
  const settled = await served.fetch(`/v1/virtualmachines/${String(at(created.json, 'id'))}`);
  t.match(settled.json, { state: 'running', transitioning: 'no', transitioningMessage: null });
});
