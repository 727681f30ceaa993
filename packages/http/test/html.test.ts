import t from 'tap';
import { at, type Reply, type Served, sends, serve } from './served.js';

const BROWSER = {
  'user-agent': 'Mozilla/5.0',
  accept: 'text/html,*/*',
  'sec-fetch-site': 'same-origin',
};

const HOSTILE = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt;&amp;',
  '<!--<script>',
  '$' + '{alert(1)} {{7*7}} `',
  'javascript:alert(1)',
  '\u2028alert(1)\u2029',
  '\\u003cscript\\u003e \\" \\',
  '</pre><h1>x</h1>',
  '</title><b>',
];

/** Every element of a page with its attributes, told by a reader of tags that ignores the script's own text. */
function elements(html: string): readonly string[] {
  const script = html.replace(/(<script nonce="[^"]+">)[^<]*(<\/script>)/, '$1$2');
  return script.match(/<[^>]*>/g) ?? [];
}

function shape(html: string): readonly string[] {
  return elements(html).map((tag) => tag.replace(/"[^"]*"/g, '""'));
}

async function page(served: Served, path: string): Promise<Reply> {
  return served.fetch(path, { headers: BROWSER });
}

t.test('whatever a name contains, a page gets no new element and no new attribute', async (t) => {
  const served = await serve(t);
  const texts = { name: 'plain', description: 'plain' };
  const created = await served.fetch('/v1/virtualmachines', sends('POST', texts));
  const path = `/v1/virtualmachines/${String(at(created.json, 'id'))}`;
  const plain = await page(served, path);
  const list = await page(served, '/v1/virtualmachines');
  for (const [index, text] of HOSTILE.entries()) {
    const put = await served.fetch(path, sends('PUT', { name: text, description: text }));
    t.equal(put.status, 200, `text ${index}`);
    for (const [where, before] of [
      [path, plain],
      ['/v1/virtualmachines', list],
    ] as const) {
      const after = await page(served, where);
      t.same(shape(after.text), shape(before.text), `${where} text ${index}`);
      const data = /var data = (.*);<\/script>/.exec(after.text)?.[1] ?? 'null';
      t.notMatch(data, /[<>&\u2028\u2029]/u);
      const seen = where === path ? JSON.parse(data) : at(JSON.parse(data), 'data', 0);
      t.equal(at(seen, 'name'), text, 'the document in the script is the document');
    }
  }
});

t.test('only our own URLs become links', async (t) => {
  const served = await serve(t);
  const created = await served.fetch(
    '/v1/volumes',
    sends('POST', { sizeGb: 1, name: 'https://evil.example/', description: `${served.url}.evil/` }),
  );
  const { text } = await page(served, `/v1/volumes/${String(at(created.json, 'id'))}`);
  const targets = [...text.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, url]) => url ?? '');
  t.ok(targets.length > 3);
  // Within a page, too: to its content.
  t.same(
    targets.filter((url) => !url.startsWith(`${served.url}/`)),
    ['#main'],
  );
});

t.test('a page allows no script and no style but its own, and is framed by nobody', async (t) => {
  for (const panel of ['served', 'none'] as const) {
    const served = await serve(t, { panel });
    const first = await page(served, '/v1');
    const policy = first.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    const parts = first.text.match(/<(script|style|link rel="stylesheet")[^>]*>/g) ?? [];
    t.ok(parts.length >= 2);
    t.same(
      parts.filter((part) => !part.includes(` nonce="${nonce}"`)),
      [],
    );
    // Where nothing is loaded, there is nothing to talk to either.
    const loads = first.text.includes('<script type="module"');
    t.same(policy.split('; '), [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      'img-src data:',
      ...(loads ? ["connect-src 'self'"] : []),
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
    ]);
    if (panel === 'none') t.notOk(loads);
    t.equal(first.headers.get('referrer-policy'), 'same-origin');
    t.equal(first.headers.get('cache-control'), 'no-store, private');
    const second = await page(served, '/v1');
    t.notMatch(second.headers.get('content-security-policy'), nonce, 'a nonce is used once');
  }
});

