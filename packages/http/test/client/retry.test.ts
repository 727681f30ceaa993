import { createServer } from 'node:http';
import { ApiError, ConnectionError, createClient } from '@gdcloud/http/client';
import t, { type Test } from 'tap';
import { listening } from '../served.js';

/** One answer of a server that does as a test says. */
interface Scripted {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Hangs up in place of answering. */
  readonly breaks?: true;
}

interface Seen {
  readonly method: string;
  readonly key: string | string[] | undefined;
}

/** A server that gives these answers, in turn, and a client whose time passes at once. */
async function scripted(t: Test, ...answers: Scripted[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      seen.push({ method: request.method ?? '', key: request.headers['idempotency-key'] });
      const { status, body = {}, headers = {}, breaks } = answers.shift() ?? { status: 500 };
      if (breaks) request.socket.destroy();
      else
        response
          .writeHead(status, {
            'content-type': 'application/json',
            'x-request-id': 'r1',
            ...headers,
          })
          .end(JSON.stringify(body));
    });
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const pauses: number[] = [];
  const client = createClient({
    url,
    accessKey: 'é:no',
    secretKey: 'sécret',
    timeoutMs: 60_000,
    surroundings: {
      random: () => 0,
      now: () => Date.UTC(2026, 0, 1),
      after: (ms, call) => {
        // The limit of an answer never comes; pauses are over at once.
        if (ms >= 60_000) return () => {};
        pauses.push(ms);
        const soon = setImmediate(call);
        return () => clearImmediate(soon);
      },
    },
  });
  return { client, seen, pauses };
}

const NETWORK = { ipv4Cidr: '10.0.0.0/24' };
const busy = { status: 503, body: { code: 'StoreUnavailable', status: 503, message: 'away' } };
const conflict = { status: 409, body: { code: 'Conflict', status: 409, message: 'two at a time' } };

t.test('a create that failed is sent once more with the same key', async (t) => {
  const { client, seen, pauses } = await scripted(t, busy, { status: 0, breaks: true }, conflict, {
    status: 201,
    body: { id: '1' },
  });
  t.match(await client.networks.create(NETWORK), { id: '1' });
  t.equal(seen.length, 4);
  const [first] = seen;
  t.match(first?.key, /^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/);
  t.ok(seen.every(({ key }) => key === first?.key));
  t.same(pauses, [100, 200, 400], 'after ever longer pauses');
});

t.test(
  'what a proxy could not pass on is sent again, what the API could not do is not',
  async (t) => {
    const { client, seen } = await scripted(
      t,
      { status: 502, body: {} },
      { status: 504, body: {} },
      { status: 201, body: { id: '1' } },
      { status: 500, body: { code: 'InternalError', status: 500, message: 'a fault' } },
    );
    t.match(await client.networks.create(NETWORK), { id: '1' });
    t.equal(new Set(seen.map(({ key }) => key)).size, 1);
    await t.rejects(client.networks.create(NETWORK), { status: 500, code: 'InternalError' });
    t.equal(seen.length, 4);
  },
);

