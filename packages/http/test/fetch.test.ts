import { account, TypeRegistry } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type FetchApi, fetchApi } from '@gdcloud/http/fetch';
import t from 'tap';
import { disk } from './disk-type.js';
import { DoubleResources } from './double.js';
import { FlowingContents } from './mounts/flowing-contents.js';
import { at, basic } from './served.js';

interface World {
  readonly handle: FetchApi;
  readonly contents: FlowingContents;
  readonly clock: ManualClock;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of a disk. */
  readonly url: string;
}

async function world(): Promise<World> {
  const types = new TypeRegistry([account, disk]);
  const resources = new DoubleResources(types);
  const contents = new FlowingContents();
  const clock = new ManualClock();
  const handle = fetchApi({ types, resources, contents, timer: clock, prefix: '/cloud' });
  const headers = { authorization: basic(resources.addAccount('Ada', 'user')) };
  const made = await handle(
    new Request('https://h/cloud/v1/disks', { method: 'POST', headers, body: '{"label":"a"}' }),
  );
  const self = String(at(await made.json(), 'links', 'self'));
  return { handle, contents, clock, headers, url: `${self}/content` };
}

t.test('a request says itself where it was sent to', async (t) => {
  const { handle, headers } = await world();
  const plain = await handle(new Request('https://cloud.example:8443/cloud?x=1#y', { headers }));
  t.match(at(await plain.json(), 'links', 'self'), 'https://cloud.example:8443/cloud/');
  const ended = await handle(new Request('http://cloud.example/cloud', { headers }), {
    scheme: 'https',
    peerAddress: '192.0.2.1',
  });
  t.match(at(await ended.json(), 'links', 'self'), 'https://cloud.example/cloud/');
  t.equal(ended.headers.get('x-api-client-ip'), '192.0.2.1');
});

t.test('paths that are not its own go to next, and are 404 without one', async (t) => {
  const { handle } = await world();
  const request = new Request('https://h/elsewhere');
  const next = () => new Response('the host');
  t.equal(await (await handle(request, { next })).text(), 'the host');
  t.match(await (await handle(request)).json(), { status: 404, code: 'NotFound' });
});

t.test('a body that the host has read is taken from it', async (t) => {
  const { handle, headers } = await world();
  const request = new Request('https://h/cloud/v1/disks', { method: 'POST', headers, body: '{}' });
  await request.text();
  const bytes = new TextEncoder().encode('{"label":"given"}');
  t.match(await (await handle(request, { bytes })).json(), { label: 'given' });
});

t.test('a connection can not be told to end by it', async (t) => {
  const { handle, headers } = await world();
  const answer = await handle(new Request('https://h/cloud/v1/%ff', { headers }));
  t.equal(answer.status, 400);
  t.equal(answer.headers.get('connection'), null);
});

t.test('a download that is cancelled is over, also while it waits for bytes', async (t) => {
  const { handle, headers, contents, url } = await world();
  contents.stuck = 'yes';
  const reader = (await handle(new Request(url, { headers }))).body?.getReader();
  t.equal((await reader?.read())?.value?.byteLength, 64 * 1024);
  const waiting = reader?.read();
  await reader?.cancel();
  t.same(await waiting, { done: true, value: undefined });
  t.equal(contents.closed, 1);
});

t.test('a download ends, broken off, when the request is aborted', async (t) => {
  const { handle, headers, contents, url } = await world();
  const left = new AbortController();
  contents.stuck = 'yes';
  const { body } = await handle(new Request(url, { headers, signal: left.signal }));
  const reader = body?.getReader();
  await reader?.read();
  left.abort();
  await t.rejects(Promise.resolve(reader?.read()), { message: 'the client is gone' });
  await contents.until(({ closed }) => closed === 1);
  const late = await handle(new Request(url, { headers, signal: AbortSignal.abort() }));
  await t.rejects(late.text());
  await contents.until(({ closed }) => closed === 2);
});

t.test('a download that nobody takes ends after a while', async (t) => {
  const { handle, headers, contents, clock, url } = await world();
  const never = await handle(new Request(url, { headers }));
  clock.advance(59_999);
  t.equal(contents.closed, 0);
  clock.advance(1);
  await contents.until(({ closed }) => closed === 1);
  await t.rejects(never.text(), { message: 'the client stopped taking bytes' });

  const slow = (await handle(new Request(url, { headers }))).body?.getReader();
  for (let taken = 0; taken < 3; taken += 1) {
    clock.advance(59_999);
    t.equal((await slow?.read())?.done, false, 'each bite counts');
  }
  await slow?.cancel();
  t.equal(contents.closed, 2);
});

t.test('what is taken out by halves fails for who reads it', async (t) => {
  const { handle, headers, contents, url } = await world();
  contents.breaks = 'yes';
  const answer = await handle(new Request(url, { headers }));
  t.equal(answer.status, 200);
  await t.rejects(answer.arrayBuffer(), { message: 'the share is gone' });
  t.equal(contents.closed, 1);
});

t.test('HEAD and what is unchanged have no body, and leave nothing open', async (t) => {
  const { handle, headers, contents, url } = await world();
  const head = await handle(new Request(url, { headers, method: 'HEAD' }));
  t.match({ status: head.status, body: head.body }, { status: 200, body: null });
  const tagged = { ...headers, 'if-none-match': '"tag"' };
  const same = await handle(new Request(url, { headers: tagged }));
  t.match({ status: same.status, body: same.body }, { status: 304, body: null });
  t.equal(contents.closed, 2);
});
