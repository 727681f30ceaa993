import t from 'tap';
import { at, serve } from '../served.js';

t.test(
  'the OpenAPI document is sound: every reference leads somewhere, every operation has its own id',
  async (t) => {
    const served = await serve(t);
    const reply = await served.fetch('/v1/openapi.json', {
      headers: { 'user-agent': 'Mozilla/5.0', accept: '*/*' },
    });
    t.equal(reply.headers.get('content-type'), 'application/json; charset=utf-8');
    const document = reply.json;
    t.match(document, {
      openapi: /^3\.1\./,
      info: { title: String, version: 'v1' },
      servers: [{ url: `${served.url}/v1` }],
      security: [{ accessKey: [] }],
    });
    const schemas = Object.keys(Object(at(document, 'components', 'schemas')));
    const references = [...reply.text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    t.ok(references.length > 20);
    for (const [, name = ''] of references) t.ok(schemas.includes(name), name);
    const ids: string[] = [];
    for (const [path, item] of Object.entries(Object(at(document, 'paths')))) {
      t.match(path, /^\/([a-z]+(\/\{id\}(\/[a-z]+)?)?|openapi\.json)?$/);
      for (const [method, operation] of Object.entries(Object(item))) {
        if (method === 'parameters') continue;
        ids.push(String(at(operation, 'operationId')));
        t.ok(Object.keys(Object(at(operation, 'responses'))).length > 1, `${method} ${path}`);
      }
      t.equal(path.includes('{id}'), at(item, 'parameters', 0, 'name') === 'id');
    }
    t.equal(new Set(ids).size, ids.length);
    t.ok(ids.includes('create_network') && ids.includes('act_virtualmachine'));
    t.notOk(ids.includes('create_host'), 'what nobody may do is no operation');
  },
);
