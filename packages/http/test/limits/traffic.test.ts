import { once } from 'node:events';
import { connect } from 'node:net';
import { type Caller, type ListPage, RequestError } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { ApiHandler, type ApiOptions } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { DoubleResources, type Key } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { basic, serve } from '../served.js';
import { request } from '../socketless.js';

const types = doubleTypes();

/** An API whose time stands still until a test moves it. */
function still(options: Partial<ApiOptions> = {}) {
  const clock = new ManualClock();
  const resources = new DoubleResources(types);
  const admin = resources.addAccount('Root', 'admin');
  const user = resources.addAccount('Ada', 'user');
  const handler = new ApiHandler({ types, resources, timer: clock, ...options });
  const ask = async (key: Key, method = 'GET', path = '/v1/volumes', body = '') => {
    const answer = await handler.handle(
      request(method, path, { authorization: basic(key) }, Buffer.from(body)),
    );
    return { ...answer, json: JSON.parse(answer.body || '{}') as Record<string, unknown> };
  };
  const times = async (count: number, one: () => Promise<{ readonly status: number }>) => {
    const statuses = new Map<number, number>();
    for (let index = 0; index < count; index += 1) {
      const { status } = await one();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    return Object.fromEntries(statuses);
  };
  return { clock, resources, admin, user, handler, ask, times };
}

/** Another key of the same account. */
function secondKey(resources: DoubleResources, key: Key): Key {
  const second = { ...key, publicValue: `${key.publicValue}-2` };
  resources.keys.push(second);
  return second;
}

/** Resources whose lists are answered when the test says so. */
function held(resources: DoubleResources) {
  const waiting: (() => void)[] = [];
  const list = resources.list.bind(resources);
  let arrived: (() => void) | undefined;
  resources.list = async (...args): Promise<ListPage> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      arrived?.();
    });
    return list(...args);
  };
  return {
    /** Resolves when so many wait. */
    async arrival(count: number): Promise<void> {
      while (waiting.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
    },
    /** Resolves when all that follows without waiting has happened. */
    async release(): Promise<void> {
      for (const go of waiting.splice(0)) go();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

t.test('a key that asks too often is told when to come again', async (t) => {
  const { clock, user, ask, times } = still();
  const first = await ask(user);
  t.match(first.headers, {
    'ratelimit-policy': '"read";q=1000;w=5',
    ratelimit: '"read";r=999;t=1',
  });
  t.same(await times(1_049, () => ask(user)), { 200: 999, 429: 50 });
  const refused = await ask(user);
  t.match(refused.json, {
    type: 'error',
    status: 429,
    code: 'TooManyRequests',
    message: 'this key may read 200 times a second, and 1000 times at once',
    detail: /Retry-After/,
  });
  t.match(refused.headers, { 'retry-after': '1', 'x-api-schemas': 'http://h/v1/schemas' });
  clock.advance(1_000);
  t.same(await times(250, () => ask(user)), { 200: 200, 429: 50 }, 'and may then');
});

t.test('writes are counted apart from reads', async (t) => {
  const { user, ask, times } = still();
  const write = () => ask(user, 'POST', '/v1/volumes', '{"sizeGb":1}');
  t.same(await times(300, write), { 201: 250, 429: 50 });
  t.equal((await ask(user)).status, 200);
});

t.test('who looks every 10 ms whether it is ready is never refused', async (t) => {
  const { clock, user, ask, times } = still();
  const poll = () => {
    clock.advance(10);
    return ask(user);
  };
  t.same(await times(3_000, poll), { 200: 3_000 });
});

t.test('more keys are not more than twice as much for an account', async (t) => {
  const { resources, user, ask, times } = still();
  const keys = [user, secondKey(resources, user), secondKey(resources, secondKey(resources, user))];
  let passed = 0;
  for (const key of keys) passed += (await times(1_100, () => ask(key)))[200] ?? 0;
  t.equal(passed, 2_000);
  const neighbour = resources.addAccount('Bob', 'user');
  t.equal((await ask(neighbour)).status, 200, 'and nobody else notices');
});

t.test('administrators may ask five times as often', async (t) => {
  const { admin, ask, times } = still();
  t.same(await times(5_010, () => ask(admin)), { 200: 5_000, 429: 10 });
});

t.test('limits are settings, and can be none', async (t) => {
  const few = still({
    traffic: { rates: { readsPerSecond: 0.1, writesPerSecond: 1, burstSeconds: 10 } },
  });
  t.same(await few.times(2, () => few.ask(few.user)), { 200: 1, 429: 1 });
  t.equal((await few.ask(few.user)).headers['retry-after'], '10');
  const none = still({ traffic: { rates: 'unlimited' } });
  t.same(await none.times(2_000, () => none.ask(none.user)), { 200: 2_000 });
  t.equal((await none.ask(none.user)).headers['ratelimit'], undefined);
});

t.test('wrong keys are refused after a few, without being looked at', async (t) => {
  const { resources, user, ask, times } = still();
  const authenticate = resources.authenticate.bind(resources);
  let looked = 0;
  resources.authenticate = async (...args): Promise<Caller | undefined> => {
    looked += 1;
    return authenticate(...args);
  };
  const wrong = { ...user, secretValue: 'guess' };
  t.same(await times(1_000, () => ask(wrong)), { 401: 10, 429: 990 });
  t.equal(looked, 10);
  const refused = await ask(wrong);
  t.match(refused.headers, { 'retry-after': '2' });
  t.equal(refused.headers['www-authenticate'], undefined, 'and no browser asks for another');
});

t.test('a key has so many requests at work, and a process so many', async (t) => {
  const { resources, user, admin, ask } = still({ traffic: { atOncePerKey: 3, atOnce: 5 } });
  const gate = held(resources);
  const working = Array.from({ length: 3 }, () => ask(user));
  await gate.arrival(3);
  t.match(await ask(user), {
    status: 429,
    headers: { 'retry-after': '1' },
    json: { code: 'TooManyRequests', message: '3 requests of this key are being worked on' },
  });
  working.push(ask(admin), ask(admin));
  await gate.arrival(5);
  t.match(await ask(admin), {
    status: 503,
    headers: { 'retry-after': '1' },
    json: { code: 'Overloaded', message: '5 requests are being worked on' },
  });
  await gate.release();
  for (const answer of await Promise.all(working)) t.equal(answer.status, 200);
  const after = Array.from({ length: 3 }, () => ask(user));
  await gate.arrival(3);
  await gate.release();
  for (const answer of await Promise.all(after)) t.equal(answer.status, 200, 'and then others');
});

t.test('failures free what they held', async (t) => {
  const { resources, user, ask } = still({ traffic: { atOncePerKey: 1, atOnce: 1 } });
  for (let index = 0; index < 5; index += 1) {
    resources.nextFailure = new TypeError('a bug');
    t.equal((await ask(user)).status, 500);
    t.equal((await ask({ ...user, publicValue: 'nobody' })).status, 401);
    resources.nextFailure = new RequestError('Conflict', 'not now');
    t.equal((await ask(user)).status, 409);
  }
  t.equal((await ask(user)).status, 200);
});

t.test('what takes too long is answered, and counts until it ends', async (t) => {
  const { clock, resources, user, ask } = still({ traffic: { atOncePerKey: 1 } });
  const gate = held(resources);
  const slow = ask(user);
  await gate.arrival(1);
  clock.advance(60_000);
  t.match(await slow, {
    status: 504,
    json: { code: 'DeadlineExceeded', detail: /may still be carried out/ },
  });
  t.equal((await ask(user)).status, 429, 'because it is still at work');
  await gate.release();
  const next = ask(user);
  await gate.arrival(1);
  await gate.release();
  t.equal((await next).status, 200);
});

/** Sends the head of a POST and a part of its body, and waits until the handler asks for the rest. */
async function halfBody(t: Test, clock: ManualClock): Promise<string> {
  const served = await serve(t, { timer: clock });
  const socket = connect(served.port, '127.0.0.1');
  socket.write(
    `POST /v1/volumes HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic(served.user)}\r\nContent-Length: 100\r\n\r\n{"siz`,
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The deadline of the whole request is scheduled first, that of the body once it is waited for.
  while (clock.scheduled < 2) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  await once(socket, 'close');
  t.equal(served.cloud.writes, 0);
  return Buffer.concat(chunks).toString();
}

t.test('a body that does not come is answered with 408, and the connection ends', async (t) => {
  const answer = await halfBody(t, new ManualClock());
  t.match(answer, /^HTTP\/1\.1 408 /);
  t.match(answer, /"code":"RequestTimeout"/);
  t.match(answer, /^x-api-schemas: /im);
  t.match(answer, /^connection: close/im);
});