t.test('Retry-After is waited for, in seconds or as a date', async (t) => {
  const limited = { status: 429, body: { code: 'TooManyRequests', message: 'slow down' } };
  const { client, pauses } = await scripted(
    t,
    { ...limited, headers: { 'retry-after': '7' } },
    { ...limited, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' } },
    { status: 200, body: {} },
  );
  await client.networks.get('1');
  t.same(pauses, [7_000, 9_000]);
});

t.test('who has to wait is told how long', async (t) => {
  const ill = { status: 500, body: { code: 'InternalError', message: 'a fault' } };
  const { client } = await scripted(t, { ...ill, headers: { 'retry-after': '7' } }, ill);
  const told = (): Promise<unknown> =>
    client.networks
      .get('1')
      .catch((thrown: unknown) => thrown instanceof ApiError && thrown.retryAfterSeconds);
  t.equal(await told(), 7);
  t.equal(await told(), null);
});

t.test('so is every other write, each call with a key of its own, and no read', async (t) => {
  const done = { status: 200, body: {} };
  const { client, seen } = await scripted(t, busy, done, busy, done, busy, done, busy, done, done);
  await client.virtualmachines.restart('1');
  await client.virtualmachines.restart('1');
  await client.networks.update('1', {}, { ifMatch: '"1"' });
  await client.networks.delete('1', { ifMatch: '"1"' });
  await client.networks.get('1');
  t.same(
    seen.map(({ method }) => method),
    ['POST', 'POST', 'POST', 'POST', 'PUT', 'PUT', 'DELETE', 'DELETE', 'GET'],
  );
  const keys = seen.map(({ key }) => key);
  for (const first of [0, 2, 4, 6]) t.equal(keys[first], keys[first + 1]);
  t.equal(new Set(keys.slice(0, 8)).size, 4);
  t.equal(keys.at(-1), undefined);
});

t.test(
  'a key of the caller’s is sent as it is given, and one that is none is refused',
  async (t) => {
    const { client, seen } = await scripted(
      t,
      { status: 201, body: {} },
      { status: 200, body: {} },
    );
    await client.networks.create(NETWORK, { idempotencyKey: 'the "\\" of today' });
    await client.virtualmachines.restart('1', {}, { idempotencyKey: 'restart 1' });
    t.same(
      seen.map(({ key }) => key),
      ['"the \\"\\\\\\" of today"', '"restart 1"'],
    );
    for (const idempotencyKey of ['', 'é', 'a\nb', 'x'.repeat(256)])
      await t.rejects(client.networks.create(NETWORK, { idempotencyKey }), TypeError);
    t.equal(seen.length, 2);
  },
);

t.test('while the first of two is still being carried out the second is sent again', async (t) => {
  const inUse = {
    status: 409,
    body: { code: 'IdempotencyKeyInUse', status: 409, message: 'wait' },
  };
  const { client, seen } = await scripted(t, { status: 0, breaks: true }, inUse, inUse, {
    status: 202,
    body: { id: '1' },
  });
  t.match(await client.virtualmachines.restart('1'), { id: '1' });
  t.equal(new Set(seen.map(({ key }) => key)).size, 1);
});

t.test('what repeating does not help is not repeated', async (t) => {
  const inUse = { status: 409, body: { code: 'InUse', status: 409, message: 'there are servers' } };
  const { client, seen } = await scripted(t, inUse, { status: 500 }, { status: 404 });
  await t.rejects(client.networks.delete('1'), { status: 409, code: 'InUse', requestId: 'r1' });
  await t.rejects(client.networks.get('1'), { status: 500, code: 'Unknown' });
  await t.rejects(client.networks.get('1'), ApiError);
  t.equal(seen.length, 3);
});

t.test('it gives up after five times, with the last error', async (t) => {
  const { client, seen } = await scripted(t, busy, busy, busy, busy, busy, busy);
  await t.rejects(client.networks.list(), { code: 'StoreUnavailable' });
  t.equal(seen.length, 5);
});

t.test('an API that is not there is a ConnectionError that names the cause', async (t) => {
  const client = createClient({
    url: 'http://127.0.0.1:9',
    accessKey: 'a',
    secretKey: 'b',
    attempts: 1,
  });
  const error = await client.networks.get('1').catch((thrown: unknown) => thrown);
  t.ok(error instanceof ConnectionError && error.cause !== undefined);
});

t.test('an answer that does not come in time is a ConnectionError', async (t) => {
  const client = createClient({
    url: 'http://cloud.example',
    accessKey: 'a',
    secretKey: 'b',
    attempts: 1,
    timeoutMs: 5,
    fetch: (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  });
  await t.rejects(client.networks.get('1'), /no answer within 5 ms/);
});

t.test('keys may have any letters', async (t) => {
  let header = '';
  const client = createClient({
    url: 'http://cloud.example',
    accessKey: 'zoë',
    secretKey: 'sécret:with:colons',
    fetch: async (_url, init) => {
      header = new Headers(init?.headers).get('authorization') ?? '';
      return Response.json({});
    },
  });
  await client.networks.get('1');
  t.equal(Buffer.from(header.slice(6), 'base64').toString(), 'zoë:sécret:with:colons');
});
