import { defineResourceType, PortUnavailable, password, string, TypeRegistry } from '@gdcloud/core';
import t from 'tap';
import { doubleTypes } from './double-types.js';
import { elementsOf, type PageElement, pick } from './page-reader.js';
import { serveRealCloud } from './real-cloud.js';
import { at, basic, type Reply, type Served, sends, serve } from './served.js';

const BROWSER = {
  'user-agent': 'Mozilla/5.0',
  accept: 'text/html,*/*',
  'sec-fetch-site': 'same-origin',
};

interface Page extends Reply {
  readonly elements: readonly PageElement[];
}

/** A server that a browser goes to. */
interface Browsed {
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Reply>;
}

async function open(served: Browsed, path: string, init: RequestInit = {}): Promise<Page> {
  const headers = { ...BROWSER, ...Object.fromEntries(new Headers(init.headers)) };
  const reply = await served.fetch(path, { ...init, headers });
  return { ...reply, elements: elementsOf(reply.text) };
}

/** Sends a form as a browser without scripts does: what stands in it, with some of it filled in. */
async function submit(
  served: Browsed,
  page: Page,
  name: string,
  changes: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const [form] = pick(page.elements, 'form', { 'data-write': name });
  const values = new URLSearchParams();
  for (const { tag, attributes, text, inside } of form?.inside ?? []) {
    const field = attributes['name'];
    if (field === undefined) continue;
    const chosen = inside.find((option) => option.attributes['selected'] !== undefined);
    const begun = {
      input: attributes['value'],
      select: chosen?.attributes['value'],
      textarea: text,
    };
    values.append(field, begun[tag as 'input'] ?? '');
  }
  for (const [field, value] of Object.entries(changes)) values.set(field, value);
  const action = form?.attributes['action'] ?? '';
  return open(served, action.slice(served.url.length), { method: 'POST', body: values, headers });
}

async function server(served: Served, name: string): Promise<string> {
  const { json } = await served.fetch('/v1/virtualmachines', sends('POST', { name }));
  return `/v1/virtualmachines/${String(at(json, 'id'))}`;
}

function texts(elements: readonly PageElement[], tag: string): readonly string[] {
  return elements.filter((one) => one.tag === tag).map(({ text }) => text.trim());
}

t.test('a list has columns, links that sort it, pages, and says how it is sorted', async (t) => {
  const served = await serve(t);
  for (const name of ['a', 'b', 'c']) await server(served, name);
  const { elements } = await open(served, '/v1/virtualmachines?sort=name&limit=2');
  const heads = pick(elements, 'th', { scope: 'col' });
  const shown = heads.filter(({ attributes }) => attributes['hidden'] === undefined);
  t.same(
    shown.map(({ text }) => text),
    ['name', 'id', 'state', 'networkId', 'ramSizeMb', 'bootMode', 'protect', 'created'],
  );
  const byName = heads.find(({ text }) => text === 'name');
  t.equal(byName?.attributes['aria-sort'], 'ascending');
  t.match(byName?.inside[0]?.attributes['href'], /sort=name&limit=2&order=desc$/);
  const byMemory = heads.find(({ text }) => text === 'ramSizeMb');
  t.match(byMemory?.inside[0]?.attributes['href'], /limit=2&sort=ramSizeMb$/);
  const [next] = elements.filter(({ tag, text }) => tag === 'a' && text === 'Next page');
  const last = await open(served, next?.attributes['href']?.slice(served.url.length) ?? '');
  t.ok(texts(last.elements, 'bdi').includes('c'));
  t.ok(texts(last.elements, 'a').includes('Previous page'));
});

t.test(
  'a list is filtered by a form, and each filter can be taken away, without scripts',
  async (t) => {
    const served = await serve(t);
    for (const name of ['web1', 'web2', 'mail']) await server(served, name);
    const page = await open(served, '/v1/virtualmachines?sort=name');
    const [form] = pick(page.elements, 'form', { method: 'get' });
    const options = pick(form?.inside ?? [], 'option').map(({ attributes }) => attributes['value']);
    t.ok(options.includes('name_prefix') && options.includes('ramSizeMb_gte'));
    t.same(
      form?.inside.flatMap(({ attributes: { name } }) => name ?? []),
      ['sort', '_where', '_value', 'limit'],
    );
    const path = `${form?.attributes['action']?.slice(served.url.length)}?sort=name&_where=name_prefix&_value=web&limit=`;
    const filtered = await open(served, path);
    t.equal(filtered.status, 200);
    t.notOk(texts(filtered.elements, 'bdi').includes('mail'));
    const data: unknown = JSON.parse(/var data = (.*);<\/script>/.exec(filtered.text)?.[1] ?? '');
    t.equal(
      at(data, 'links', 'self'),
      `${served.url}/v1/virtualmachines?sort=name&name_prefix=web`,
      'the URL says what it is filtered by, as any other',
    );
    const remove = filtered.elements.find(({ tag, text }) => tag === 'a' && text === 'Remove');
    t.equal(remove?.attributes['href'], `${served.url}/v1/virtualmachines?sort=name`);
    const none = await open(served, '/v1/virtualmachines?_where=name_eq&_value=nobody');
    t.ok(texts(none.elements, 'p').includes('Nothing fits these filters.'));
    const blank = await open(served, '/v1/virtualmachines?_where=&_value=&limit=');
    t.ok(texts(blank.elements, 'bdi').includes('mail'), 'what is left blank narrows nothing');
  },
);

