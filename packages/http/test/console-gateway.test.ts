import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { type Consoles, DriverFailure } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type ConsoleGatewayOptions, consoleGateway } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { listening } from './served.js';

/** A gateway to consoles that a test holds the other end of. */
interface Door {
  readonly url: string;
  readonly port: number;
  readonly clock: ManualClock;
  readonly asked: string[];
  /** The hypervisor's end of the newest console. */
  readonly far: () => Duplex;
  readonly revoke: () => void;
  readonly lines: string[];
}

async function serve(t: Test, options: Partial<ConsoleGatewayOptions> = {}): Promise<Door> {
  const asked: string[] = [];
  const lines: string[] = [];
  const clock = new ManualClock();
  const revocation = new AbortController();
  let theirs: Duplex | undefined;
  const consoles: Consoles = {
    open: async (ticket) => {
      asked.push(ticket);
      if (ticket === 'broken')
        throw new DriverFailure('unavailable', 'Away', 'nobody there', { remedy: 'Wait.' });
      if (ticket !== 'good') return undefined;
      const [near, far] = duplexPair();
      theirs = far;
      near.once('close', () => far.destroy());
      return { stream: near, revoked: revocation.signal };
    },
  };
  const line = (data: object, message: string): void => {
    lines.push(`${JSON.stringify(data)} ${message}`);
  };
  const logger = { debug: line, info: line, warn: line, error: line };
  const server = createServer();
  server.on('upgrade', consoleGateway({ consoles, clock, logger, ...options }));
  const port = await listening(server);
  const url = `ws://127.0.0.1:${port}`;
  t.teardown(() => {
    server.close();
    revocation.abort();
  });
  return {
    url,
    port,
    clock,
    asked,
    lines,
    revoke: () => revocation.abort(),
    far: () => {
      if (theirs === undefined) throw new Error('no console was opened');
      return theirs;
    },
  };
}

interface Client {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly bytes: () => number;
  readonly received: () => string;
}

function watch(socket: WebSocket): Client {
  const chunks: Buffer[] = [];
  socket.on('message', (data) => chunks.push(data));
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return {
    socket,
    closed,
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    received: () => Buffer.concat(chunks).toString(),
  };
}

async function open(url: string, options: { readonly origin?: string } = {}): Promise<Client> {
  const socket = new WebSocket(`${url}/v1/consoles/good`, 'binary', options);
  const client = watch(socket);
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return client;
}

/** The HTTP status that a WebSocket was refused with. */
function refusal(
  url: string,
  protocols: string | readonly string[] = 'binary',
  options: { readonly origin?: string; readonly headers?: Record<string, string> } = {},
): Promise<number> {
  const socket = new WebSocket(url, protocols, options);
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
  });
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise((resolve) => setImmediate(resolve));
}

t.test('bytes go both ways, by the subprotocol binary', async (t) => {
  const door = await serve(t);
  const client = await open(door.url);
  t.equal(client.socket.protocol, 'binary');
  t.same(door.asked, ['good']);
  door.far().write('RFB 003.008\n');
  await until(() => client.received() === 'RFB 003.008\n');
  client.socket.send(Buffer.from('hello'));
  t.equal(String((await once(door.far(), 'data'))[0]), 'hello');
  client.socket.close();
  await client.closed;
  await until(() => door.far().destroyed);
});

t.test(
  'a client without a subprotocol is let in; one that offers only others is not',
  async (t) => {
    const door = await serve(t);
    t.equal(await refusal(`${door.url}/v1/consoles/good`, []), 101);
    t.equal(await refusal(`${door.url}/v1/consoles/good`, 'base64'), 400);
    t.equal(await refusal(`${door.url}/v1/consoles/good`, ['base64', 'binary']), 101);
  },
);

t.test('a ticket that opens nothing, another path and a broken backend are refused', async (t) => {
  const door = await serve(t);
  t.equal(await refusal(`${door.url}/v1/consoles/bad`), 403);
  t.equal(await refusal(`${door.url}/v1/consoles/`), 404);
  t.equal(await refusal(`${door.url}/v1/consoles/good/more`), 404);
  t.equal(await refusal(`${door.url}/elsewhere`), 404);
  t.equal(await refusal(`${door.url}/v1/consoles/broken`), 503);
  t.match(door.lines.join('\n'), /Away/);
  t.notMatch(door.lines.join('\n'), /broken/, 'a ticket is not logged');
});

t.test('pages of other sites are refused before a ticket is used up', async (t) => {
  const door = await serve(t, { origins: ['https://panel.example.com'] });
  const url = `${door.url}/v1/consoles/good`;
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', '']) {
    t.equal(await refusal(url, 'binary', { headers: { origin } }), 403, origin);
  }
  t.same(door.asked, []);
  for (const origin of ['https://panel.example.com', `http://127.0.0.1:${door.port}`]) {
    t.equal(await refusal(url, 'binary', { origin }), 101, origin);
  }
});

