import t from 'tap';
import { at, type Served, sends, serve } from './served.js';

/** The minimum server contract (reference/gdapi.md 1.8), a test a rule. */

async function aNetwork(served: Served): Promise<string> {
  const reply = await served.fetch(
    '/v1/networks',
    sends('POST', { name: 'net', ipv4Cidr: '10.0.0.0/24' }),
  );
  return String(at(reply.json, 'id'));
}

t.test('rule 10: partial is false and next null on the last page; previous is prev', async (t) => {
  const served = await serve(t);
  for (let n = 0; n < 5; n += 1) await aNetwork(served);
  const seen: unknown[] = [];
  const pages: unknown[] = [];
  let url = '/v1/networks?limit=2';
  for (;;) {
    const { json } = await served.fetch(url);
    pages.push(at(json, 'pagination'));
    const data = at(json, 'data');
    if (Array.isArray(data)) seen.push(...data.map((item) => at(item, 'id')));
    const next = at(json, 'pagination', 'next');
    if (typeof next !== 'string') break;
    url = next.slice(served.url.length);
  }
  t.equal(pages.length, 3);
  t.same(seen, ['3', '4', '5', '6', '7']);
  t.match(pages[0], {
    limit: 2,
    partial: true,
    previous: null,
    prev: null,
    first: null,
    total: null,
  });
  t.match(pages[2], { partial: false, next: null });
  t.equal(at(pages[2], 'previous'), at(pages[2], 'prev'));
  const back = await served.fetch(String(at(pages[2], 'prev')).slice(served.url.length));
  t.equal(at(back.json, 'data', 0, 'id'), '5');
  const first = await served.fetch(
    String(at(back.json, 'pagination', 'prev')).slice(served.url.length),
  );
  t.equal(at(first.json, 'data', 0, 'id'), '3');
});

t.test('rule 11: unknown and read-only fields are ignored on POST and PUT', async (t) => {
  const served = await serve(t);
  const created = await served.fetch(
    '/v1/virtualmachines',
    sends('POST', {
      name: 'vm',
      state: 'running',
      id: '99',
      created: 'x',
      nonsense: [1],
      type: 'y',
    }),
  );
  t.match(created, { status: 201, json: { name: 'vm', state: 'creating' } });
  t.not(at(created.json, 'id'), '99');
  const all = at(created.json, 'id');
  const saved = await served.fetch(
    `/v1/virtualmachines/${String(all)}`,
    sends('PUT', { ...Object(created.json), name: 'renamed' }),
  );
  t.match(saved, { status: 200, json: { id: all, name: 'renamed', state: 'creating' } });
});

t.test('rule 12: an empty text is null for all but text', async (t) => {
  const served = await serve(t);
  const reply = await served.fetch(
    '/v1/virtualmachines',
    sends('POST', { name: 'vm', networkId: '', expires: '' }),
  );
  t.match(reply, { status: 201, json: { networkId: null, expires: null } });
});

t.test(
  'rule 13: links are absolute and honour Host, and X-Forwarded only when trusted',
  async (t) => {
    const served = await serve(t);
    const trusting = await serve(t, { trustForwarded: 'always' });
    const head = (port: number) =>
      `GET / HTTP/1.1\r\nHost: cloud.example:${port}\r\nX-Forwarded-Proto: https, http\r\nX-Forwarded-Host: outside.example\r\nX-Forwarded-Port: 443\r\nConnection: close\r\n\r\n`;
    t.match(await served.raw(head(80)), '"self":"http://cloud.example/"');
    t.match(await served.raw(head(8080)), '"self":"http://cloud.example:8080/"');
    t.match(await trusting.raw(head(80)), '"self":"https://outside.example/"');
  },
);

t.test('rule 14: filters take no value, True and False, and repetition', async (t) => {
  const served = await serve(t);
  const kept = await aNetwork(served);
  const gone = await aNetwork(served);
  const row = [...served.cloud.rows.values()].find(({ id }) => id === gone);
  served.cloud.entomb(row?.uuid ?? '');
  const ids = async (query: string) => {
    const { json } = await served.fetch(`/v1/networks?${query}`);
    const data = at(json, 'data');
    return Array.isArray(data) ? data.map((item) => at(item, 'id')) : [];
  };
  t.same(await ids('removed_null'), [kept]);
  t.same(await ids('removed_null=True'), [kept]);
  t.same(await ids('removed_null=False'), [gone]);
  t.same(await ids('removed_notnull'), [gone]);
  t.same(await ids(''), [kept], 'removed resources are hidden unless asked for');
  t.same(await ids('name_prefix=n&name_ne=other'), [kept]);
  t.same(await ids('name=net&name=other'), []);
  const { json } = await served.fetch('/v1/networks?name_prefix=n');
  t.same(at(json, 'filters', 'name'), [{ modifier: 'prefix', value: 'n' }]);
  t.equal(at(json, 'filters', 'domain'), null);
  await served.fetch('/v1/virtualmachines', sends('POST', { protect: true }));
  const machines = await served.fetch('/v1/virtualmachines?protect=False');
  t.same(at(machines.json, 'data'), []);
});