t.test('two parameters that are one filter are held to what filters are held to', async (t) => {
  const served = await serve(t);
  const status = async (query: string) =>
    (await served.fetch(`/v1/virtualmachines?${query}`)).status;
  t.equal(await status('_where=ramSizeMb_gte&_value=much'), 400);
  t.equal(await status('_where=password&_value=x'), 400);
  t.equal(await status('_where=marker&_value=x'), 400);
  t.equal(await status('_where=action&_value=stop'), 405);
  t.equal(await status('_where=unknown&_value=x'), 200, 'ignored, as all that is no filter');
});

t.test('a form that is refused comes back as it was filled in, with what is wrong', async (t) => {
  const served = await serve(t);
  const page = await open(served, '/v1/virtualmachines');
  const refused = await submit(served, page, 'create', {
    name: 'by <hand>',
    ramSizeMb: '1',
    bootMode: 'pvgrub',
    sshKeys: 'ssh-ed25519 A',
    labels: '{"a":"b"}',
    rootPassword: 'very secret',
  });
  t.equal(refused.status, 422);
  const [form] = pick(refused.elements, 'form', { 'data-write': 'create' });
  const inside = form?.inside ?? [];
  const value = (name: string) => inside.find(({ attributes }) => attributes['name'] === name);
  t.equal(value('name')?.attributes['value'], 'by <hand>');
  t.equal(value('sshKeys')?.attributes['value'], 'ssh-ed25519 A');
  t.equal(value('labels')?.text, '{"a":"b"}');
  t.equal(value('rootPassword')?.attributes['value'], '');
  t.notMatch(refused.text, 'very secret');
  const memory = value('ramSizeMb');
  t.match(memory?.attributes, { value: '1', 'aria-invalid': 'true' });
  const about = memory?.attributes['aria-describedby']?.split(' ') ?? [];
  t.same(about, ['create-ramSizeMb-wrong', 'create-ramSizeMb-about']);
  t.match(pick(inside, 'p', { id: 'create-ramSizeMb-wrong' })[0]?.text, 'ramSizeMb');
  const [item] = pick(refused.elements, 'li', { 'data-wrong': 'ramSizeMb' });
  t.equal(item?.inside[0]?.attributes['href'], '#create-ramSizeMb', 'which the message leads to');
  const mended = await submit(served, refused, 'create', { ramSizeMb: '1024' });
  t.equal(mended.status, 201);
  t.match(mended.text, 'by &lt;hand&gt;');
});

t.test('refused actions, edits and creations under a parent come back, too', async (t) => {
  const served = await serve(t);
  const path = await server(served, 'web');
  const page = await open(served, path);
  const resize = await submit(served, page, 'resize', { ramSizeMb: '7' });
  t.equal(resize.status, 422);
  t.equal((await submit(served, resize, 'resize', { ramSizeMb: '2048' })).status, 202);
  const edit = await submit(served, await open(served, path), 'edit', { ramSizeMb: '9' });
  t.equal(edit.status, 422);
  t.equal((await submit(served, edit, 'edit', { ramSizeMb: '1024' })).status, 200);
  const under = await open(served, `${path}/volumes`);
  const volume = await submit(served, under, 'create', { sizeGb: '0' });
  t.equal(volume.status, 422);
  t.match(await submit(served, volume, 'create', { sizeGb: '5' }), { status: 201 });
});

t.test('an edit on a page that is older than the last change undoes nothing', async (t) => {
  const real = await serveRealCloud(t);
  const made = await real.post('/v1/networks', { name: 'web', ipv4Cidr: '10.1.0.0/24' });
  const path = `/v1/networks/${String(at(made, 'id'))}`;
  const key = { authorization: basic(real.admin) };
  const old = await open(real, path, { headers: key });
  const changed = await submit(real, old, 'edit', { description: 'by one' }, key);
  t.match(changed, { status: 200 });
  const refused = await submit(real, old, 'edit', { name: 'by another' }, key);
  t.equal(refused.status, 409);
  const { json } = await real.fetch(path, { headers: key });
  t.match(json, { name: 'web', description: 'by one' });
});

