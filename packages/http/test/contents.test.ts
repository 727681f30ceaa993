import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { account, type Contents, RequestError, type Resource, TypeRegistry } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { disk } from './disk-type.js';
import { at, basic, type Served, sends, serve } from './served.js';

const BYTES = Buffer.from(
  Array.from({ length: 40 }, (_, index) =>
    createHash('sha512').update(`${index}`).digest(),
  ).flatMap((digest) => [...digest]),
);

/** Contents in memory, and what was done with them. */
class MemoryContents implements Contents {
  readonly received_: Buffer[] = [];
  opened = 0;
  closed = 0;
  total: number | undefined;
  awaiting: 'yes' | 'no' = 'no';
  /** What is to be asked for once all of it is there. */
  next: Awaited<ReturnType<Contents['received']>>['next'];
  /** Awaited before each chunk that is read. */
  gate: () => Promise<void> = () => Promise.resolve();
  /** Fails in the middle of reading. */
  breaks: 'yes' | 'no' = 'no';

  open(): ReturnType<Contents['open']> {
    if (this.awaiting === 'yes')
      return Promise.reject(new RequestError('Conflict', 'it is not as asked yet'));
    this.opened += 1;
    const { gate, breaks } = this;
    return Promise.resolve({
      sizeBytes: BYTES.byteLength,
      tag: 'tag',
      async *stream(start: number, end: number) {
        for (let position = start; position < end; position += 100) {
          await gate();
          if (breaks === 'yes' && position > 1000) throw new Error('the share is gone');
          yield BYTES.subarray(position, Math.min(position + 100, end));
        }
      },
      close: () => {
        this.closed += 1;
        return Promise.resolve();
      },
    });
  }

  received(): ReturnType<Contents['received']> {
    if (this.awaiting === 'no')
      return Promise.reject(new RequestError('Conflict', 'it has its content already'));
    const receivedBytes = Buffer.concat(this.received_).byteLength;
    return Promise.resolve({
      receivedBytes,
      ...(this.total === undefined ? {} : { totalBytes: this.total }),
      ...(this.next === undefined ? {} : { next: this.next, id: 'first' }),
    });
  }

  async receive(
    _resource: Resource,
    part: Parameters<Contents['receive']>[1],
    chunks: AsyncIterable<Uint8Array>,
  ): ReturnType<Contents['receive']> {
    const { receivedBytes } = await this.received();
    if (part.from === 0) this.received_.length = 0;
    else if (part.from !== receivedBytes)
      throw new RequestError('Conflict', 'it goes on elsewhere');
    this.total = part.totalBytes ?? this.total;
    for await (const chunk of chunks) this.received_.push(Buffer.from(chunk));
    return this.received();
  }
}

type World = Served & {
  readonly contents: MemoryContents;
  readonly path: string;
  readonly ask: (...request: Parameters<Served['fetch']>) => ReturnType<Served['fetch']>;
};

async function world(t: Test, options: Parameters<typeof serve>[1] = {}): Promise<World> {
  const contents = new MemoryContents();
  const served = await serve(t, { types: new TypeRegistry([account, disk]), contents, ...options });
  const made = await served.fetch('/v1/disks', sends('POST', { label: 'mine' }));
  const ask: World['ask'] = (...request) => served.fetch(...request);
  return { ...served, ask, contents, path: `/v1/disks/${String(at(made.json, 'id'))}/content` };
}

t.test('bytes are linked to, taken out whole, in ranges, and only when they changed', async (t) => {
  const { ask, contents, path } = await world(t);
  const resource = await ask(path.replace('/content', ''));
  t.match(at(resource.json, 'links', 'content'), new RegExp(`${path}$`));
  const whole = await ask(path);
  t.equal(whole.status, 200);
  t.match(Object.fromEntries(whole.headers), {
    'content-length': String(BYTES.byteLength),
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: '"tag"',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store, private',
  });
  const ranges: readonly (readonly [string, number, string | null])[] = [
    ['bytes=0-0', 206, 'bytes 0-0/2560'],
    ['bytes=100-', 206, 'bytes 100-2559/2560'],
    ['bytes=-60', 206, 'bytes 2500-2559/2560'],
    ['bytes=-99999', 206, 'bytes 0-2559/2560'],
    ['bytes=2559-99999', 206, 'bytes 2559-2559/2560'],
    ['bytes=2560-', 416, 'bytes */2560'],
    ['bytes=-0', 416, 'bytes */2560'],
    ['bytes=9-3', 200, null],
    ['bytes=0-1,5-6', 200, null],
    ['lines=0-1', 200, null],
    ['bytes=-', 200, null],
    ['bytes=99999999999999999999-', 200, null],
  ];
  for (const [range, status, said] of ranges) {
    const part = await ask(path, { headers: { range } });
    t.equal(part.status, status, range);
    t.equal(part.headers.get('content-range'), said, range);
  }
  const other = await ask(path, { headers: { range: 'bytes=1-', 'if-range': '"other"' } });
  t.equal(other.status, 200, 'of other content all is sent');
  const known = await ask(path, { headers: { 'if-none-match': '"x", "tag"' } });
  t.equal(known.status, 304);
  const head = await ask(path, { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), String(BYTES.byteLength));
  t.equal(head.text, '');
  t.equal(contents.closed, contents.opened, 'whatever was opened is closed');
});

