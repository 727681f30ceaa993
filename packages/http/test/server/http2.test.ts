import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { request as requestTls } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { ManualClock } from '@gdcloud/core/testing';
import { harden, http2ServerOptions, type ServerLimits } from '@gdcloud/http';
import { CERTIFICATE_A, KEY_A } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { countEnded } from './ended-connections.js';
import { FLAG, FRAME, frame, GET, goawayCode, speaker } from './http2-frames.js';

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants;
const NONE = Buffer.alloc(0);

type Answering = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

interface World {
  readonly port: number;
  readonly clock: ManualClock;
  readonly ended: Map<string, number>;
  /** Moves time on by so many looks, letting both sides get at what came. */
  readonly pass: (looks: number) => Promise<void>;
  readonly client: () => ClientHttp2Session;
  readonly connections: () => Promise<number>;
}

const CHECK = 5_000;

async function hardened(
  t: Test,
  answer: Answering,
  limits: Partial<ServerLimits> = {},
  over: 'plain' | 'tls' = 'plain',
): Promise<World> {
  const clock = new ManualClock();
  const server: Http2Server | Http2SecureServer =
    over === 'plain'
      ? createServer(http2ServerOptions(limits), answer)
      : createSecureServer(
          { ...http2ServerOptions(limits), allowHTTP1: true, cert: CERTIFICATE_A, key: KEY_A },
          answer,
        );
  const ended = countEnded(harden(server, { clock, limits }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  const { port } = address;
  const client = (): ClientHttp2Session => {
    const scheme = over === 'plain' ? 'http' : 'https';
    const session = connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    t.teardown(() => session.destroy());
    return session;
  };
  const pass = async (looks: number): Promise<void> => {
    for (let look = 0; look < looks; look += 1) {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(CHECK);
    }
  };
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
  return { port, clock, ended, pass, client, connections };
}

const [PIECES, PIECE] = [400, 16_384];

function* pieces(): Generator<Buffer> {
  for (let index = 0; index < PIECES; index += 1) yield Buffer.alloc(PIECE);
}

const hello: Answering = (_request, response) => {
  response.end('hello');
};

function ask(session: ClientHttp2Session, path = '/'): ClientHttp2Stream {
  return session.request({ ':path': path }).on('error', () => undefined);
}

/** The code with which the server ended a stream. */
async function codeOf(stream: ClientHttp2Stream): Promise<number> {
  await new Promise((resolve) => stream.resume().once('close', resolve));
  return stream.rstCode;
}

async function served(session: ClientHttp2Session): Promise<string> {
  return text(ask(session));
}

t.test('clients that keep to the limits notice nothing of them', async (t) => {
  const { ended, client } = await hardened(t, hello);
  const session = client();
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(Array.from({ length: 90 }, () => served(session)));
    t.same([...new Set(answers)], ['hello']);
    const changedMinds = Array.from({ length: 15 }, () => ask(session));
    for (const stream of changedMinds) stream.close(NGHTTP2_CANCEL);
    await Promise.all(changedMinds.map(codeOf));
  }
  await new Promise((resolve) => session.ping(resolve));
  t.equal(ended.size, 0);
});

t.test('who gives up request after request is told to be calm (CVE-2023-44487)', async (t) => {
  let begun = 0;
  const { port, ended, client } = await hardened(t, () => {
    begun += 1;
  });
  const other = client();
  const flood = await speaker(t, port);
  for (let index = 0; index < 5_000; index += 1) {
    const stream = 1 + 2 * index;
    flood.send(
      frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, GET),
      frame(FRAME.reset, FLAG.none, stream, Buffer.from([0, 0, 0, NGHTTP2_CANCEL])),
    );
  }
  await flood.over;
  t.equal(goawayCode(flood.frames), NGHTTP2_ENHANCE_YOUR_CALM);
  t.equal(ended.get('resets'), 1);
  t.ok(begun <= 102, `${begun} of 5,000 requests were begun`);
  await new Promise((resolve) => other.ping(resolve));
  t.notOk(other.destroyed, 'others are left alone');
});

t.test('frames that ask for nothing and have to be answered come to an end', async (t) => {
  const { port, ended } = await hardened(t, hello);
  for (const [type, payload] of [
    [FRAME.ping, Buffer.alloc(8)],
    [FRAME.settings, NONE],
  ] as const) {
    const flood = await speaker(t, port);
    for (let index = 0; index < 1_000; index += 1) flood.send(frame(type, FLAG.none, 0, payload));
    await flood.over;
    t.equal(goawayCode(flood.frames), NGHTTP2_ENHANCE_YOUR_CALM);
  }
  t.equal(ended.get('control frames'), 2);
});

