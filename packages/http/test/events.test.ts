import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Cloud, type CloudOptions, createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { type ApiOptions, api } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { EventClient } from './event-client.js';
import { at, listening } from './served.js';

const ADMIN = { publicValue: 'admin', secretValue: 'the-administrators-secret' };
const NETWORK = { domain: 'a.local', ipv4Cidr: '10.0.0.0/24' };

interface User {
  readonly authorization: string;
  readonly accountId: string;
  readonly keyId: string;
}

interface Feeding {
  readonly url: string;
  readonly cloud: Cloud;
  readonly admin: User;
  readonly listen: (
    user: User,
    query?: string,
    headers?: Readonly<Record<string, string>>,
  ) => EventClient;
  /** A stream that is open. */
  readonly opened: (
    user: User,
    query?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<EventClient>;
  readonly send: (user: User, method: string, path: string, body?: object) => Promise<unknown>;
  /** Resolves when a resource is at rest. */
  readonly settled: (user: User, path: string) => Promise<void>;
  readonly user: (name: string) => Promise<User>;
}

async function feeding(
  t: Test,
  feed: CloudOptions['feed'] = {},
  options: Partial<ApiOptions> = {},
): Promise<Feeding> {
  const cloud = createCloud({
    plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
    pepper: new Uint8Array(16),
    administratorKey: ADMIN,
    feed,
  });
  await cloud.start();
  const { types, resources } = cloud;
  const handle = api({ types, resources, feed: cloud.feed, ...options });
  const server = createServer((request, response) => void handle(request, response));
  const url = `http://127.0.0.1:${await listening(server)}${options.prefix ?? ''}/v1`;
  t.teardown(async () => {
    await cloud.stop();
    server.close();
    server.closeAllConnections();
  });
  const basic = (publicValue: string, secretValue: string): string =>
    `Basic ${Buffer.from(`${publicValue}:${secretValue}`).toString('base64')}`;
  const send: Feeding['send'] = async ({ authorization }, method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const admin = {
    authorization: basic(ADMIN.publicValue, ADMIN.secretValue),
    accountId: '1',
    keyId: '1',
  };
  const listen: Feeding['listen'] = ({ authorization }, query = '', headers = {}) => {
    const client = new EventClient(`${url}/events${query}`, { authorization, ...headers });
    t.teardown(() => client.close());
    return client;
  };
  return {
    url,
    cloud,
    admin,
    listen,
    async opened(user, query, headers) {
      const client = listen(user, query, headers);
      const { statusCode } = await client.opened();
      t.equal(statusCode, 200);
      await client.next(({ event }) => event === 'ready', 'ready');
      return client;
    },
    send,
    async settled(user, path) {
      while (at(await send(user, 'GET', path), 'transitioning') !== 'no');
    },
    async user(name) {
      const account = await send(admin, 'POST', '/accounts', { name });
      const accountId = String(at(account, 'id'));
      const key = await send(admin, 'POST', '/apikeys', { accountId });
      return {
        authorization: basic(String(at(key, 'publicValue')), String(at(key, 'secretValue'))),
        accountId,
        keyId: String(at(key, 'id')),
      };
    },
  };
}

const isSettled =
  (type: string, id: string) =>
  ({ data }: { readonly data: unknown }): boolean =>
    at(data, 'resourceType') === type &&
    at(data, 'resourceId') === id &&
    at(data, 'transitioning') === 'no';

/** What a stream was told of before the first change of that resource. */
async function before(stream: EventClient, resource: string): Promise<readonly string[]> {
  const count = await stream.until(() => {
    const index = stream.changes.indexOf(resource);
    return index === -1 ? undefined : index;
  }, resource);
  return stream.whatsOf(count);
}

t.test('a stream begins with where it is, and tells each change in one line', async (t) => {
  const { opened, send, user, url } = await feeding(t);
  const ada = await user('ada');
  const stream = await opened(ada, '?resourceType=network');
  const { headers } = await stream.opened();
  t.match(headers['content-type'], /^text\/event-stream/);
  t.equal(headers['cache-control'], 'no-store, private');
  t.equal(headers['x-accel-buffering'], 'no');
  t.match(
    stream.text,
    /^retry: 2000\nevent: ready\nid: \S+\ndata: \{"type":"ready","position":"\S+"\}\n\n$/,
  );
  const made = await send(ada, 'POST', '/networks', { name: 'n', ...NETWORK });
  const { data, id } = await stream.next(isSettled('network', '1'), 'a settled network');
  const first = stream.events.find(({ event }) => event === 'change');
  t.match(first?.data, {
    type: 'change',
    id: first?.id,
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    timeTS: Number,
    resourceType: 'network',
    resourceId: '1',
    resourceUuid: at(made, 'uuid'),
    accountId: ada.accountId,
    generation: 1,
    removed: null,
    events: [{ what: 'requested', why: String, result: String, time: String, timeTS: Number }],
    links: { resource: `${url}/networks/1` },
  });
  t.match(data, { id, state: 'active', transitioning: 'no' });
  t.notOk(at(data, 'resource'), 'which is not embedded unless it is asked for');
  await send(ada, 'DELETE', '/networks/1');
  const gone = await stream.next(({ data: told }) => at(told, 'state') === 'removed', 'its end');
  t.type(at(gone.data, 'removed'), 'string');
  t.type(at(gone.data, 'removedTS'), 'number');
});

t.test('accounts hear nothing of each other, administrators hear of all', async (t) => {
  const { opened, send, user, admin } = await feeding(t);
  const [ada, bob] = [await user('ada'), await user('bob')];
  const [adas, bobs, all] = [await opened(ada), await opened(bob), await opened(admin)];
  const only = await opened(admin, `?accountId=${bob.accountId}&resourceType=network`);
  await send(ada, 'POST', '/networks', NETWORK);
  await send(bob, 'POST', '/networks', NETWORK);
  await adas.next(isSettled('network', '1'));
  await bobs.next(isSettled('network', '2'));
  await only.next(isSettled('network', '2'));
  await all.next(isSettled('network', '1'));
  await all.next(isSettled('network', '2'));
  t.notOk(adas.changes.includes('network 2'));
  t.notOk(bobs.changes.includes('network 1'));
  t.same([...new Set(only.changes)], ['network 2']);
  for (const stream of [adas, bobs])
    t.notOk(stream.text.includes('"host"'), 'nor of what is for administrators only');
});

t.test('after a lost connection a stream goes on where it was', async (t) => {
  const { opened, send, settled, user } = await feeding(t);
  const ada = await user('ada');
  const all = await opened(ada, '?resourceType=network');
  const first = await opened(ada, '?resourceType=network');
  await send(ada, 'POST', '/networks', NETWORK);
  await first.next(isSettled('network', '1'));
  first.close();
  await first.end();
  await send(ada, 'POST', '/networks', NETWORK);
  await settled(ada, '/networks/1');
  await settled(ada, '/networks/2');
  await send(ada, 'POST', '/networks', NETWORK);
  const told = await before(all, 'network 3');
  t.ok(told.length > first.whats.length);
  const again = await opened(ada, '?resourceType=network', { 'last-event-id': first.lastId });
  const asked = await opened(ada, `?resourceType=network&after=${first.lastId}`);
  const header = await opened(ada, '?resourceType=network&after=nonsense', {
    'last-event-id': first.lastId,
  });
  for (const stream of [again, asked, header])
    t.same([...first.whats, ...(await before(stream, 'network 3'))], told);
});

t.test(
  'a change comes with its resource as the caller sees it, when that is asked for',
  async (t) => {
    const { opened, send, user } = await feeding(t);
    const ada = await user('ada');
    const stream = await opened(ada, '?resourceType=network&include=resource');
    const plain = await opened(ada, '?resourceType=network');
    await send(ada, 'POST', '/networks', { name: 'n', ...NETWORK });
    const { data } = await stream.next(isSettled('network', '1'));
    t.match(at(data, 'resource'), { id: '1', type: 'network', name: 'n', links: { self: String } });
    await plain.next(isSettled('network', '1'));
    await send(ada, 'PUT', '/networks/1', { name: 'm' });
    const changed = await stream.next(
      ({ data: told }) => at(told, 'resource', 'name') === 'm',
      'the new name',
    );
    t.equal(at(changed.data, 'generation'), 2);
    await send(ada, 'DELETE', '/networks/1');
    const gone = await stream.next(({ data: told }) => at(told, 'state') === 'removed');
    t.match(at(gone.data, 'resource'), { state: 'removed' });
    await plain.next(({ data: told }) => at(told, 'state') === 'removed');
    t.same(stream.whats, plain.whats, 'and is told in the same order');
  },
);

t.test('what can’t be meant is refused', async (t) => {
  const { listen, user, admin, cloud } = await feeding(t);
  const ada = await user('ada');
  const refused = async (
    query: string,
    status: number,
    code: string,
    asked = ada,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const stream = listen(asked, query, headers);
    t.equal((await stream.opened()).statusCode, status, query);
    await stream.end();
    t.match(JSON.parse(stream.text), { type: 'error', status, code }, query);
  };
  await refused('?resourceType=nothing', 400, 'InvalidQuery');
  await refused('?resourceType=orphan', 400, 'InvalidQuery');
  await refused('?resourceId=1', 400, 'InvalidQuery');
  await refused('?resourceId=1&resourceType=network&resourceType=volume', 400, 'InvalidQuery');
  await refused('?resourceId=1&resourceId=2&resourceType=network', 400, 'InvalidQuery');
  await refused('?include=network', 400, 'InvalidQuery');
  await refused('?after=nonsense', 400, 'InvalidQuery');
  await refused('', 400, 'InvalidQuery', ada, { 'last-event-id': '17' });
  await refused('?accountId=99', 403, 'PermissionDenied');
  await refused('?accountId=1', 403, 'PermissionDenied');
  await refused('?accountId=99', 400, 'InvalidQuery', admin);
  await refused('', 406, 'NotAcceptable', ada, { accept: 'application/json' });
  await refused('', 401, 'Unauthorized', { ...ada, authorization: 'Basic eDp5' });
  t.equal((await cloud.health()).ready, 'yes');
});

t.test('only reading is possible, and HEAD tells that it is there', async (t) => {
  const { url, user } = await feeding(t, { perAccount: 1 });
  const { authorization } = await user('ada');
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const { status, headers } = await fetch(`${url}/events`, {
      method,
      headers: { authorization },
    });
    t.equal(status, 405);
    t.equal(headers.get('allow'), 'GET, HEAD');
  }
  for (const _ of [1, 2]) {
    const { status, headers, body } = await fetch(`${url}/events`, {
      method: 'HEAD',
      headers: { authorization },
    });
    t.equal(status, 200, 'and takes no place');
    t.match(headers.get('content-type'), /^text\/event-stream/);
    t.equal(body, null);
  }
});

t.test('a browser that wants a page gets one, and its scripts get events', async (t) => {
  const { url, opened, user } = await feeding(t);
  const ada = await user('ada');
  const mozilla = { 'user-agent': 'Mozilla/5.0' };
  const page = await fetch(`${url}/events`, {
    headers: {
      authorization: ada.authorization,
      ...mozilla,
      accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    },
  });
  t.match(page.headers.get('content-type'), /^text\/html/);
  t.match(await page.text(), /server-sent events/);
  await opened(ada, '', { ...mozilla, accept: '*/*' });
  await opened(ada, '', { ...mozilla, accept: 'text/event-stream' });
  const root = await fetch(url, { headers: { authorization: ada.authorization } });
  t.match(await root.json(), { links: { events: `${url}/events` } });
});

t.test('without a feed there is no such path, nor a link to it', async (t) => {
  const { cloud, admin } = await feeding(t);
  const { types, resources } = cloud;
  const handle = api({ types, resources });
  const server = createServer((request, response) => void handle(request, response));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${await listening(server)}/v1`;
  const headers = { authorization: admin.authorization, connection: 'close' };
  t.equal((await fetch(`${url}/events`, { headers })).status, 404);
  const root: unknown = await (await fetch(url, { headers })).json();
  t.equal(at(root, 'links', 'events'), undefined);
});

t.test('links lead to where the API is mounted', async (t) => {
  const { opened, send, user, url } = await feeding(t, {}, { prefix: '/cloud' });
  const ada = await user('ada');
  const stream = await opened(ada, '?resourceType=network');
  await send(ada, 'POST', '/networks', NETWORK);
  const { data } = await stream.next(isSettled('network', '1'));
  t.equal(at(data, 'links', 'resource'), `${url}/networks/1`);
  t.match(url, /\/cloud\/v1$/);
});

t.test('a client that does not read holds nobody up, and misses nothing', async (t) => {
  const { opened, send, settled, user } = await feeding(t);
  const ada = await user('ada');
  const query = '?resourceType=network&include=resource';
  const [quick, slow] = [await opened(ada, query), await opened(ada, query)];
  slow.pause();
  await send(ada, 'POST', '/networks', { ...NETWORK, data: { note: 'x'.repeat(60_000) } });
  // More than sockets hold on the way: some of it has to wait.
  for (let n = 1; n <= 150; n += 1) await send(ada, 'PUT', '/networks/1', { name: `n${n}` });
  await settled(ada, '/networks/1');
  await send(ada, 'POST', '/networks', NETWORK);
  const told = await before(quick, 'network 2');
  t.equal(told.filter((what) => what === 'update requested').length, 150);
  t.ok(slow.text.length < quick.text.length, 'one has read all of it, the other has not');
  slow.resume();
  t.same(await before(slow, 'network 2'), told);
});

t.test('an account has so many streams', async (t) => {
  const { listen, opened, user } = await feeding(t, { perAccount: 2 });
  const [ada, bob] = [await user('ada'), await user('bob')];
  const first = await opened(ada);
  await opened(ada);
  const third = listen(ada);
  const { statusCode, headers } = await third.opened();
  t.equal(statusCode, 429);
  t.equal(headers['retry-after'], '30');
  await third.end();
  t.match(JSON.parse(third.text), { code: 'TooManyStreams' });
  await opened(bob);
  first.close();
  for (;;) {
    const again = listen(ada);
    if ((await again.opened()).statusCode === 200) break;
    await again.end();
  }
  t.pass('one that is lost makes room');
});

t.test('a key that is taken away is told so, and the stream ends', async (t) => {
  const { opened, send, user, admin } = await feeding(t);
  const ada = await user('ada');
  const stream = await opened(ada);
  await send(admin, 'POST', `/apikeys/${ada.keyId}?action=deactivate`, {});
  const { data } = await stream.next(({ event }) => event === 'bye', 'a farewell');
  t.same(data, { type: 'bye', reason: 'revoked' });
  await stream.end();
});

t.test('a cloud that stops tells so, and the stream ends', async (t) => {
  const { opened, cloud, admin } = await feeding(t);
  const streams = [await opened(admin), await opened(admin)];
  const before = streams.map(({ lastId }) => lastId);
  await cloud.stop();
  for (const stream of streams) await stream.end();
  t.same(
    streams.map(({ events }) => events.at(-1)),
    before.map((id, index) => ({
      event: 'bye',
      id: streams[index]?.lastId ?? id,
      data: { type: 'bye', reason: 'shutdown' },
    })),
  );
});

t.test('a thousand idle streams are small', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const { opened, admin } = await feeding(
    t,
    { perAccount: 2_000 },
    { traffic: { rates: 'unlimited' } },
  );
  for (let n = 0; n < 100; n += 1) await opened(admin);
  const before = heap();
  for (let n = 0; n < 100; n += 1)
    await Promise.all(Array.from({ length: 10 }, () => opened(admin)));
  const each = (heap() - before) / 1_000;
  t.ok(each <= 40_000, `${each.toFixed(0)} bytes of the heap for both ends of a stream`);
});