t.test('only the hosts that are ours are answered', async (t) => {
  const door = await serve(t, { hosts: ['cloud.example.com'] });
  t.equal(await refusal(`${door.url}/v1/consoles/good`), 400);
});

t.test('the host application answers what is not a console', async (t) => {
  const server = createServer();
  const gateway = consoleGateway({
    consoles: { open: async () => undefined },
    prefix: '/cloud',
  });
  server.on('upgrade', (request, socket, head) => {
    gateway(request, socket, head, () => {
      socket.end('HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n');
    });
  });
  const port = await listening(server);
  t.teardown(() => server.close());
  t.equal(await refusal(`ws://127.0.0.1:${port}/v1/consoles/x`), 418);
  t.equal(await refusal(`ws://127.0.0.1:${port}/cloud/v1/consoles/x`), 403);
});

t.test('a client that does not read stops the hypervisor from sending', async (t) => {
  const door = await serve(t);
  const client = await open(door.url);
  client.socket.pause();
  const block = Buffer.alloc(64 * 1024, 1);
  const MOST = 64 * 1024 * 1024;
  let sent = 0;
  let stopped = false;
  while (sent < MOST && !stopped) {
    sent += block.length;
    if (door.far().write(block)) continue;
    const drained = once(door.far(), 'drain').then(() => 'drained');
    const waited = new Promise((resolve) => setTimeout(() => resolve('full'), 300));
    stopped = (await Promise.race([drained, waited])) === 'full';
  }
  t.ok(stopped, `full after ${sent} bytes`);
  client.socket.resume();
  await until(() => client.bytes() === sent);
  client.socket.close();
  await client.closed;
});

t.test('a hypervisor that does not read stops the client from being read', async (t) => {
  const door = await serve(t);
  const client = await open(door.url);
  const total = 32 * 1024 * 1024;
  const block = Buffer.alloc(256 * 1024, 1);
  for (let sent = 0; sent < total; sent += block.length) client.socket.send(block);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.ok(door.far().readableLength < 2 * 1024 * 1024, `${door.far().readableLength} bytes wait`);
  let read = 0;
  door.far().on('data', (chunk: Buffer) => (read += chunk.length));
  await until(() => read === total);
  client.socket.close();
  await client.closed;
});

t.test('a console ends when the hypervisor ends it, and when it is revoked', async (t) => {
  const door = await serve(t);
  const first = await open(door.url);
  door.far().end('bye');
  const ended = await first.closed;
  t.equal(first.received(), 'bye', 'what was said last arrives');
  t.ok([1000, 1001, 1005].includes(ended.code), String(ended.code));
  const second = await open(door.url);
  door.revoke();
  t.equal((await second.closed).code, 1008);
  await until(() => door.far().destroyed);
});

t.test('a console ends after its time, and when nothing is said', async (t) => {
  const door = await serve(t, { limits: { totalMs: 60_000, idleMs: 10_000, heartbeatMs: 1e9 } });
  const quiet = await open(door.url);
  door.clock.advance(10_000);
  t.match((await quiet.closed).reason, /nothing was said/);
  const busy = await open(door.url);
  for (let second = 0; second < 59; second += 5) {
    door.far().write('x');
    const before = busy.bytes();
    await until(() => busy.bytes() > before);
    door.clock.advance(5_000);
  }
  t.match((await busy.closed).reason, /long enough/);
});

t.test('no more consoles than allowed are open, and one that ends makes room', async (t) => {
  const door = await serve(t, { most: 1 });
  const first = await open(door.url);
  t.equal(await refusal(`${door.url}/v1/consoles/good`), 503);
  const far = door.far();
  first.socket.close();
  await first.closed;
  await until(() => far.destroyed);
  let status = 0;
  for (let tries = 0; tries < 50 && status !== 101; tries += 1)
    status = await refusal(`${door.url}/v1/consoles/good`);
  t.equal(status, 101);
});

t.test('refused tickets and broken handshakes leave room for others', async (t) => {
  const door = await serve(t, { most: 1 });
  for (let tries = 0; tries < 3; tries += 1) {
    t.equal(await refusal(`${door.url}/v1/consoles/bad`), 403);
    t.equal(await refusal(`${door.url}/v1/consoles/broken`), 503);
  }
  const broken = await fetchUpgrade(door.port, { 'sec-websocket-key': 'short' });
  t.match(broken, /^HTTP\/1\.1 400/);
  t.equal(await refusal(`${door.url}/v1/consoles/good`), 101);
});

async function fetchUpgrade(port: number, headers: Record<string, string>): Promise<string> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(
    [
      'GET /v1/consoles/good HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      ...lines,
      '',
      '',
    ].join('\r\n'),
  );
  const [first] = await once(socket, 'data');
  socket.destroy();
  return String(first);
}
