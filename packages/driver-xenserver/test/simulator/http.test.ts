import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';

const run = promisify(execFile);

const skip = await run('curl', ['--version']).then(
  () => false as const,
  () => 'there is no curl',
);

async function start(t: Test, asOf?: string): Promise<string> {
  const simulator = await startSimulator({ state: t.testdir(), asOf, hosts: 1 });
  t.teardown(() => simulator.close());
  return simulator.url;
}

async function ask(
  url: string,
  body: unknown,
  method = 'POST',
): Promise<{ readonly status: number; readonly type: string | null; readonly text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = method === 'GET' || method === 'HEAD' ? { method } : { method, body: text };
  const response = await fetch(url, { ...request, redirect: 'manual' });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

/** Sends bytes as they are and reads until the other side closes or `ends` holds. */
function talk(url: string, bytes: string, ends: (heard: string) => boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (ends(heard)) socket.destroy();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

const LOGIN = { method: 'session.login_with_password', params: ['root', 'secret'] };
const XML_LOGIN =
  '<?xml version="1.0"?><methodCall><methodName>session.login_with_password</methodName><params><param><value><string>root</string></value></param><param><value>secret</value></param></params></methodCall>';

t.test('answers have exactly the content types that clients look for', async (t) => {
  const url = await start(t);
  t.match(await ask(`${url}/jsonrpc`, { jsonrpc: '2.0', id: 1, ...LOGIN }), {
    status: 200,
    type: /^application\/json$/,
    text: /^\{"jsonrpc":"2\.0","result":"OpaqueRef:[^"]+","id":1\}$/,
  });
  t.match(await ask(`${url}/jsonrpc`, { id: 'x', ...LOGIN }), {
    status: 200,
    type: /^application\/json$/,
    text: /^\{"result":"OpaqueRef:[^"]+","error":null,"id":"x"\}$/,
  });
  for (const path of ['', '/', '/RPC2', '/xmlrpc', '/any']) {
    t.match(
      await ask(`${url}${path}`, XML_LOGIN),
      { status: 200, type: /^text\/xml$/, text: /<value>Success<.*<value>OpaqueRef:/ },
      path,
    );
  }
});

t.test('the formats of a release are those it had', async (t) => {
  const call = { jsonrpc: '2.0', id: 1, ...LOGIN };
  const old = await start(t, 'tampa');
  t.match(await ask(`${old}/jsonrpc`, call), { status: 200, type: 'text/xml', text: /Failure/ });
  t.match(await ask(`${old}/`, XML_LOGIN), { status: 200, type: 'text/xml', text: /Success/ });
  for (const asOf of ['clearwater', 'falcon']) {
    const { text, type } = await ask(`${await start(t, asOf)}/jsonrpc`, call);
    t.equal(type, 'application/json');
    t.match(JSON.parse(text), { id: 1, error: null, result: /^OpaqueRef/ }, asOf);
    t.notOk('jsonrpc' in (JSON.parse(text) as object));
  }
  const { text } = await ask(`${await start(t, 'inverness')}/jsonrpc`, call);
  t.match(JSON.parse(text), { jsonrpc: '2.0', id: 1, result: /^OpaqueRef/ });
});

t.test('what holds no call is refused as a real XAPI does', async (t) => {
  const url = await start(t);
  const bad: readonly (readonly [unknown, RegExp])[] = [
    ['{', /Yojson\.Json_error/],
    ['', /Yojson\.Json_error\(&quot;Blank input data&quot;\)/],
    [[], /Malformed_method_request\(&quot;Invalid request body&quot;\)/],
    [[{ jsonrpc: '2.0', id: 1, ...LOGIN }], /Invalid request body/],
    [{ jsonrpc: '2.0', ...LOGIN }, /Invalid field &apos;id&apos; in request body/],
    [{ jsonrpc: '2.0', id: null, ...LOGIN }, /Invalid field &apos;id&apos;/],
    [{ jsonrpc: '1.0', id: 1, ...LOGIN }, /Invalid field &apos;jsonrpc&apos;/],
    [{ jsonrpc: '2.0', id: 1, params: [] }, /Required field method is missing/],
  ];
  for (const [body, text] of bad) {
    const answer = await ask(`${url}/jsonrpc`, body);
    t.match(answer, { status: 500, type: 'text/html', text }, JSON.stringify(body));
  }
  for (const body of ['', '{"id":1}', '<a/>', XML_LOGIN.slice(0, 80)]) {
    const answer = await ask(`${url}/RPC2`, body);
    t.match(answer, { status: 500, type: 'text/html', text: /Xmlm\.Error/ }, body);
  }
  t.match(await ask(`${url}/jsonrpc`, '', 'GET'), { status: 301, type: null, text: '' });
  t.match(await ask(`${url}/`, '', 'HEAD'), { status: 301, text: '' });
  t.match(await ask(`${url}/jsonrpc`, '', 'OPTIONS'), { status: 200, type: null, text: '' });
  t.match(await ask(`${url}/jsonrpc`, '{}', 'PUT'), { status: 403, type: 'text/html' });
  t.match(await ask(`${url}/`, XML_LOGIN), { status: 200 }, 'and goes on');
});

t.test('a chunked body is not read', async (t) => {
  const url = await start(t);
  const body = JSON.stringify({ id: 1, ...LOGIN });
  const heard = await talk(
    url,
    `POST /jsonrpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    () => false,
  );
  t.match(heard, /^HTTP\/1\.1 500 .*content-length: HTTP header/is, 'and the connection is closed');
});

t.test('a connection serves one call after another, unless it is HTTP/1.0', async (t) => {
  const url = await start(t);
  const request = (version: string): string =>
    `POST /RPC2 HTTP/${version}\r\nHost: x\r\nContent-Length: ${XML_LOGIN.length}\r\n\r\n${XML_LOGIN}`;
  const answers = (heard: string): number => heard.split('</methodResponse>').length - 1;
  const two = await talk(url, request('1.1') + request('1.1'), (heard) => answers(heard) === 2);
  t.equal(answers(two), 2);
  t.match(two, /content-length: \d+/i);
  const one = await talk(url, request('1.0'), () => false);
  t.equal(answers(one), 1, 'closed by the pool');
});

t.test('curl can talk to it', { skip }, async (t) => {
  const url = await start(t);
  const curl = async (body: unknown): Promise<unknown> => {
    const { stdout } = await run('curl', [
      '-sS',
      '--fail',
      '-d',
      JSON.stringify(body),
      `${url}/jsonrpc`,
    ]);
    return JSON.parse(stdout);
  };
  const login = (await curl({ jsonrpc: '2.0', id: 1, ...LOGIN })) as { readonly result: string };
  const pools = { jsonrpc: '2.0', id: 2, method: 'pool.get_all', params: [login.result] };
  t.match(await curl(pools), { id: 2, result: [/^OpaqueRef:/] });
});