t.test('the bytes are exactly those', async (t) => {
  const { url, path, user } = await world(t);
  const headers = { authorization: basic(user) };
  const whole = await fetch(url + path, { headers });
  t.ok(Buffer.from(await whole.arrayBuffer()).equals(BYTES));
  const part = await fetch(url + path, { headers: { ...headers, range: 'bytes=77-1234' } });
  t.ok(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(77, 1235)));
});

t.test(
  'reading that fails in the middle is a broken connection, never a short answer',
  async (t) => {
    const { url, path, user, contents } = await world(t);
    contents.breaks = 'yes';
    const response = await fetch(url + path, { headers: { authorization: basic(user) } });
    await t.rejects(response.arrayBuffer());
    t.equal(contents.closed, 1);
  },
);

t.test('a client that goes away ends the reading', async (t) => {
  const { url, path, user, contents } = await world(t);
  let release = (): void => undefined;
  let reads = 0;
  contents.gate = () => {
    reads += 1;
    return reads < 3
      ? Promise.resolve()
      : new Promise((resolve) => {
          release = resolve;
        });
  };
  const away = new AbortController();
  const headers = { authorization: basic(user) };
  const response = await fetch(url + path, { headers, signal: away.signal });
  const reading = response.arrayBuffer();
  while (reads < 3) await new Promise((resolve) => setImmediate(resolve));
  away.abort();
  await t.rejects(reading);
  release();
  while (contents.closed < 1) await new Promise((resolve) => setImmediate(resolve));
  t.pass('it was closed');
});

t.test('bytes are their account’s and administrators’ alone', async (t) => {
  const { ask, path, admin, cloud } = await world(t);
  const stranger = cloud.addAccount('Eve', 'user');
  t.equal((await ask(path, { key: stranger })).status, 403);
  t.equal((await ask(path, { key: stranger, method: 'PUT', body: 'x' })).status, 403);
  t.equal((await ask(path, { key: admin })).status, 200);
  t.equal((await ask(path, { key: null })).status, 401);
  t.equal((await ask('/v1/disks/99/content')).status, 404);
  t.equal((await ask(`${path}/more`)).status, 404);
});

t.test('methods and pages of other sites are refused', async (t) => {
  const { ask, path } = await world(t);
  const posted = await ask(path, sends('POST', {}));
  t.equal(posted.status, 405);
  t.equal(posted.headers.get('allow'), 'GET, HEAD, PUT, PATCH');
  const foreign = { method: 'PUT', body: 'x', headers: { origin: 'https://evil.example' } };
  t.equal((await ask(path, foreign)).status, 403);
  t.equal((await ask(`${path}?format=vmdk`)).status, 400);
});

t.test('without the bytes in this process it says so', async (t) => {
  const { ask, path } = await world(t, { contents: undefined });
  const answer = await ask(path);
  t.equal(answer.status, 501);
  t.match(answer.json, { type: 'error', code: 'ContentNotHere' });
});

t.test('content is brought in one piece or in several', async (t) => {
  const { ask, path, contents } = await world(t);
  contents.awaiting = 'yes';
  const before = await ask(path, { method: 'HEAD' });
  t.equal(before.status, 204);
  t.equal(before.headers.get('upload-offset'), '0');
  const first = await ask(path, {
    method: 'PUT',
    body: BYTES.subarray(0, 1000),
    headers: { 'upload-length': '2560' },
  });
  t.equal(first.status, 200);
  t.equal(first.headers.get('upload-complete'), '?0');
  t.equal(first.headers.get('upload-offset'), '1000');
  const wrong = await ask(path, {
    method: 'PATCH',
    body: BYTES.subarray(900),
    headers: { 'upload-offset': '900', 'content-type': 'application/partial-upload' },
  });
  t.equal(wrong.status, 409);
  t.equal(wrong.headers.get('upload-offset'), '1000', 'it says where to go on');
  const rest = await ask(path, {
    method: 'PATCH',
    body: BYTES.subarray(1000),
    headers: { 'upload-offset': '1000', 'content-type': 'application/partial-upload' },
  });
  t.equal(rest.headers.get('upload-complete'), '?1');
  t.ok(Buffer.concat(contents.received_).equals(BYTES));
});