t.test('rule 15: every resource has the common fields', async (t) => {
  const served = await serve(t);
  for (const [path, body] of [
    ['/v1/networks', { ipv4Cidr: '10.0.0.0/24' }],
    ['/v1/virtualmachines', {}],
    ['/v1/volumes', { sizeGb: 1 }],
    ['/v1/apikeys', {}],
  ] as const) {
    const { json } = await served.fetch(path, sends('POST', body));
    for (const name of [
      'id',
      'uuid',
      'type',
      'kind',
      'name',
      'description',
      'state',
      'transitioning',
      'transitioningMessage',
      'transitioningProgress',
      'accountId',
      'created',
      'createdTS',
      'removed',
      'data',
      'links',
      'actions',
    ]) {
      t.not(at(json, name), undefined, `${path} ${name}`);
    }
    t.match(json, {
      created: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      accountId: served.user.caller.accountId,
    });
    t.equal(at(json, 'baseType'), undefined);
  }
});

t.test('rule 16: types in paths have any case, and slashes may be too many', async (t) => {
  const served = await serve(t);
  const id = await aNetwork(served);
  for (const path of [
    '/v1/networks',
    '/v1/Networks',
    '/V1/NETWORK',
    '/v1/network/',
    '//v1///networks//',
    `/v1/networks/${id}/`,
    `/v1/NETWORK//${id}/VirtualMachines/`,
  ]) {
    t.equal((await served.fetch(path)).status, 200, path);
  }
  const { json } = await served.fetch(`//v1//Network/${id}/`);
  t.equal(at(json, 'links', 'self'), `${served.url}/v1/networks/${id}`);
});

t.test('rule 17: Basic is asked for, unless the client says it wants no challenge', async (t) => {
  const served = await serve(t);
  const reply = await served.fetch('/v1', { key: null });
  t.match(reply, { status: 401, json: { code: 'Unauthorized' } });
  t.match(reply.headers.get('www-authenticate') ?? '', /^Basic realm="[^"]+", charset="UTF-8"$/);
  const quiet = await served.fetch('/v1', { key: null, headers: { 'x-api-no-challenge': 'true' } });
  t.match(quiet.status, 401);
  t.equal(quiet.headers.get('www-authenticate'), null);
  t.equal((await served.fetch('/', { key: null })).status, 200);
  const mine = await served.fetch('/v1/networks/404');
  t.equal(mine.headers.get('x-api-account-id'), served.user.caller.accountId);
  t.equal(mine.headers.get('x-api-account-kind'), 'user');
  t.equal(mine.headers.get('x-api-account-name'), 'Ada');
});

t.test(
  'rule 18: HTML is for Mozilla that takes anything, with every slash escaped in its script',
  async (t) => {
    const served = await serve(t);
    const browser = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156';
    const typeFor = async (agent: string, accept: string, query = '') => {
      const reply = await served.fetch(`/v1${query}`, { headers: { 'user-agent': agent, accept } });
      return reply.headers.get('content-type')?.split(';')[0];
    };
    t.equal(await typeFor(browser, 'text/html,*/*;q=0.8'), 'text/html');
    t.equal(await typeFor(browser, 'application/json'), 'application/json');
    t.equal(await typeFor('curl/8', '*/*'), 'application/json');
    t.equal(await typeFor('curl/8', '*/*', '?_format=html'), 'text/html');
    t.equal(await typeFor(browser, '*/*', '?_format=json'), 'application/json');
    const page = await served.fetch('/v1', { headers: { 'user-agent': browser, accept: '*/*' } });
    const data = /var data = (.*);<\/script>/.exec(page.text)?.[1] ?? '';
    t.notMatch(data, /[^\\]\//, 'no slash without a backslash');
    t.match(JSON.parse(data), { id: 'v1', links: { self: `${served.url}/v1` } });
    const missing = await served.raw(
      `GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: MOZILLA\r\nConnection: close\r\n\r\n`,
    );
    t.match(missing, /content-type: text\/html/i, 'a missing Accept takes anything');
  },
);