t.test('what is never shown stays as it is when its input is left blank', async (t) => {
  const door = defineResourceType({
    id: 'door',
    plural: 'doors',
    description: 'A door.',
    spec: {
      code: string({ description: 'Opens it.', show: 'never' }),
      pin: password({ description: 'Opens it, too.' }),
      colour: string({ description: 'Its colour.' }),
    },
    status: {},
    access: {
      visibleTo: 'own',
      users: ['read', 'create', 'update'],
      administrators: ['read', 'create', 'update'],
    },
  });
  const served = await serve(t, {
    types: new TypeRegistry([doubleTypes().get('account'), door]),
  });
  const spec = { code: 'sesame', pin: '1234', colour: 'red' };
  const { json } = await served.fetch('/v1/doors', sends('POST', spec));
  const page = await open(served, `/v1/doors/${String(at(json, 'id'))}`);
  t.notMatch(page.text, 'sesame');
  t.match(await submit(served, page, 'edit', { colour: '' }), { status: 200 });
  t.match([...served.cloud.rows.values()].find(({ type }) => type === 'door')?.spec, {
    code: 'sesame',
    pin: '1234',
    colour: null,
  });
});

t.test('under every form stands the command that asks the same', async (t) => {
  const served = await serve(t);
  const path = await server(served, 'web');
  const list = await open(served, '/v1/networks');
  const curlOf = ({ elements }: Page, form: string) =>
    pick(pick(elements, 'form', { 'data-write': form })[0]?.inside ?? [], 'code')[0]?.text;
  t.equal(
    curlOf(list, 'create'),
    `curl -u "$KEY" -d ipv4Cidr=192.168.0.0/24 ${served.url}/v1/networks`,
  );
  const page = await open(served, path);
  t.equal(curlOf(page, 'stop'), `curl -u "$KEY" -X POST '${served.url}${path}/?action=stop'`);
  t.equal(curlOf(page, 'delete'), `curl -u "$KEY" -X DELETE ${served.url}${path}`);
  t.equal(
    curlOf(page, 'resize'),
    `curl -u "$KEY" -d ramSizeMb=512 '${served.url}${path}/?action=resize'`,
  );
  t.notMatch(page.text, served.user.secretValue);
});

t.test('a page leads to why something is not as asked, while it is not', async (t) => {
  const served = await serve(t);
  const path = await server(served, 'web');
  const { elements } = await open(served, path);
  const [note] = elements.filter(({ attributes }) => attributes['data-explain'] !== undefined);
  t.match(
    note?.inside.find(({ tag }) => tag === 'a'),
    {
      text: 'Why?',
      attributes: { href: `${served.url}${path}/?action=explain` },
    },
  );
});

t.test(
  'schemas can be read: fields with types, flags and limits, and links between types',
  async (t) => {
    const served = await serve(t);
    const { elements } = await open(served, '/v1/schemas/virtualmachine');
    const [memory] = pick(elements, 'tr', { id: 'field-ramSizeMb' });
    t.same(
      memory?.inside.filter(({ tag }) => tag === 'td').map(({ text }) => text),
      ['int', 'create, update', 'min 512 · max 16384 · default 1024', 'Memory.'],
    );
    const links = pick(elements, 'a').map(({ attributes }) => attributes['href']);
    t.ok(links.includes(`${served.url}/v1/schemas/network`), 'where a reference leads');
    t.ok(links.includes(`${served.url}/v1/schemas/virtualmachineResize`), 'what an action takes');
    t.ok(links.includes(`${served.url}/v1/virtualmachines`));
    const all = await open(served, '/v1/schemas');
    t.ok(texts(all.elements, 'th').includes('volume'));
  },
);

t.test('a page that has to be waited for says how long', async (t) => {
  const served = await serve(t);
  served.cloud.nextFailure = new PortUnavailable('store', 'the database is read-only', {
    remedy: 'Make room on the disk.',
  });
  const page = await open(served, '/v1/volumes', { headers: { 'accept-language': 'de' } });
  t.equal(page.status, 503);
  const told = texts(page.elements, 'p').join('\n');
  t.match(told, 'Make room on the disk.', 'what the operator can do');
  t.match(told, 'Versuchen Sie es in 5 Sekunden noch einmal.');
});