t.test('a head without end ends the session, in pieces or as one that drips', async (t) => {
  const { port, ended, pass } = await hardened(t, hello);
  const pieces = await speaker(t, port);
  pieces.send(frame(FRAME.headers, FLAG.endStream, 1, GET));
  for (let index = 0; index < 100; index += 1)
    pieces.send(frame(FRAME.continuation, FLAG.none, 1, Buffer.from([0x00, 1, 0x61, 1, 0x61])));
  await pieces.over;
  t.equal(ended.get('malformed'), 1);
  const dripping = await speaker(t, port);
  dripping.send(frame(FRAME.headers, FLAG.endStream, 1, GET));
  const silent = await speaker(t, port);
  await dripping.until(({ type }) => type === FRAME.settings);
  await silent.until(({ type }) => type === FRAME.settings);
  await pass(3);
  for (const each of [dripping, silent]) {
    await each.over;
    t.equal(goawayCode(each.frames), NGHTTP2_ENHANCE_YOUR_CALM);
  }
  t.equal(ended.get('slow head'), 2);
});

t.test('headers that are too much are refused', async (t) => {
  const { client } = await hardened(t, hello);
  const session = client();
  await once(session, 'remoteSettings');
  t.match(session.remoteSettings, {
    maxConcurrentStreams: 100,
    maxHeaderListSize: 16_384,
    enablePush: false,
  });
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'a']));
  t.equal(
    await codeOf(session.request({ ':path': '/', ...many }).on('error', () => undefined)),
    NGHTTP2_ENHANCE_YOUR_CALM,
  );
  t.equal(await served(session), 'hello');
});

t.test('a session without requests is closed, and so is who does not hang up', async (t) => {
  const { port, ended, pass, connections } = await hardened(t, hello);
  const idle = await speaker(t, port, 'half open');
  idle.send(frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, 1, GET));
  await idle.until(({ stream }) => stream === 1);
  await pass(11);
  t.equal(goawayCode(idle.frames), undefined, 'a browser keeps its session for a while');
  await pass(2);
  await idle.until(({ type }) => type === FRAME.goaway);
  t.equal(goawayCode(idle.frames), 0, 'which is no offence');
  t.equal(await connections(), 1, 'it is for the client to hang up');
  await pass(3);
  t.equal(await connections(), 0);
  t.equal(ended.size, 0);
});

t.test('a body that drips is given up, and the rest of the session goes on', async (t) => {
  const taking: Answering = (request, response) => {
    if (request.method === 'GET') response.end('hello');
    else
      void text(request).then(
        (body) => response.end(String(body.length)),
        () => undefined,
      );
  };
  const { ended, pass, client } = await hardened(t, taking);
  const session = client();
  const dripping = session
    .request({ ':path': '/', ':method': 'POST' })
    .on('error', () => undefined);
  dripping.write('{');
  const code = codeOf(dripping);
  const upload = session.request({ ':path': '/', ':method': 'PUT' });
  const answer = text(upload);
  for (let minutes = 0; minutes < 3; minutes += 1) {
    upload.write(Buffer.alloc(80 * 1_024));
    await pass(12);
  }
  t.equal(await code, NGHTTP2_ENHANCE_YOUR_CALM);
  upload.end();
  t.equal(await answer, String(3 * 80 * 1_024), 'an upload takes as long as it takes');
  t.equal(await served(session), 'hello');
  t.same([...ended], [['slow body', 1]]);
});

t.test(
  'an answer that nobody takes is given up, and one that is taken slowly is not',
  async (t) => {
    const large: Answering = (request, response) => {
      if (request.url === '/large') response.end(Buffer.alloc(2_000_000));
      else if (request.url === '/pieces') Readable.from(pieces()).pipe(response);
      else response.end('hello');
    };
    const { ended, pass, client } = await hardened(t, large);
    const session = client();
    const ignored = ask(session, '/large');
    const closed = new Promise((resolve) => ignored.once('close', resolve));
    await once(ignored, 'response');
    const slow = ask(session, '/pieces');
    await once(slow, 'readable');
    let taken = 0;
    for (let looks = 0; looks < 3 * 12; looks += 1) {
      const piece: Buffer | null = slow.read();
      taken += piece?.byteLength ?? 0;
      await pass(1);
    }
    t.ok(taken > 0 && taken < PIECES * PIECE, 'it goes on');
    t.notOk(slow.closed, 'after three minutes');
    t.same([...ended], [['slow reader', 1]]);
    await closed;
    t.equal(ignored.rstCode, NGHTTP2_ENHANCE_YOUR_CALM);
    t.equal(await served(session), 'hello');
  },
);

