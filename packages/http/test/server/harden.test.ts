import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { ManualClock } from '@gdcloud/core/testing';
import { api, type HardenOptions, harden, type ServerLimits, serverOptions } from '@gdcloud/http';
import { CERTIFICATE_A, KEY_A } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { DoubleResources } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { basic, listening } from '../served.js';
import { countEnded } from './ended-connections.js';

/** Node looks at heads with timers of its own, so theirs are short; ours stand still until a test moves them. */
const LIMITS: Partial<ServerLimits> = { headMs: 100, checkMs: 25 };

interface World {
  readonly port: number;
  readonly clock: ManualClock;
  readonly ended: Map<string, number>;
  readonly authorization: string;
  readonly open: () => Socket;
}

async function hardened(
  t: Test,
  options: HardenOptions & { readonly listener?: RequestListener; readonly over?: 'tls' } = {},
): Promise<World> {
  const clock = new ManualClock();
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  const user = resources.addAccount('Ada', 'user');
  const handle = api({ types, resources, timer: clock });
  const limits = { ...LIMITS, ...options.limits };
  const listener: RequestListener =
    options.listener ?? ((request, response) => void handle(request, response));
  const server =
    options.over === 'tls'
      ? createTlsServer({ ...serverOptions(limits), cert: CERTIFICATE_A, key: KEY_A }, listener)
      : createServer(serverOptions(limits), listener);
  const ended = countEnded(harden(server, { clock, ...options, limits }));
  const port = await listening(server);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const open = (): Socket => {
    const socket =
      options.over === 'tls'
        ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
        : connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
    return socket;
  };
  return { port, clock, ended, authorization: basic(user), open };
}

/** Sends a byte every few milliseconds until the connection is closed, and tells all that came back. */
async function drip(socket: Socket, bytes: string): Promise<string> {
  let sent = 0;
  const dripping = setInterval(() => {
    if (socket.writable) socket.write(bytes[sent++ % bytes.length] ?? '');
  }, 5);
  try {
    return await text(socket);
  } finally {
    clearInterval(dripping);
  }
}

/** Moves the looks at connections on until the socket is closed by the other side. */
async function untilClosed(clock: ManualClock, socket: Socket, ms: number): Promise<number> {
  const began = clock.monotonic();
  let state: 'open' | 'closed' = 'open';
  socket.resume().once('close', () => {
    state = 'closed';
  });
  while (state === 'open') {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ms);
  }
  return clock.monotonic() - began;
}

t.test('a head that drips is answered as all errors are, and the connection ends', async (t) => {
  const { ended, open } = await hardened(t);
  const socket = open();
  socket.write('GET /v1 HTTP/1.1\r\nHost: h\r\n');
  const answer = await drip(socket, 'X-A: aaaa\r\n');
  t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  t.match(answer, /^x-api-schemas: http:\/\/127\.0\.0\.1:\d+\/v1\/schemas\r$/m);
  t.match(answer, /^connection: close\r$/m);
  t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), {
    type: 'error',
    status: 408,
    code: 'RequestTimeout',
    links: {},
    fieldName: null,
  });
  t.equal(ended.get('slow head'), 1);
});

t.test('a connection on which nothing comes ends, too', async (t) => {
  const { open } = await hardened(t);
  t.match(await text(open()), /^HTTP\/1\.1 408 /);
});

t.test('a body that goes on after it was answered ends', async (t) => {
  const { clock, ended, open } = await hardened(t, { limits: { ...LIMITS, checkMs: 5_000 } });
  const socket = open();
  socket.write('POST /v1/volumes HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.match(String(answer), /^HTTP\/1\.1 401 /);
  t.ok((await untilClosed(clock, socket, 5_000)) >= 10_000);
  t.equal(ended.get('slow body'), 1);
});

t.test('a body that a host application waits for ends with an answer', async (t) => {
  const listener: RequestListener = (request) => void request.resume();
  const { clock, open } = await hardened(t, { listener, limits: { ...LIMITS, checkMs: 5_000 } });
  const socket = open();
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{');
  const answer = text(socket);
  await untilClosed(clock, socket, 5_000);
  t.match(await answer, /^HTTP\/1\.1 408 .*"the body took too long to come"/s);
});

t.test('an upload that goes well outlives all of it', async (t) => {
  let whole: (bytes: number) => void = () => undefined;
  const uploaded = new Promise<number>((resolve) => {
    whole = resolve;
  });
  const { clock, ended, open } = await hardened(t, {
    limits: { ...LIMITS, checkMs: 5_000 },
    listener: async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) {
        bytes += (chunk as Buffer).byteLength;
        clock.advance(5_000);
      }
      whole(bytes);
      response.end();
    },
  });
  const socket = open();
  const began = clock.monotonic();
  socket.write(
    'PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 40000000\r\n\r\n',
  );
  socket.write(Buffer.alloc(40_000_000));
  t.match(await text(socket), /^HTTP\/1\.1 200 /);
  t.equal(await uploaded, 40_000_000);
  t.ok(clock.monotonic() - began > 30 * 60_000, 'more than half an hour long');
  t.equal(ended.size, 0);
});

