import { asUuid } from '@gdcloud/core';
import t from 'tap';
import { at, type Served, sends, serve } from './served.js';

const BROWSER = { accept: 'text/html,*/*', 'user-agent': 'Mozilla/5.0' };

/** A server that waits for a network whose backend is away. */
async function waiting(served: Served): Promise<{ readonly id: string; readonly network: string }> {
  const made = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  const network = String(at(made.json, 'id'));
  const asked = await served.fetch('/v1/virtualmachines', sends('POST', { networkId: network }));
  const id = String(at(asked.json, 'id'));
  const named = {
    name: `network ${network}`,
    type: 'network',
    id: network,
    uuid: asUuid(String(at(made.json, 'uuid'))),
  };
  served.cloud.explained = {
    verdict: `virtualmachine ${id} is not running yet: its network ${network} waits`,
    asAsked: 'no',
    root: { ...named, condition: 'Reconciled', reason: 'Unreachable', message: 'no route' },
    chain: [named],
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'WaitingForDependency',
        message: 'waiting',
        observedGeneration: 1,
        current: 'yes',
        lastTransitionTime: Date.UTC(2026, 0, 2, 3, 4, 5),
      },
    ],
    lock: { owner: 'this process', since: null },
    passes: [{ at: Date.UTC(2026, 0, 2, 3, 4, 5), why: 'it was time', result: 'wait' }],
    nextAttemptAt: Date.UTC(2026, 0, 2, 3, 4, 9),
    breakers: [
      { backend: 'memory', state: 'open', since: 0, nextProbeAt: null, failure: 'no route' },
    ],
    suggestions: [
      { action: 'wait', resource: named, why: 'it goes on by itself' },
      { action: 'reconcile', resource: named, why: 'at once' },
      { action: 'delete', resource: named, why: 'give it up' },
    ],
  };
  return { id, network };
}

t.test('explain is asked for by GET and by POST alike, and changes nothing', async (t) => {
  const served = await serve(t);
  const { id, network } = await waiting(served);
  const { writes } = served.cloud;
  const path = `/v1/virtualmachines/${id}?action=explain`;
  const got = await served.fetch(path);
  const posted = await served.fetch(path, sends('POST', {}));
  t.equal(got.status, 200);
  t.equal(posted.status, 200);
  t.same(posted.json, got.json);
  t.equal(served.cloud.writes, writes);
  const url = `${served.url}/v1/networks/${network}`;
  const resource = `${served.url}/v1/virtualmachines/${id}`;
  t.match(got.json, {
    type: 'explanation',
    verdict: `virtualmachine ${id} is not running yet: its network ${network} waits`,
    asAsked: 'no',
    resource: { name: `virtualmachine ${id}`, links: { self: resource } },
    root: { name: `network ${network}`, reason: 'Unreachable', links: { self: url } },
    chain: [{ id: network, links: { self: url } }],
    conditions: [{ lastTransitionTime: '2026-01-02T03:04:05Z', current: 'yes' }],
    lock: { owner: 'this process', since: null },
    passes: [{ time: '2026-01-02T03:04:05Z', timeTS: Date.UTC(2026, 0, 2, 3, 4, 5) }],
    nextAttemptAt: '2026-01-02T03:04:09Z',
    nextAttemptAtTS: Date.UTC(2026, 0, 2, 3, 4, 9),
    breakers: [{ backend: 'memory', since: '1970-01-01T00:00:00Z', nextProbeAt: null }],
    suggestions: [
      { action: 'wait', method: null, url: null },
      { action: 'reconcile', method: 'POST', url: `${url}/?action=reconcile` },
      { action: 'delete', method: 'DELETE', url },
    ],
    links: { self: `${resource}/?action=explain`, resource, blocker: url },
    actions: {},
  });
  const head = await served.fetch(path, { method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal(head.text, '');
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(got.text)));
});