t.test('so many requests at a time, and so many of a session', async (t) => {
  const waiting: Http2ServerResponse[] = [];
  const { port, ended } = await hardened(t, (_request, response) => void waiting.push(response), {
    streamsAtOnce: 2,
    requestsPerConnection: 4,
  });
  const greedy = await speaker(t, port);
  await greedy.until(({ type }) => type === FRAME.settings);
  const get = (stream: number): Buffer =>
    frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, GET);
  greedy.send(get(1), get(3), get(5));
  const refused = await greedy.until(({ type }) => type === FRAME.reset);
  t.match(refused, { stream: 5, payload: Buffer.from([0, 0, 0, NGHTTP2_REFUSED_STREAM]) });
  for (const response of waiting.splice(0)) response.end();
  await greedy.until(({ type, stream }) => type === FRAME.headers && stream === 3);
  greedy.send(get(7), get(9), get(11));
  await greedy.until(({ type }) => type === FRAME.goaway);
  t.equal(goawayCode(greedy.frames), 0);
  t.equal(waiting.length, 2, 'those that are under way');
  for (const response of waiting) response.end();
  await greedy.until(({ type, stream }) => type === FRAME.headers && stream === 9);
  t.equal(ended.size, 0, 'none of that is an offence');
});

t.test('a client that goes from session to session loses no request', async (t) => {
  const begun = new Set<string>();
  const { client } = await hardened(
    t,
    ({ url }, response) => {
      begun.add(url);
      setImmediate(() => response.end('hello'));
    },
    { requestsPerConnection: 40 },
  );
  let session = client();
  let sessions = 1;
  const told = { answered: 0, refused: 0 };
  const get = async (path: string): Promise<void> => {
    const stream = ask(session, path);
    const code = await codeOf(stream);
    if (code === NGHTTP2_NO_ERROR) told.answered += 1;
    else {
      t.equal(code, NGHTTP2_REFUSED_STREAM);
      t.notOk(begun.has(path), 'what is refused was not begun');
      told.refused += 1;
    }
  };
  for (let round = 0; round < 10; round += 1) {
    if (session.closed || session.destroyed) {
      session = client();
      sessions += 1;
    }
    await Promise.all(Array.from({ length: 30 }, (_, index) => get(`/${round}/${index}`)));
  }
  t.equal(told.answered + told.refused, 300);
  t.equal(told.answered, begun.size);
  t.ok(told.answered > 0, JSON.stringify(told));
  t.ok(sessions > 3, `${sessions} sessions`);
});

t.test('who was asked to open another session may not flood the one there is', async (t) => {
  const { port, ended } = await hardened(t, () => undefined, { requestsPerConnection: 1 });
  const flood = await speaker(t, port);
  flood.send(frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, 1, GET));
  await flood.until(({ type }) => type === FRAME.goaway);
  for (let index = 0; index < 1_000; index += 1)
    flood.send(frame(FRAME.ping, FLAG.none, 0, Buffer.alloc(8)));
  await flood.over;
  t.same([...ended], [['control frames', 1]]);
});

t.test('who has its answer keeps it, and need not send the rest of a body', async (t) => {
  const early: Answering = (request, response) => {
    request.once('data', () => response.end('too large'));
  };
  const { ended, pass, client } = await hardened(t, early);
  const upload = client().request({ ':path': '/', ':method': 'PUT' });
  upload.write('a part');
  const closed = new Promise((resolve) => upload.once('close', resolve));
  t.equal(await text(upload), 'too large');
  await pass(4);
  await closed;
  t.equal(upload.rstCode, NGHTTP2_NO_ERROR);
  t.same([...ended], [['slow body', 1]]);
});

t.test('over TLS it holds for both versions, and connections are counted', async (t) => {
  const limits = { headMs: 200, checkMs: 50, connectionsPerAddress: 2 };
  const { port, ended, client } = await hardened(t, hello, limits, 'tls');
  const session = client();
  t.equal(await served(session), 'hello');
  const older = requestTls({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
  const [response] = (await once(older.end(), 'response')) as [NodeJS.ReadableStream];
  t.equal(await text(response), 'hello');
  await once(older, 'close');
  const dripping = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  dripping.on('error', () => undefined).write('GET / HTTP/1.1\r\n');
  t.match(await text(dripping), /^HTTP\/1\.1 408 /);
  t.equal(ended.get('slow head'), 1);
  const few = [connectPlain(port, '127.0.0.1'), connectPlain(port, '127.0.0.1')];
  for (const socket of few) {
    socket.on('error', () => undefined).resume();
    t.teardown(() => socket.destroy());
  }
  await Promise.race(few.map((socket) => once(socket, 'close')));
  t.equal(ended.get('address'), 1);
});
