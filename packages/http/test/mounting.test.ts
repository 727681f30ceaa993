import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { text } from 'node:stream/consumers';
import { api } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { at, basic, listening } from './served.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function start(t: Test, handle: Handle): Promise<string> {
  const server = createServer(handle);
  const port = await listening(server);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
}

function cloud() {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  return { types, resources, key: resources.addAccount('Ada', 'user') };
}

t.test('it mounts under a path and leaves all others to the host application', async (t) => {
  const { types, resources, key } = cloud();
  const handle = api({ types, resources, prefix: '/cloud/' });
  const url = await start(t, (request, response) => {
    void handle(request, response, () => response.end('the host'));
  });
  for (const path of ['/', '/v1', '/cloudy', '/cloud/other', '/healthz']) {
    t.equal(await (await fetch(url + path)).text(), 'the host', path);
  }
  const root = await fetch(`${url}/cloud`);
  t.match(await root.json(), { data: [{ links: { self: `${url}/cloud/v1` } }] });
  const version = await fetch(`${url}/cloud/v1`, { headers: { authorization: basic(key) } });
  t.equal(version.headers.get('x-api-schemas'), `${url}/cloud/v1/schemas`);
  t.match(await version.json(), { links: { networks: `${url}/cloud/v1/networks` } });
  t.equal((await fetch(`${url}/cloud/healthz`)).status, 200);
});

t.test('without a host application other paths are 404 as JSON', async (t) => {
  const { types, resources } = cloud();
  const handle = api({ types, resources });
  const url = await start(t, (request, response) => void handle(request, response));
  const reply = await fetch(`${url}/elsewhere`);
  t.equal(reply.status, 404);
  t.match(await reply.json(), { type: 'error', code: 'NotFound' });
});

t.test('it finds its place and its body where Express has been before', async (t) => {
  const { types, resources, key } = cloud();
  const handle = api({ types, resources });
  const url = await start(t, (request, response) => {
    const originalUrl = request.url ?? '';
    const mounted = { originalUrl, baseUrl: '/cloud', url: originalUrl.slice('/cloud'.length) };
    const run = () =>
      void handle(Object.assign(request, mounted), response, () => response.end('next'));
    if (request.headers['x-parse'] === undefined) return run();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      setImmediate(() => {
        Object.assign(request, { body: JSON.parse(Buffer.concat(chunks).toString()) });
        run();
      });
    });
  });
  const headers = { authorization: basic(key), 'content-type': 'application/json' };
  for (const parse of [{}, { 'x-parse': 'yes' }]) {
    const reply = await fetch(`${url}/cloud/v1/volumes`, {
      method: 'POST',
      headers: { ...headers, ...parse },
      body: '{"sizeGb":3}',
    });
    const body: unknown = await reply.json();
    t.match(body, { sizeGb: 3 });
    t.match(at(body, 'links', 'self'), `${url}/cloud/v1/volumes/`);
  }
  t.equal(await (await fetch(`${url}/cloud/else`)).text(), 'next');
});

t.test('links never lead to a host that the API is not known by', async (t) => {
  const { types, resources } = cloud();
  const handle = api({ types, resources, hosts: ['cloud.example'] });
  const url = await start(t, (request, response) => void handle(request, response));
  const reply = await fetch(url);
  t.equal(reply.status, 421);
  t.match(await reply.json(), { code: 'MisdirectedRequest' });
});

t.test('it answers over HTTP/2 as over HTTP/1.1', async (t) => {
  const { types, resources, key } = cloud();
  const handle = api({ types, resources });
  const server = createHttp2Server((request, response) => {
    void Reflect.apply(handle, undefined, [request, response]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const session = connect(`http://127.0.0.1:${port}`);
  t.teardown(() => {
    session.destroy();
    server.close();
  });
  const ask = async (headers: Record<string, string>, body?: string) => {
    const stream = session.request({ authorization: basic(key), ...headers });
    let status: unknown;
    stream.on('response', (answer) => {
      status = answer[':status'];
    });
    stream.end(body);
    const json: unknown = JSON.parse(await text(stream));
    return { status, json };
  };
  const created = await ask({ ':method': 'POST', ':path': '/v1/volumes' }, '{"sizeGb":1}');
  t.match(created, { status: 201, json: { sizeGb: 1 } });
  t.match(at(created.json, 'links', 'self'), `http://127.0.0.1:${port}/v1/volumes/`);
  t.match(await ask({ ':path': '/v1/%ff' }), { status: 400, json: { code: 'BadRequest' } });
});