t.test('errors are pages of the same status, also when the browser has to log in', async (t) => {
  const served = await serve(t);
  const missing = await page(served, '/v1/volumes/4711');
  t.equal(missing.status, 404);
  t.match(missing.text, '<h1>404 NotFound</h1>');
  const login = await served.fetch('/v1', { key: null, headers: BROWSER });
  t.equal(login.status, 401);
  t.match(login.headers.get('content-type') ?? '', 'text/html');
});

/** Reads the forms of a page as a browser without scripts would submit them untouched. */
function formsOf(html: string): readonly { action: string; values: URLSearchParams }[] {
  return [...html.matchAll(/<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action = '', content = '']) => {
      const values = new URLSearchParams();
      for (const [, attributes = ''] of content.matchAll(/<input ([^>]*)>/g)) {
        const name = /name="([^"]*)"/.exec(attributes)?.[1];
        const value = /value="([^"]*)"/.exec(attributes)?.[1];
        if (name !== undefined) values.append(name, value ?? '');
      }
      for (const [, name = '', value = ''] of content.matchAll(
        /<textarea [^>]*name="([^"]*)"[^>]*>\n?([^<]*)</g,
      )) {
        values.append(name, value.replaceAll('&quot;', '"'));
      }
      for (const [, name = '', options = ''] of content.matchAll(
        /<select [^>]*name="([^"]*)"[^>]*>(.*?)<\/select>/g,
      )) {
        values.append(name, /value="([^"]*)" selected/.exec(options)?.[1] ?? '');
      }
      return { action: action.replaceAll('&amp;', '&'), values };
    },
  );
}

t.test(
  'a person creates, edits, stops and deletes a server with the forms of the pages alone',
  async (t) => {
    const served = await serve(t);
    const submit = async (path: string, wanted: string, changes: Record<string, string>) => {
      const { text } = await page(served, path);
      const form = formsOf(text).find(({ action }) => action.endsWith(wanted));
      if (form === undefined) return t.fail(`no form for ${wanted} at ${path}`);
      for (const [name, value] of Object.entries(changes)) form.values.set(name, value);
      const reply = await served.fetch(form.action.slice(served.url.length), {
        method: 'POST',
        body: form.values,
        headers: BROWSER,
      });
      const data = /var data = (.*);<\/script>/.exec(reply.text)?.[1] ?? 'null';
      return { status: reply.status, data: JSON.parse(data) };
    };
    const network = await submit('/v1/networks', '/v1/networks', { ipv4Cidr: '10.1.0.0/24' });
    t.match(network, { status: 201, data: { name: null, domain: 'cloud.local' } });
    const under = `/v1/networks/${String(at(network, 'data', 'id'))}/virtualmachines`;
    const created = await submit(under, under, { name: 'by hand', sshKeys: 'ssh-ed25519 A' });
    t.match(created, {
      status: 201,
      data: {
        name: 'by hand',
        ramSizeMb: 1024,
        sshKeys: ['ssh-ed25519 A'],
        networkId: at(network, 'data', 'id'),
      },
    });
    const path = `/v1/virtualmachines/${String(at(created, 'data', 'id'))}`;
    const edited = await submit(path, '_method=PUT', { name: '', ramSizeMb: '2048' });
    t.match(edited, {
      status: 200,
      data: { name: null, ramSizeMb: 2048, sshKeys: ['ssh-ed25519 A'] },
    });
    const stopped = await submit(path, '?action=stop', {});
    t.match(stopped, { status: 202, data: { desiredState: 'stopped' } });
    const resized = await submit(path, '?action=resize', { ramSizeMb: '4096' });
    t.match(resized, { status: 202, data: { ramSizeMb: 4096 } });
    const removed = await submit(path, '_method=DELETE', {});
    t.match(removed, { status: 200, data: { state: 'removing' } });
  },
);