t.test('every resource lists explain, and its schema says what it answers', async (t) => {
  const served = await serve(t);
  const { id } = await waiting(served);
  const resource = await served.fetch(`/v1/virtualmachines/${id}`);
  t.equal(
    at(resource.json, 'actions', 'explain'),
    `${served.url}/v1/virtualmachines/${id}/?action=explain`,
  );
  const schema = await served.fetch('/v1/schemas/virtualmachine');
  t.same(at(schema.json, 'resourceActions', 'explain'), { output: 'explanation' });
  t.same(at(schema.json, 'resourceActions', 'reconcile'), { output: 'virtualmachine' });
  const explanation = await served.fetch('/v1/schemas/explanation');
  t.equal(explanation.status, 200);
  const described = Object.keys(at(explanation.json, 'resourceFields') as object);
  const answer = await served.fetch(`/v1/virtualmachines/${id}?action=explain`);
  for (const name of Object.keys(answer.json as object)) {
    if (['type', 'name', 'actions'].includes(name) || name.endsWith('TS')) continue;
    t.ok(described.includes(name), name);
  }
  const { json } = await served.fetch('/v1/openapi.json');
  const paths = at(json, 'paths', '/virtualmachines/{id}');
  const content = ['responses', '200', 'content', 'application/json', 'schema'] as const;
  t.same(at(paths, 'post', ...content), {
    oneOf: [{ $ref: '#/components/schemas/explanation' }, { $ref: '#/components/schemas/plan' }],
  });
  t.match(at(paths, 'get', 'parameters', 1), { name: 'action', schema: { enum: ['explain'] } });
  t.match(at(json, 'components', 'schemas', 'explanation'), { type: 'object' });
});

t.test('browsers see it as a page', async (t) => {
  const served = await serve(t);
  const { id, network } = await waiting(served);
  const page = await served.fetch(`/v1/virtualmachines/${id}?action=explain`, { headers: BROWSER });
  t.equal(page.status, 200);
  t.match(page.headers.get('content-type'), /^text\/html/);
  t.match(page.text, `<h1>explanation virtualmachine ${id}</h1>`);
  t.match(page.text, `<a href="${served.url}/v1/networks/${network}">`);
  t.notMatch(page.text, '<form', 'nothing can be written through it');
  const resource = await served.fetch(`/v1/virtualmachines/${id}`, { headers: BROWSER });
  t.match(resource.text, '?action=explain"', 'the resource has a button for it');
});

t.test('what may not be named has no link', async (t) => {
  const served = await serve(t);
  const { id } = await waiting(served);
  const hidden = { name: 'a resource of another account', type: null, id: null, uuid: null };
  served.cloud.explained = {
    asAsked: 'no',
    root: { ...hidden, condition: 'Reconciled', reason: 'NotReady', message: 'it is not ready' },
    chain: [hidden],
  };
  const { json } = await served.fetch(`/v1/virtualmachines/${id}?action=explain`);
  t.match(json, {
    root: { name: 'a resource of another account', id: null, links: {} },
    chain: [{ links: {} }],
  });
  t.same(Object.keys(at(json, 'links') as object), ['self', 'resource', 'events']);
});

t.test('what is not there or not the caller’s is not explained', async (t) => {
  const served = await serve(t);
  const { id } = await waiting(served);
  const other = served.cloud.addAccount('Eve', 'user');
  for (const method of ['GET', 'POST']) {
    const unknown = await served.fetch('/v1/virtualmachines/999?action=explain', { method });
    t.match(unknown, { status: 404, json: { code: 'NotFound' } });
    const theirs = await served.fetch(`/v1/virtualmachines/${id}?action=explain`, {
      method,
      key: other,
    });
    t.match(theirs, { status: 404, json: { code: 'NotFound' } });
  }
});

t.test('other actions by GET, and explain by other methods, are refused as ever', async (t) => {
  const served = await serve(t);
  const { id } = await waiting(served);
  const path = `/v1/virtualmachines/${id}`;
  t.match(await served.fetch(`${path}?action=reconcile`), { status: 405 });
  t.match(await served.fetch(`${path}?action=EXPLAIN`), { status: 405 });
  t.match(await served.fetch(`${path}?action=explain`, sends('PUT', {})), { status: 405 });
  t.match(await served.fetch(`${path}?action=explain`, { method: 'DELETE' }), { status: 405 });
  t.match(await served.fetch('/v1/virtualmachines?action=explain'), { status: 405 });
});
