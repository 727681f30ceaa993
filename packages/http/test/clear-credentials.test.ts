import { ApiHandler, type ApiOptions, type ReceivedRequest } from '@gdcloud/http';
import t from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { at, basic } from './served.js';
import { request } from './socketless.js';

interface Asked {
  readonly peer?: string | undefined;
  readonly scheme?: 'http' | 'https';
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly key?: 'given' | 'none';
}

/** Answers to what was asked of an API with these options. */
function door(options: Partial<ApiOptions> = {}) {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  const key = resources.addAccount('Ada', 'user');
  const handler = new ApiHandler({ types, resources, ...options });
  return async ({ peer, scheme = 'http', headers = {}, path = '/v1', ...asked }: Asked) => {
    const authorization = asked.key === 'none' ? {} : { authorization: basic(key) };
    const received: ReceivedRequest = {
      ...request('GET', path, { ...authorization, ...headers }),
      peerAddress: peer,
      scheme,
    };
    const answer = await handler.handle(received);
    const json: unknown = JSON.parse(answer.body);
    return { status: answer.status, headers: answer.headers, code: at(json, 'code'), json };
  };
}

const PROXIED = { 'x-forwarded-for': '203.0.113.9' };

t.test('keys over plain http from other machines are refused, with what to do (T9)', async (t) => {
  const ask = door();
  for (const peer of ['192.0.2.1', '10.0.0.1', '::ffff:192.0.2.1', '2001:db8::1', undefined]) {
    const answer = await ask({ peer });
    t.match(answer, { status: 403, code: 'EncryptionRequired' }, String(peer));
    t.match(answer.json, { detail: /Use https/ });
    const asked = await ask({ peer, key: 'none' });
    t.match(asked, { status: 403, code: 'EncryptionRequired' });
    t.notOk(asked.headers['www-authenticate'], 'and nobody is asked for a key');
  }
});

t.test('over https, from this machine, and where it is allowed, they are taken', async (t) => {
  const ask = door();
  t.equal((await ask({ peer: '192.0.2.1', scheme: 'https' })).status, 200);
  for (const peer of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', 'local'])
    t.equal((await ask({ peer })).status, 200, peer);
  t.equal((await door({ credentialsInClear: 'accepted' })({ peer: '192.0.2.1' })).status, 200);
});

t.test('what needs no key is answered to everybody', async (t) => {
  const ask = door();
  for (const path of ['/', '/healthz', '/readyz'])
    t.equal((await ask({ peer: '192.0.2.1', path })).status, 200, path);
});

t.test('of a proxy counts what its client has used, and only where it is believed', async (t) => {
  const ask = door({ trustForwarded: ['10.0.0.1'] });
  const via = (proto: Record<string, string>, peer = '10.0.0.1') =>
    ask({ peer, headers: { ...PROXIED, ...proto } });
  t.equal((await via({ 'x-forwarded-proto': 'https' })).status, 200);
  t.equal((await via({})).status, 200, 'one that does not say is trusted');
  t.equal((await via({ 'x-forwarded-proto': 'http' })).code, 'EncryptionRequired');
  const liar = await via({ 'x-forwarded-proto': 'https' }, '192.0.2.1');
  t.equal(liar.code, 'EncryptionRequired');
  const local = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' };
  t.equal((await ask({ peer: '192.0.2.1', headers: local })).code, 'EncryptionRequired');
});

t.test('browsers are told to stay with https, over https only', async (t) => {
  const header = async (ask: ReturnType<typeof door>, asked: Asked) =>
    (await ask(asked)).headers['strict-transport-security'];
  const ask = door({ trustForwarded: ['10.0.0.1'] });
  t.equal(await header(ask, { scheme: 'https' }), 'max-age=31536000');
  t.equal(await header(ask, { scheme: 'https', key: 'none' }), 'max-age=31536000', 'errors too');
  t.equal(await header(ask, { peer: 'local' }), undefined);
  const headers = { 'x-forwarded-proto': 'https' };
  t.equal(await header(ask, { peer: '10.0.0.1', headers }), 'max-age=31536000');
  t.equal(await header(ask, { peer: '192.0.2.1', headers }), undefined);
  const own = door({ strictTransportSecurity: 'max-age=60; includeSubDomains' });
  t.equal(await header(own, { scheme: 'https' }), 'max-age=60; includeSubDomains');
  t.equal(await header(door({ strictTransportSecurity: 'none' }), { scheme: 'https' }), undefined);
});
