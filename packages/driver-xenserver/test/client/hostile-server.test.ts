import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { DriverFailure } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { call, driverFor, keyOf, serverOn } from '../cloud.js';

/** What a server does with a connection once the first bytes of a request have come. */
type Manners = (socket: Socket, request: string) => void;

/** A server that speaks no HTTP of its own. */
async function startRude(t: Test, manners: Manners): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => manners(socket, bytes.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

function whole(body: string | Buffer, headers = ''): Buffer {
  const head = `${OK}${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

/** Sends `piece` for as long as somebody listens. */
function endless(socket: Socket, piece: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

const MANNERS: Readonly<Record<string, Manners>> = {
  'closes without a word': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'never answers': () => undefined,
  'sends one byte and no more': (socket) => socket.write('H'),
  'sends headers and no body': (socket) => socket.write(`${OK}content-length: 100\r\n\r\n`),
  'sends its body byte by byte': (socket) => {
    socket.write(`${OK}content-length: 1000000\r\n\r\n`);
    const drip = setInterval(() => socket.write(' '), 5);
    socket.on('close', () => clearInterval(drip));
  },
  'sends headers without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    endless(socket, `x: ${'y'.repeat(1000)}\r\n`);
  },
  'sends a body without end': (socket) => {
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    endless(socket, `100000\r\n${' '.repeat(0x100000)}\r\n`);
  },
  'sends provisional answers without end': (socket) =>
    endless(socket, 'HTTP/1.1 102 Processing\r\n\r\n'),
  'tears its answer off': (socket) => socket.end(`${OK}content-length: 100\r\n\r\n{"result":`),
  'sends less than it says': (socket) => socket.end(`${OK}content-length: 9\r\n\r\n{}`),
  'sends more than it says': (socket) => socket.write(`${OK}content-length: 1\r\n\r\n{}{}{}{}`),
  'contradicts itself on the length': (socket) =>
    socket.end(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
  'sends chunks of nonsense': (socket) =>
    socket.end(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`),
  'speaks another protocol': (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
  'speaks binary': (socket) => socket.end(Buffer.from([0, 255, 22, 3, 1, 0, 0, 13, 10, 13, 10])),
  'speaks HTTP/2': (socket) => socket.end(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3])),
  'upgrades the connection': (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  'sends us elsewhere': (socket) =>
    socket.end('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
  'has an error': (socket) => socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'),
  'has an error without end': (socket) => {
    socket.write('HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n');
    endless(socket, `100\r\n${' '.repeat(0x100)}\r\n`);
  },
  'answers with a page': (socket) => socket.write(whole('<html>hello</html>')),
  'answers with nothing': (socket) => socket.write(whole('')),
  'answers with null': (socket) => socket.write(whole('null')),
  'answers with a packed bomb': (socket) =>
    socket.write(whole(gzipSync(Buffer.alloc(2 ** 24)), 'content-encoding: gzip\r\n')),
  'answers with what is nested deep': (socket) =>
    socket.write(whole(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)),
  'answers with bytes that are no text': (socket) =>
    socket.write(whole(Buffer.from([34, 255, 254, 192, 34]))),
};

t.jobs = 8;
for (const [what, manners] of Object.entries(MANNERS)) {
  for (const scheme of ['http', 'https'] as const) {
    t.test(`a pool over ${scheme} that ${what} is a failure of the call, in time`, async (t) => {
      const port = await startRude(t, manners);
      const driver = driverFor(`${scheme}://127.0.0.1:${port}`, {
        callTimeoutMs: 400,
        ...(scheme === 'https' ? { tls: { insecure: true } } : {}),
      });
      const begun = performance.now();
      const errors = await Promise.all([
        driver.hosts(call()).catch((thrown: unknown) => thrown),
        driver.servers
          .create(keyOf('018f0000-0000-7000-8000-000000000001'), serverOn('h'), call())
          .catch((thrown: unknown) => thrown),
      ]);
      // Generous: machines that run tests are busy.
      t.ok(performance.now() - begun < 8_000, 'both calls end by their deadline');
      for (const error of errors) {
        t.ok(error instanceof DriverFailure, String(error));
        t.match(error, { outcome: /^(unavailable|ambiguous)$/ });
        t.notMatch(error, { code: 'Unexpected' });
      }
      await driver.close();
    });
  }
}

t.test('an answer that is too large is not kept', async (t) => {
  const port = await startRude(t, (socket) => {
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    endless(socket, `800000\r\n${' '.repeat(0x800000)}\r\n`);
  });
  const driver = driverFor(`http://127.0.0.1:${port}`, { callTimeoutMs: 30_000 });
  await t.rejects(driver.hosts(call()), {
    code: 'PoolUnreachable',
    message: /more than \d+ bytes/,
  });
});

t.test('a change that meets a dying connection is sent at most once', async (t) => {
  const requests: string[] = [];
  const port = await startRude(t, (socket, request) => {
    const method = /"method":"([^"]*)"/.exec(request)?.[1] ?? '';
    requests.push(method);
    // As a server whose patience with an idle connection ends just when the request arrives.
    if (method === 'VM.create') socket.destroy();
    else if (method.startsWith('session.')) socket.write(whole('{"result":"OpaqueRef:s"}'));
    else socket.write(whole('{"result":{}}'));
  });
  const driver = driverFor(`http://127.0.0.1:${port}`);
  const key = keyOf('018f0000-0000-7000-8000-000000000001');
  await t.rejects(driver.servers.create(key, serverOn('h'), call()), {
    outcome: 'ambiguous',
    code: 'ReplyLost',
  });
  t.equal(requests.filter((method) => method === 'VM.create').length, 1);
});

t.test('a look that meets a dying connection is made again', async (t) => {
  let broken = 0;
  const port = await startRude(t, (socket, request) => {
    if (request.includes('host_metrics') && broken === 0) {
      broken += 1;
      socket.destroy();
    } else if (request.includes('"session.')) socket.write(whole('{"result":"OpaqueRef:s"}'));
    else socket.write(whole('{"result":{}}'));
  });
  t.same(await driverFor(`http://127.0.0.1:${port}`).hosts(call()), []);
  t.equal(broken, 1);
});
