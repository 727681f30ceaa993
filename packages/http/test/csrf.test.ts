import t from 'tap';
import { at, basic, serve } from './served.js';

const BROWSER = 'Mozilla/5.0 (X11) Firefox/150';

t.test('a page of another site can not make a browser write', async (t) => {
  const served = await serve(t);
  const own = `http://cloud.example`;
  const rows: readonly (readonly [
    headers: Record<string, string>,
    passes: 'passes' | 'refused',
  ])[] = [
    [{}, 'passes'],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 'passes'],
    [{ 'sec-fetch-site': 'same-origin', 'user-agent': BROWSER }, 'passes'],
    [{ 'sec-fetch-site': 'none', 'user-agent': BROWSER }, 'passes'],
    [{ 'sec-fetch-site': 'cross-site', 'user-agent': BROWSER }, 'refused'],
    [{ 'sec-fetch-site': 'same-site', 'user-agent': BROWSER }, 'refused'],
    [{ 'sec-fetch-site': 'cross-site', origin: own }, 'refused'],
    [{ 'sec-fetch-site': 'cross-site', 'x-api-csrf': '1' }, 'refused'],
    [{ origin: own, 'user-agent': BROWSER }, 'passes'],
    [{ origin: 'https://cloud.example', 'user-agent': BROWSER }, 'passes'],
    [{ origin: 'http://CLOUD.example:80', 'user-agent': BROWSER }, 'passes'],
    [{ origin: 'http://cloud.example:8080', 'user-agent': BROWSER }, 'refused'],
    [{ origin: 'http://evil.example', 'user-agent': BROWSER }, 'refused'],
    [{ origin: 'http://cloud.example.evil.example' }, 'refused'],
    [{ origin: 'null', 'user-agent': BROWSER }, 'refused'],
    [{ origin: '', 'user-agent': BROWSER }, 'refused'],
    [{ 'user-agent': BROWSER }, 'refused'],
    [{ 'user-agent': BROWSER, 'content-type': 'text/plain' }, 'refused'],
    [{ 'user-agent': BROWSER, 'content-type': 'multipart/form-data; boundary=x' }, 'refused'],
    [{ 'user-agent': BROWSER, 'content-type': 'application/x-www-form-urlencoded' }, 'refused'],
    [{ 'user-agent': BROWSER, 'content-type': 'application/json' }, 'passes'],
    [{ 'user-agent': BROWSER, 'x-api-csrf': 'abc', 'content-type': 'text/plain' }, 'passes'],
    [{ 'user-agent': BROWSER, 'x-requested-by': 'me', 'content-type': 'text/plain' }, 'passes'],
    [{ 'user-agent': BROWSER, accept: 'application/json' }, 'refused'],
  ];
  for (const method of ['POST', 'DELETE']) {
    for (const [headers, passes] of rows) {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const answer = await served.raw(
        `${method} /v1/volumes/4711 HTTP/1.1\r\nHost: cloud.example\r\nAuthorization: ${basic(served.user)}\r\n` +
          `Connection: close\r\n${lines.join('')}Content-Length: 2\r\n\r\n{}`,
      );
      const refused = answer.startsWith('HTTP/1.1 403') && answer.includes('InvalidCSRFToken');
      t.equal(refused, passes === 'refused', `${method} ${JSON.stringify(headers)}`);
    }
  }
});

t.test('a read with credentials is answered whoever links to it', async (t) => {
  const served = await serve(t);
  const reply = await served.fetch('/v1', { headers: { 'sec-fetch-site': 'cross-site' } });
  t.equal(reply.status, 200);
  t.equal(
    reply.headers.get('access-control-allow-origin'),
    null,
    'no page of another site reads it',
  );
});

t.test('nothing but POST can be turned into another method', async (t) => {
  const served = await serve(t);
  const created = await served.fetch('/v1/volumes', { method: 'POST', body: 'sizeGb=1' });
  const path = `/v1/volumes/${String(at(created.json, 'id'))}`;
  t.equal((await served.fetch(`${path}?_method=DELETE`)).status, 405);
  const override = await served.fetch(path, { headers: { 'x-http-method-override': 'DELETE' } });
  t.match(override, { status: 200, json: { transitioning: 'yes', state: 'creating' } });
  const put = await served.fetch(`${path}?_method=put`, { method: 'POST', body: 'name=new' });
  t.match(put, { status: 200, json: { name: 'new' } });
  const inForm = await served.fetch(path, { method: 'POST', body: '_method=DELETE' });
  t.match(inForm, { status: 200, json: { state: 'removing' } });
});
