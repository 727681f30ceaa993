import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { api, harden, serverOptions } from '@gdcloud/http';
import t from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { basic, listening, serve } from './served.js';

/** What every answer says to browsers and caches; pages say more of themselves. */
const ALWAYS: Readonly<Record<string, RegExp>> = {
  'cache-control': /^no-store, private$/,
  vary: /Authorization.*Origin/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'content-security-policy': /^default-src 'none'/,
  'x-api-schemas': /^http:\/\/.+\/v1\/schemas$/,
};

const BROWSER = { 'user-agent': 'Mozilla/5.0', accept: 'text/html,*/*' };

t.test(
  'every answer of the API says what browsers and caches may do with it: nothing',
  async (t) => {
    const served = await serve(t, {
      origins: ['https://panel.example.com'],
      metrics: async () => 'one 1\n',
      ready: async () => ({ ready: 'no' }),
    });
    const { headers: tagged } = await served.fetch('/v1/schemas');
    const etag = tagged.get('etag') ?? '';
    const rows: readonly (readonly [number, string, Parameters<typeof served.fetch>[1]])[] = [
      [200, '/', {}],
      [200, '/v1', {}],
      [200, '/v1/networks', {}],
      [200, '/v1/networks', { headers: BROWSER }],
      [200, '/v1/openapi.json', {}],
      [201, '/v1/volumes', { method: 'POST', body: 'sizeGb=1' }],
      [304, '/v1/schemas', { headers: { 'if-none-match': etag } }],
      [400, '/v1/networks?limit=-1', {}],
      [400, '/v1/%zz', {}],
      [401, '/v1/networks', { key: null }],
      [401, '/v1/networks', { key: null, headers: BROWSER }],
      [
        403,
        '/v1/volumes',
        { method: 'POST', body: 'x=1', headers: { origin: 'http://evil.example' } },
      ],
      [404, '/v1/nothing', {}],
      [404, '/elsewhere', {}],
      [405, '/v1/networks', { method: 'PATCH' }],
      [406, '/v1/networks', { headers: { accept: 'image/png' } }],
      [413, '/v1/volumes', { method: 'POST', body: 'a'.repeat(1024 * 1024 + 1) }],
      [422, '/v1/volumes', { method: 'POST', body: 'sizeGb=many' }],
      [200, '/healthz', { key: null }],
      [503, '/readyz', { key: null }],
      [200, '/metrics', { key: null }],
      [
        204,
        '/v1',
        {
          key: null,
          method: 'OPTIONS',
          headers: { origin: 'https://panel.example.com', 'access-control-request-method': 'PUT' },
        },
      ],
    ];
    for (const [status, path, init] of rows) {
      const { headers, ...answer } = await served.fetch(path, init);
      t.equal(answer.status, status, path);
      for (const [name, value] of Object.entries(ALWAYS))
        t.match(headers.get(name), value, `${status} ${path} ${name}`);
      t.equal(headers.get('access-control-allow-credentials'), null);
      t.equal(headers.get('x-powered-by'), null);
      t.equal(headers.get('server'), null);
    }
  },
);

t.test('so does what is answered before there is a request', async (t) => {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  const user = resources.addAccount('Ada', 'user');
  const handle = api({ types, resources });
  const server = createServer(
    serverOptions(),
    (request, response) => void handle(request, response),
  );
  harden(server);
  const port = await listening(server);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const secret = basic(user);
  const rows = [
    [400, `GET /v1 HTTP/1.1\r\nHost : h\r\nAuthorization: ${secret}\r\n\r\n`],
    [431, `GET /v1 HTTP/1.1\r\nAuthorization: ${secret}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ] as const;
  for (const [status, bytes] of rows) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(bytes);
    const answer = await text(socket);
    t.ok(answer.startsWith(`HTTP/1.1 ${status} `));
    const headers = new Map(
      [...answer.matchAll(/^([\w-]+): (.*)\r$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    for (const [name, value] of Object.entries(ALWAYS))
      t.match(headers.get(name), value, `${status} ${name}`);
    t.notMatch(answer, secret, 'and repeats nothing of it');
  }
});
