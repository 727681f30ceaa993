import { type Logger, PortUnavailable } from '@gdcloud/core';
import t from 'tap';
import { at, sends, serve } from './served.js';

function recorder(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (data: object, message: string) => {
    lines.push(
      `${message} ${JSON.stringify(data, (_, value) => (value instanceof Error ? value.message : value))}`,
    );
  };
  return { logger: { debug: () => undefined, info: write, warn: write, error: write }, lines };
}

t.test('a store that can not answer is 503 with when to come back and what to do', async (t) => {
  const { logger } = recorder();
  const served = await serve(t, { logger });
  served.cloud.nextFailure = new PortUnavailable('store', 'the database is read-only', {
    remedy: 'Make room on the disk.',
  });
  const reply = await served.fetch('/v1/volumes');
  t.match(reply, {
    status: 503,
    json: {
      type: 'error',
      status: 503,
      code: 'StoreUnavailable',
      message: 'the database is read-only',
      detail: 'Make room on the disk.',
    },
  });
  t.equal(reply.headers.get('retry-after'), '5');
  t.equal((await served.fetch('/v1/volumes')).status, 200);
});

t.test(
  'anything unexpected is 500 with an id that the log has, and says nothing of the inside',
  async (t) => {
    const { logger, lines } = recorder();
    const served = await serve(t, { logger });
    served.cloud.nextFailure = new TypeError('SELECT secret FROM /var/lib');
    const reply = await served.fetch('/v1/volumes');
    t.match(reply, { status: 500, json: { code: 'InternalError', status: 500 } });
    t.notMatch(reply.text, /SELECT|var|lib|stack/);
    t.equal(lines.length, 1);
    t.match(lines[0] ?? '', String(at(reply.json, 'id')));
    t.notMatch(lines[0] ?? '', served.user.secretValue);
  },
);

t.test('a resource that can not be written out is 500, and no end of the connection', async (t) => {
  const { logger, lines } = recorder();
  const served = await serve(t, { logger });
  const made = await served.fetch('/v1/virtualmachines', sends('POST', {}));
  served.cloud.observe(String(at(made.json, 'uuid')), { startedAt: Number.MAX_SAFE_INTEGER });
  const path = `/v1/virtualmachines/${String(at(made.json, 'id'))}`;
  for (const headers of [{}, { 'user-agent': 'Mozilla/5.0', accept: '*/*' }])
    t.equal((await served.fetch(path, { headers })).status, 500);
  t.equal(lines.length, 2);
  t.same(served.unhandled, []);
});

t.test('a client that goes away leaves nothing unhandled', async (t) => {
  const served = await serve(t);
  const controller = new AbortController();
  const half = { duplex: 'half' } as const;
  const pending = served.fetch('/v1/volumes', {
    ...half,
    method: 'POST',
    body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{')) }),
    signal: controller.signal,
  });
  setImmediate(() => controller.abort());
  await t.rejects(pending);
  t.equal((await served.fetch('/v1')).status, 200);
  t.same(served.unhandled, []);
});

t.test('ETag changes with every change, and If-Match holds a PUT to what was read', async (t) => {
  const served = await serve(t);
  const created = await served.fetch('/v1/volumes', sends('POST', { sizeGb: 1 }));
  const path = `/v1/volumes/${String(at(created.json, 'id'))}`;
  const etag = (await served.fetch(path)).headers.get('etag') ?? '';
  t.equal(etag, '"1-0"');
  t.equal((await served.fetch(path, { headers: { 'if-none-match': etag } })).status, 304);
  const put = (ifMatch: string) => {
    const { headers, ...rest } = sends('PUT', { name: 'x' });
    return served.fetch(path, { ...rest, headers: { ...Object(headers), 'if-match': ifMatch } });
  };
  t.equal((await put(etag)).status, 200);
  t.match(await put(etag), { status: 412, json: { code: 'PreconditionFailed' } });
  t.equal((await put('"2"')).status, 200, 'a bare generation does too');
  t.equal((await put('*')).status, 200);
  for (const malformed of ['2', 'x', '"a"', '"1-0", "2-0"']) {
    t.equal((await put(malformed)).status, 400, malformed);
  }
  const stale = { method: 'DELETE', headers: { 'if-match': etag } };
  t.equal((await served.fetch(path, stale)).status, 412);
  t.equal((await served.fetch(path, { headers: { 'if-none-match': etag } })).status, 200);
});

t.test('health needs no credentials, readiness asks the cloud', async (t) => {
  let ready: 'yes' | 'no' | 'broken' = 'yes';
  const served = await serve(t, {
    ready: async () => {
      if (ready === 'broken') throw new Error('no');
      return { ready, reason: 'starting' };
    },
  });
  const status = async (path: string) => (await served.fetch(path, { key: null })).status;
  t.equal(await status('/healthz'), 200);
  t.equal(await status('/readyz'), 200);
  ready = 'no';
  t.match(await served.fetch('/readyz'), { status: 503, json: { reason: 'starting' } });
  ready = 'broken';
  t.equal(await status('/readyz'), 503);
  t.equal(await status('/healthz'), 200);
});

t.test('a body that nobody wants does not spoil the connection', async (t) => {
  const served = await serve(t);
  const text = await served.raw(
    `POST /v1/volumes HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n${'a'.repeat(300_000)}` +
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  );
  t.same(text.match(/HTTP\/1\.1 [0-9]{3}/g), ['HTTP/1.1 401', 'HTTP/1.1 200']);
});

t.test('a client that sends far too much still reads why it is refused', async (t) => {
  const served = await serve(t);
  const body = Buffer.alloc(4 * 1024 * 1024, 'a');
  const reply = await served.fetch('/v1/volumes', { method: 'POST', body });
  t.match(reply, { status: 413, json: { code: 'BodyTooLarge' } });
});
