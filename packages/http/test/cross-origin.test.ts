import { api } from '@gdcloud/http';
import t from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { basic, type Served, sends, serve } from './served.js';

const PANEL = 'https://panel.example.com';

const preflight = (served: Served, origin: string, method = 'PUT') =>
  served.fetch('/v1/volumes/7', {
    key: null,
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,if-match',
    },
  });

t.test('a page of the list may ask, read and write, with keys of its own', async (t) => {
  const served = await serve(t, { origins: [PANEL, 'http://localhost:5173'] });
  for (const origin of [PANEL, 'http://localhost:5173']) {
    const asked = await preflight(served, origin);
    t.equal(asked.status, 204);
    t.equal(asked.headers.get('access-control-allow-origin'), origin);
    t.match(asked.headers.get('access-control-allow-methods'), /PUT/);
    t.match(asked.headers.get('access-control-allow-headers'), /authorization.*if-match/);
    t.match(asked.headers.get('vary'), /Origin/);
    const { headers, ...post } = sends('POST', { sizeGb: 1 });
    const from = { origin, 'sec-fetch-site': 'cross-site', 'user-agent': 'Mozilla/5.0' };
    const made = await served.fetch('/v1/volumes', {
      ...post,
      headers: { ...Object(headers), ...from },
    });
    t.equal(made.status, 201);
    t.equal(made.headers.get('access-control-allow-origin'), origin);
    t.match(made.headers.get('access-control-expose-headers'), /x-api-schemas/);
    const refused = await served.fetch('/v1/volumes', { key: null, headers: from });
    t.equal(refused.status, 401);
    t.equal(refused.headers.get('access-control-allow-origin'), origin, 'and reads errors');
    for (const { headers: answered } of [asked, made, refused])
      t.equal(answered.get('access-control-allow-credentials'), null);
  }
});

t.test('no page that is not exactly on the list may', async (t) => {
  const served = await serve(t, { origins: [PANEL] });
  for (const origin of [
    'null',
    '*',
    'https://panel.example.com.evil.example',
    'https://evil.panel.example.com',
    'http://panel.example.com',
    'https://panel.example.com:8443',
    'https://PANEL.example.com',
    `${PANEL}/`,
    `${PANEL}, ${PANEL}`,
  ]) {
    const asked = await preflight(served, origin);
    t.equal(asked.status, 401, origin);
    const read = await served.fetch('/v1/volumes', { headers: { origin } });
    for (const { headers } of [asked, read])
      t.equal(headers.get('access-control-allow-origin'), null, origin);
    const { headers, ...post } = sends('POST', { sizeGb: 1 });
    const write = { ...post, headers: { ...Object(headers), origin } };
    t.equal((await served.fetch('/v1/volumes', write)).status, 403, origin);
  }
  t.equal(served.cloud.writes, 0);
});

t.test('without a list there is none', async (t) => {
  const served = await serve(t);
  const asked = await preflight(served, PANEL);
  t.equal(asked.status, 401);
  t.equal(asked.headers.get('access-control-allow-origin'), null);
});

t.test('what is no origin is refused when the API is made', (t) => {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  for (const origin of [
    '*',
    'panel.example.com',
    'https://panel.example.com/',
    'https://*.x.y',
    '',
  ])
    t.throws(
      () => api({ types, resources, origins: [origin] }),
      { name: 'TypeError', message: /is no origin/ },
      origin,
    );
  t.end();
});

t.test('OPTIONS that is no question of a browser is what it was', async (t) => {
  const served = await serve(t, { origins: [PANEL] });
  const authorization = basic(served.user);
  const headers = { origin: PANEL, authorization };
  const plain = await served.fetch('/v1/volumes', { method: 'OPTIONS', headers });
  t.equal(plain.status, 405);
});