t.test('who does not take the answer is ended', async (t) => {
  const { clock, ended, open } = await hardened(t, {
    limits: { ...LIMITS, checkMs: 5_000 },
    listener: (_request, response) => response.end(Buffer.alloc(64_000_000)),
  });
  const socket = open();
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await once(socket, 'readable');
  while (!ended.has('slow reader')) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
  }
  t.equal(ended.get('slow reader'), 1);
});

t.test('what is no request is answered as errors are', async (t) => {
  const { ended, open } = await hardened(t, { prefix: '/cloud/' });
  const rows = [
    ['GET /v1 HTTP/1.1\r\nHost : h\r\n\r\n', 400, 'BadRequest', 'malformed'],
    [Buffer.from('16030100a5010000a10303', 'hex'), 400, 'BadRequest', 'malformed'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HeadersTooLarge', 'large head'],
  ] as const;
  for (const [bytes, status, code, reason] of rows) {
    const before = ended.get(reason) ?? 0;
    const socket = open();
    socket.write(bytes);
    const answer = await text(socket);
    t.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer.slice(0, 40));
    t.match(answer, `"code":"${code}"`);
    t.match(answer, '/cloud/v1/schemas');
    t.match(answer, 'x-content-type-options: nosniff');
    t.match(answer, 'cache-control: no-store');
    t.equal(ended.get(reason), before + 1);
  }
});

t.test('what is broken after its answer has begun gets no second one', async (t) => {
  const { authorization, open } = await hardened(t);
  const socket = open();
  socket.write(
    `DELETE /v1 HTTP/1.1\r\nHost: h\r\nAuthorization: ${authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  socket.write('zz\r\n');
  const answers = (await text(socket)).match(/HTTP\/1\.1 \d+/g);
  t.equal(answers?.length, 1);
});

t.test('one address has so many connections, a believed proxy any', async (t) => {
  const limits = { ...LIMITS, headMs: 10_000, connectionsPerAddress: 3 };
  const { ended, open } = await hardened(t, { limits });
  const few = [open(), open(), open()];
  await Promise.all(few.map((socket) => once(socket, 'connect')));
  await once(open(), 'close');
  t.equal(ended.get('address'), 1);
  few[0]?.destroy();
  const proxied = await hardened(t, { limits, trustForwarded: ['127.0.0.0/8'] });
  const many = Array.from({ length: 10 }, () => proxied.open());
  for (const socket of many) {
    socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    t.match(await text(socket), /^HTTP\/1\.1 200 /);
  }
  t.equal(proxied.ended.get('address'), undefined);
});

t.test('a server has so many connections', async (t) => {
  const limits = { ...LIMITS, headMs: 10_000, connections: 2 };
  const { ended, open } = await hardened(t, { limits });
  await Promise.all([open(), open()].map((socket) => once(socket, 'connect')));
  await once(open(), 'close');
  t.equal(ended.get('too many'), 1);
});

t.test('all of it holds over TLS', async (t) => {
  const limits = { ...LIMITS, handshakeMs: 100, connectionsPerAddress: 2 };
  const { port, clock, ended, open } = await hardened(t, {
    over: 'tls',
    limits,
    listener: (_request, response) => response.end(Buffer.alloc(64_000_000)),
  });
  const silent = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(silent.resume(), 'close');
  t.equal(ended.get('handshake'), 1, 'a handshake that does not come ends');
  const plain = connect(port, '127.0.0.1').on('error', () => undefined);
  plain.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  t.notMatch(await text(plain), /HTTP/);
  t.equal(ended.get('handshake'), 2, 'and what is none');
  const dripping = open();
  dripping.write('GET / HTTP/1.1\r\n');
  const answer = await drip(dripping, 'X-A: aaaa\r\n');
  t.match(answer, /^HTTP\/1\.1 408 /);
  t.match(answer, /^x-api-schemas: https:\/\/127\.0\.0\.1:/m);
  const reader = open();
  reader.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await once(reader, 'readable');
  while (!ended.has('slow reader')) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
  }
  t.equal(ended.get('slow reader'), 1, 'and who does not take the answer');
  const few = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(
    few.map((socket) =>
      once(
        socket.on('error', () => undefined),
        'connect',
      ),
    ),
  );
  await once(
    connect(port, '127.0.0.1').on('error', () => undefined),
    'close',
  );
  t.equal(ended.get('address'), 1);
});