t.test('what is to become of content is asked for once all of it is there', async (t) => {
  const { ask, path, contents, user, cloud } = await world(t);
  contents.awaiting = 'yes';
  contents.next = { action: 'rename', input: { label: 'given' } };
  const label = async (): Promise<unknown> =>
    at((await ask(path.replace('/content', ''))).json, 'label');
  const headers = { 'upload-length': '2560' };
  const half = await ask(path, { method: 'PUT', body: BYTES.subarray(0, 1000), headers });
  t.equal(half.headers.get('upload-id'), 'first');
  t.equal(await label(), 'mine');
  const patch = { 'content-type': 'application/partial-upload' };
  contents.received_.push(Buffer.from(BYTES.subarray(1000)));
  const standing = await ask(path, { method: 'HEAD' });
  t.equal(standing.headers.get('upload-offset'), '2560');
  t.equal(standing.headers.get('upload-complete'), '?0', 'a process died before it asked');
  const last = { ...patch, 'upload-offset': '2560' };
  const stranger = cloud.addAccount('Eve', 'user');
  t.equal((await ask(path, { method: 'PATCH', headers: last, key: stranger })).status, 403);
  t.equal(await label(), 'mine');
  const whole = await ask(path, { method: 'PATCH', headers: last, key: user });
  t.equal(whole.status, 200);
  t.equal(whole.headers.get('upload-complete'), '?1');
  t.equal(at(whole.json, 'label'), 'given');
});

t.test('what an upload says has to make sense', async (t) => {
  const { ask, path, contents } = await world(t);
  contents.awaiting = 'yes';
  const patch = (headers: Record<string, string>, status: number): Promise<void> =>
    ask(path, { method: 'PATCH', body: 'x', headers }).then((answer) => {
      t.equal(answer.status, status, JSON.stringify(headers));
    });
  const type = { 'content-type': 'application/partial-upload' };
  await patch(type, 400);
  await patch({ ...type, 'upload-offset': '-1' }, 400);
  await patch({ ...type, 'upload-offset': '1e3' }, 400);
  await patch({ ...type, 'upload-offset': '0', 'upload-length': 'many' }, 400);
  await patch({ 'content-type': 'text/plain', 'upload-offset': '0' }, 415);
  await patch({ ...type, 'upload-offset': '0', 'content-encoding': 'gzip' }, 415);
  await patch({ ...type, 'upload-offset': '0', 'content-range': 'bytes 0-0/2' }, 400);
  await patch({ ...type, 'upload-offset': '0', 'repr-digest': 'sha-256=:short:' }, 400);
});

t.test('an account has so many transfers at a time', async (t) => {
  const { url, ask, path, user, contents } = await world(t, { transfers: { perAccount: 1 } });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  contents.gate = () => held;
  const first = await fetch(url + path, { headers: { authorization: basic(user) } });
  const second = await ask(path);
  t.equal(second.status, 429);
  t.match(second.json, { code: 'TooManyTransfers' });
  t.equal(second.headers.get('retry-after'), '10');
  release();
  await first.arrayBuffer();
  t.equal((await ask(path)).status, 200);
});

t.test('bytes pass no faster than is allowed', async (t) => {
  const pauses: number[] = [];
  let now = 0;
  const timer = {
    monotonic: () => now,
    schedule: (ms: number, fire: () => void) => {
      // The deadlines of requests are never met here.
      if (ms >= 30_000) return () => undefined;
      pauses.push(ms);
      now += ms;
      const handle = setImmediate(fire);
      return () => clearImmediate(handle);
    },
  };
  const { ask, path } = await world(t, { timer, transfers: { bytesPerSecond: 100 } });
  t.equal((await ask(path)).status, 200);
  t.equal(Math.round(now / 1000), 26, '2,560 bytes at 100 a second');
  t.equal(pauses.length, 26);
});

t.test('a body that stops is given up', async (t) => {
  const { port, path, user, contents } = await world(t, { transfers: { idleMs: 50 } });
  contents.awaiting = 'yes';
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(user)}\r\ncontent-length: 2560\r\n\r\nsome`,
  );
  t.match(await text(socket), /^HTTP\/1\.1 400 /);
});