t.test('pages speak the language that the browser prefers', async (t) => {
  const served = await serve(t);
  const path = await server(served, 'web');
  const german = await open(served, path, {
    headers: { 'accept-language': 'fr, de-AT;q=0.8, en;q=0.5' },
  });
  t.equal(pick(german.elements, 'html')[0]?.attributes['lang'], 'de');
  t.ok(texts(german.elements, 'h2').includes('Aktionen'));
  t.equal(german.headers.get('content-language'), 'de');
  t.match(german.headers.get('vary'), /Accept-Language/);
  const english = await open(served, path, { headers: { 'accept-language': 'fr' } });
  t.equal(english.headers.get('content-language'), 'en');
  t.ok(texts(english.elements, 'h2').includes('Actions'));
  const json = await served.fetch(path, { headers: { 'accept-language': 'de' } });
  t.equal(json.headers.get('content-language'), null, 'the API itself speaks one');
});

t.test(
  'a refusal is told in the reader’s language, what the API says of it in its own',
  async (t) => {
    const real = await serveRealCloud(t);
    const network = { name: 'web', ipv4Cidr: '10.1.0.0/24', accountId: '2' };
    const path = `/v1/networks/${String(at(await real.post('/v1/networks', network), 'id'))}`;
    await real.post('/v1/virtualmachines', {
      name: 'mail',
      offering: '1gb-1cpu',
      imageId: '1',
      networkId: path.slice('/v1/networks/'.length),
      accountId: '2',
    });
    const headers = { authorization: basic(real.user), 'accept-language': 'de' };
    const page = await open(real, path, { headers });
    const refused = await submit(real, page, 'delete', {}, headers);
    t.equal(refused.status, 409);
    const [problem] = pick(refused.elements, 'section', { id: 'problem' });
    const inside = problem?.inside ?? [];
    t.same(texts(inside, 'strong'), ['Es ist noch in Gebrauch']);
    const own = pick(inside, 'p', { lang: 'en' }).map(({ text }) => text);
    t.match(own.join(), /network/);
    const [, ...others] = texts(inside, 'p').filter((text) => !own.includes(text));
    t.match(others, [/^Entfernen Sie zuerst/, /^InUse, Fehler /]);
    t.equal(others.length, 2);
  },
);

t.test(
  'a field is blamed in the API’s words, and a page that is not there says what to do',
  async (t) => {
    const served = await serve(t);
    const headers = { 'accept-language': 'de' };
    const page = await open(served, '/v1/virtualmachines', { headers });
    const refused = await submit(served, page, 'create', { ramSizeMb: '1' }, headers);
    const inside = pick(refused.elements, 'section', { id: 'problem' })[0]?.inside ?? [];
    t.same(texts(inside, 'strong'), ['Eine Zahl ist zu klein']);
    t.match(pick(inside, 'ul', { lang: 'en' })[0]?.text, /ramSizeMb/);
    t.same(pick(inside, 'p', { lang: 'en' }), [], 'and not twice');
    t.equal(pick(refused.elements, 'p', { class: 'wrong', lang: 'en' }).length, 1);
    const nothing = await open(served, '/v1/virtualmachines/999', { headers });
    const told = texts(nothing.elements, 'p').join('\n');
    t.match(told, 'Es kann gelöscht worden sein');
    t.notMatch(told, 'Check the id', 'what the API says of every such error is left out');
  },
);

t.test(
  'no page has a dead link, two elements of one id, or an input without a label',
  async (t) => {
    const served = await serve(t, { panel: 'none' });
    const path = await server(served, 'web');
    await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.1.0.0/24' }));
    const starts = [
      '/',
      '/v1',
      '/v1/schemas',
      '/v1/schemas/volume',
      '/v1/virtualmachines',
      path,
      `${path}/events`,
    ];
    const seen = new Map<string, number>();
    for (const start of starts) {
      const { elements } = await open(served, start);
      const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
      t.equal(new Set(ids).size, ids.length, `${start} ids`);
      const labelled = new Set(elements.flatMap(({ attributes }) => attributes['for'] ?? []));
      const mute = elements.filter(
        ({ tag, attributes }) =>
          ['input', 'select', 'textarea'].includes(tag) &&
          attributes['type'] !== 'hidden' &&
          attributes['aria-label'] === undefined &&
          !labelled.has(attributes['id'] ?? ''),
      );
      t.same(mute, [], `${start} labels`);
      for (const { attributes } of pick(elements, 'a')) {
        const url = attributes['href'] ?? '';
        if (url.startsWith('#')) {
          t.ok(ids.includes(url.slice(1)), `${start} ${url}`);
        } else if (!seen.has(url)) {
          const reply = await open(served, url.slice(served.url.length));
          seen.set(url, reply.status);
        }
      }
    }
    t.ok(seen.size > 40);
    t.same(
      [...seen].filter(([, status]) => status !== 200),
      [],
    );
  },
);
