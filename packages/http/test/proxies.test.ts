import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ApiHandler, api, type ReceivedRequest, type TrustForwarded } from '@gdcloud/http';
import t from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { at, serve } from './served.js';
import { request as socketless } from './socketless.js';

interface Asked {
  readonly trust?: TrustForwarded;
  readonly peer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
}

/** What the version list answers a request that came from `peer`. */
async function asked({ trust, peer, headers = {}, hosts }: Asked) {
  const types = doubleTypes();
  const handler = new ApiHandler({
    types,
    resources: new DoubleResources(types),
    trustForwarded: trust,
    hosts,
  });
  const received: ReceivedRequest = {
    ...socketless('GET', '/', { host: 'inside.example', ...headers }),
    peerAddress: peer,
  };
  const { status, headers: answered, body } = await handler.handle(received);
  return {
    status,
    client: answered['x-api-client-ip'],
    self: at(JSON.parse(body), 'links', 'self'),
    everything: JSON.stringify({ answered, body }),
  };
}

const FORWARDED = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '8443',
  'x-forwarded-for': '198.51.100.7',
};
const PROXIES = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'];

t.test('X-Forwarded-* of whoever is no trusted proxy change nothing (T42)', async (t) => {
  for (const [trust, peer] of [
    [undefined, '203.0.113.9'],
    ['never', '10.1.2.3'],
    [[], '127.0.0.1'],
    [PROXIES, '203.0.113.9'],
    [PROXIES, '192.0.2.2'],
    [PROXIES, '2001:db9::1'],
    [['10.0.0.0/8'], '::1'],
  ] as const) {
    const answer = await asked({
      ...(trust === undefined ? {} : { trust }),
      peer,
      headers: FORWARDED,
    });
    t.equal(answer.self, 'http://inside.example/', `${String(trust)} and ${peer}`);
    t.equal(answer.client, peer);
    t.notMatch(answer.everything, 'evil.example');
  }
  const unknown = await asked({ trust: PROXIES, headers: FORWARDED });
  t.match(unknown, { self: 'http://inside.example/', client: undefined });
});

t.test('what trusted proxies forward is where links lead', async (t) => {
  for (const peer of [
    '10.1.2.3',
    '192.0.2.1',
    '2001:db8:1::9',
    '::1',
    '::ffff:10.1.2.3',
    '::FFFF:a01:203',
  ]) {
    const answer = await asked({ trust: PROXIES, peer, headers: FORWARDED });
    t.equal(answer.self, 'https://evil.example:8443/', peer);
    t.equal(answer.client, '198.51.100.7');
  }
});

t.test('the client is the right-most hop that is no trusted proxy', async (t) => {
  for (const [list, client] of [
    ['198.51.100.7', '198.51.100.7'],
    ['1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['1.1.1.1,198.51.100.7 , 10.9.9.9,\t192.0.2.1', '198.51.100.7'],
    ['198.51.100.7:1234', '198.51.100.7'],
    ['[2001:0DB9::0:1]:1234', '2001:db9::1'],
    ['2001:db9::1', '2001:db9::1'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['10.9.9.9', '10.9.9.9'],
    ['198.51.100.7, unknown', '10.0.0.1'],
    ['198.51.100.7, <script>, 10.0.0.2', '10.0.0.2'],
    ['198.51.100.7, 0x0a.1', '10.0.0.1'],
    ['', '10.0.0.1'],
  ] as const) {
    const headers = { 'x-forwarded-for': list };
    t.equal((await asked({ trust: PROXIES, peer: '10.0.0.1', headers })).client, client, list);
  }
  t.equal((await asked({ trust: PROXIES, peer: '10.0.0.1' })).client, '10.0.0.1', 'no header');
});

t.test('always believes the one proxy at the other end, and no hop behind it', async (t) => {
  const headers = { 'x-forwarded-for': '1.1.1.1, 10.0.0.8' };
  const answer = await asked({ trust: 'always', peer: '203.0.113.9', headers });
  t.equal(answer.client, '10.0.0.8');
});

t.test('a Host that the API is not known by gets 421, and no link leads there (T43)', async (t) => {
  const hosts = ['cloud.example'];
  const direct = await asked({ hosts, headers: { host: 'evil.example' } });
  t.equal(direct.status, 421);
  t.notMatch(direct.everything, 'evil.example');
  const forwarded = await asked({ hosts, trust: PROXIES, peer: '10.0.0.1', headers: FORWARDED });
  t.equal(forwarded.status, 421);
  t.notMatch(forwarded.everything, 'evil.example');
  t.equal((await asked({ hosts, headers: { host: 'cloud.example' } })).status, 200);
});

t.test('what is no address and no network is refused when the API is made', (t) => {
  const types = doubleTypes();
  for (const entry of [
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '10/8',
    '',
    '::1/129',
    '1.2.3.4/8/9',
  ]) {
    t.throws(() => api({ types, resources: new DoubleResources(types), trustForwarded: [entry] }), {
      name: 'TypeError',
      message: `"${entry}" is no IP address and no network of them (CIDR)`,
    });
  }
  t.end();
});

t.test('node:http tells the address of the connection', async (t) => {
  const served = await serve(t, { trustForwarded: ['127.0.0.1'] });
  const direct = await served.fetch('/v1');
  t.equal(direct.headers.get('x-api-client-ip'), '127.0.0.1');
  const forwarded = await served.fetch('/v1', { headers: { 'x-forwarded-for': '198.51.100.7' } });
  t.equal(forwarded.headers.get('x-api-client-ip'), '198.51.100.7');
  const refused = await served.fetch('/v1', { key: null });
  t.equal(refused.status, 401);
  t.equal(refused.headers.get('x-api-client-ip'), '127.0.0.1', 'refusals tell it too');
});

t.test('a Unix socket has no addresses, and none is made up', async (t) => {
  const types = doubleTypes();
  const handle = api({
    types,
    resources: new DoubleResources(types),
    trustForwarded: ['127.0.0.1'],
  });
  const server = createServer((incoming, response) => void handle(incoming, response));
  const folder = await mkdtemp(join(tmpdir(), 'gdcloud-proxies-'));
  const socketPath = join(folder, 'api.sock');
  server.listen(socketPath);
  await once(server, 'listening');
  t.teardown(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const sent = request({ socketPath, headers: { 'x-forwarded-for': '198.51.100.7' } }).end();
  const [answer] = await once(sent, 'response');
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['x-api-client-ip'], undefined);
  await text(answer);
});
