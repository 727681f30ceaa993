import { PortUnavailable, RequestError } from '@gdcloud/core';
import t from 'tap';
import { at, sends, serve } from '../served.js';

t.test(
  'no answer is a script: there are no callbacks, and JSON says what it is (T12)',
  async (t) => {
    const served = await serve(t);
    for (const word of ['callback', 'jsonp', 'cb', '_callback']) {
      const plain = await served.fetch('/v1');
      const asked = await served.fetch(`/v1?${word}=alert`);
      t.equal(asked.text, plain.text, word);
      t.equal(asked.headers.get('content-type'), 'application/json; charset=utf-8', word);
      t.equal(asked.headers.get('x-content-type-options'), 'nosniff', word);
    }
    const { headers } = await served.fetch('/v1', {
      headers: { accept: 'application/javascript, */*' },
    });
    t.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  },
);

t.test('there are no sessions: no answer sets a cookie, and none is looked at (T14)', async (t) => {
  const served = await serve(t);
  const browser = { 'user-agent': 'Mozilla/5.0', accept: '*/*' };
  for (const init of [{}, { headers: browser }, { key: null }, { key: null, headers: browser }]) {
    const reply = await served.fetch('/v1', init);
    t.equal(reply.headers.get('set-cookie'), null);
  }
  const cookie = 'CSRF=1; session=1; authorization=1';
  t.equal((await served.fetch('/v1', { key: null, headers: { cookie } })).status, 401);
});

t.test('whatever is asked for, nobody is sent elsewhere (T44)', async (t) => {
  const served = await serve(t);
  const targets = [
    '//evil.example/%2e%2e',
    '//evil.example/v1',
    '///evil.example',
    '/\\evil.example',
    '/v1//evil.example/',
    '/v1/..//evil.example',
    '/v1/%2f%2fevil.example',
    '/%2f%2fevil.example',
    '/v1?next=//evil.example&url=http://evil.example&redirect=//evil.example',
    '/v1/networks/?marker=//evil.example',
    '/.//evil.example',
    '/v1/networks/https:%2f%2fevil.example',
  ];
  for (const target of targets) {
    const answer = await served.raw(
      `GET ${target} HTTP/1.1\r\nHost: cloud.example\r\nConnection: close\r\n\r\n`,
    );
    t.notMatch(answer, /^HTTP\/1\.1 3/, target);
    t.notMatch(answer, /\r\nlocation:/i, target);
    t.notMatch(answer, /"https?:\/\/evil/, target);
  }
  const made = await served.fetch('/v1/volumes', {
    ...sends('POST', { sizeGb: 1, name: '//evil.example' }),
    headers: { 'content-type': 'application/json', referer: 'http://evil.example/' },
  });
  t.match(made.headers.get('location'), `${served.url}/v1/volumes/`);
});

t.test('no failure tells of the inside, whatever its kind (T38)', async (t) => {
  const inside = 'SELECT secret FROM /var/lib/gdcloud at stack.js:1:1';
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const served = await serve(t, { logger: { ...quiet, error: () => undefined } });
  const cause = new Error(inside);
  const thrown: readonly [Error, number][] = [
    [new TypeError(inside), 500],
    [new RangeError(inside, { cause }), 500],
    [Object.assign(new Error(inside), { code: '42P01', query: inside }), 500],
    [new AggregateError([cause], inside), 500],
    [new PortUnavailable('store', 'it is away', { remedy: 'Wait.', cause }), 503],
    [new RequestError('Conflict', 'it is being changed', { cause }), 409],
    [new RequestError('InvalidReference', 'it is not there', { cause }), 422],
  ];
  for (const [error, status] of thrown) {
    for (const headers of [{}, { 'user-agent': 'Mozilla/5.0', accept: '*/*' }]) {
      served.cloud.nextFailure = error;
      const reply = await served.fetch('/v1/volumes', { headers });
      t.equal(reply.status, status, `${error.name} ${status}`);
      t.notMatch(
        reply.text,
        /SELECT|\/var\/|stack\.js|42P01|node_modules/,
        `${error.name} ${status}`,
      );
    }
  }
});

t.test('what fails while it is found out who asks lets nobody in (T48)', async (t) => {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const served = await serve(t, { logger: { ...quiet, error: () => undefined } });
  const made = await served.fetch('/v1/volumes', sends('POST', { sizeGb: 1 }));
  const path = `/v1/volumes/${String(at(made.json, 'id'))}`;
  const writes = served.cloud.writes;
  for (const failure of [
    new PortUnavailable('store', 'away', { remedy: 'Wait.' }),
    new TypeError('broken'),
  ]) {
    for (const init of [{}, sends('PUT', { name: 'x' }), { method: 'DELETE' }]) {
      served.cloud.authenticate = async () => {
        throw failure;
      };
      const reply = await served.fetch(path, init);
      t.ok([500, 503].includes(reply.status), `${failure.name}: ${reply.status}`);
      t.notMatch(reply.text, 'sizeGb');
      t.equal(reply.headers.get('x-api-account-id'), null);
    }
  }
  t.equal(served.cloud.writes, writes, 'nothing was written');
});

t.test('no header and no path writes a line of its own into a log (T37)', async (t) => {
  const lines: string[] = [];
  const write = (data: object, message: string) => {
    lines.push(JSON.stringify({ ...data, message }));
  };
  const logger = { debug: write, info: write, warn: write, error: write };
  const served = await serve(t, { logger });
  const nasty = ['%0d%0aforged', '%1b%5b31m', '%e2%80%a8forged', '%00'];
  for (const text of nasty) {
    await served.fetch(`/v1/networks/${text}?name=${text}`, {
      headers: { 'x-request-id': decodeURIComponent(text).replaceAll(/[^\x20-\x7e]/g, '~') },
    });
  }
  served.cloud.nextFailure = new TypeError('first\r\nforged \u001b[31m');
  await served.fetch('/v1/networks');
  t.ok(lines.length > nasty.length);
  t.notMatch(lines.join(''), /\p{Cc}/u, 'what is logged is data: writers escape it');
  t.notMatch(lines.join(''), /~forged/, 'what does not look like a name of a request is none');
});
