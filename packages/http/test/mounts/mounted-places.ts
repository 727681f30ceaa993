import type { Test } from 'tap';
import { at, basic } from '../served.js';
import { mounted, newMounting, type Subject, wireTo } from './subject.js';

/** The API is under its path, knows it, and nothing of the host application changes. */
export async function places(t: Test, subject: Subject): Promise<void> {
  await t.test(`${subject.name}: links are absolute and lead through the mount`, async (t) => {
    const { origin, wire, headers } = await mounted(t, subject);
    const root = await wire.ask('/cloud', { headers });
    t.match(root, { status: 200, json: { data: [{ links: { self: `${origin}/cloud/v1` } }] } });
    for (const path of ['/cloud/', '/cloud//'])
      t.equal((await wire.ask(path, { headers })).text, root.text, path);
    const version = await wire.ask('/cloud/v1', { headers });
    t.match(version.json, { links: { networks: `${origin}/cloud/v1/networks` } });
    t.equal(version.headers['x-api-schemas'], `${origin}/cloud/v1/schemas`);
    t.equal(version.headers['x-api-client-ip'], '127.0.0.1');
    const schemas = await wire.ask('/cloud/v1/schemas', { headers });
    t.equal(at(schemas.json, 'links', 'self'), `${origin}/cloud/v1/schemas`);
  });

  await t.test(`${subject.name}: trailing and double slashes change nothing`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    const plain = await wire.ask('/cloud/v1/networks?limit=2', { headers });
    for (const path of ['/cloud/v1/networks/?limit=2', '/cloud//v1///networks?limit=2'])
      t.match(await wire.ask(path, { headers }), { status: 200, text: plain.text }, path);
  });

  await t.test(`${subject.name}: HEAD has the headers of GET and no body`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    for (const path of ['/cloud', '/cloud/v1/networks', '/cloud/v1/nothing']) {
      const get = await wire.ask(path, { headers });
      const head = await wire.ask(path, { headers, method: 'HEAD' });
      t.match(head, { status: get.status, text: '' }, path);
      for (const name of ['content-type', 'content-length', 'x-api-schemas'])
        t.equal(head.headers[name], get.headers[name], `${path} ${name}`);
    }
  });

  await t.test(`${subject.name}: errors are the API's own`, async (t) => {
    const { origin, wire, headers } = await mounted(t, subject);
    const expect = async (path: string, status: number, code: string, asked = {}) => {
      const answer = await wire.ask(path, { headers, ...asked });
      t.match(answer, { status, json: { type: 'error', status, code } }, `${code} ${path}`);
      t.equal(answer.headers['x-api-schemas'], `${origin}/cloud/v1/schemas`);
      return answer;
    };
    await expect('/cloud/v1/nothing', 404, 'NotFound');
    await expect('/cloud/v1/networks/99', 404, 'NotFound');
    // Some routers refuse by themselves what can't be decoded.
    t.equal((await wire.ask('/cloud/v1/%ff', { headers })).status, 400);
    await expect('/cloud/v1/networks', 422, 'MissingRequired', { method: 'POST', body: '{}' });
    await expect('/cloud/v1/networks', 405, 'MethodNotAllowed', { method: 'PATCH', body: '{}' });
    const stranger = await expect('/cloud/v1', 401, 'Unauthorized', { headers: {} });
    t.match(stranger.headers['www-authenticate'], /^Basic /);
  });

  await t.test(`${subject.name}: the host application keeps what is its own`, async (t) => {
    const { wire } = await mounted(t, subject);
    t.match(await wire.ask('/own'), { status: 200, text: 'the host' });
    for (const path of [
      '/',
      '/v1',
      '/cloudy',
      '/elsewhere/cloud/v1',
      '/cloud/else',
      '/healthz',
      '/cloud/v12',
    ])
      t.match(await wire.ask(path), { status: 404, text: "not the host's" }, path);
    t.equal((await wire.ask('/cloud/healthz')).status, 200);
  });

  await t.test(`${subject.name}: two APIs in one process know nothing of each other`, async (t) => {
    const [one, two] = [newMounting('/cloud'), newMounting('/deep/er/cloud')];
    const host = await subject.start({ mountings: [one, two], parsers: 'none' });
    t.teardown(() => host.close());
    const wire = wireTo(t, subject, host.origin);
    const [mine, theirs] = [{ authorization: basic(one.key) }, { authorization: basic(two.key) }];
    const body = JSON.stringify({ ipv4Cidr: '10.0.0.0/24' });
    const made = await wire.ask('/cloud/v1/networks', { method: 'POST', headers: mine, body });
    t.equal(made.status, 201);
    t.equal(made.headers['location'], at(made.json, 'links', 'self'));
    t.match(made.headers['location'], `${host.origin}/cloud/v1/networks/`);
    const list = async (prefix: string, headers = mine) =>
      at((await wire.ask(`${prefix}/v1/networks`, { headers })).json, 'data', 0, 'links', 'self');
    t.equal(await list('/cloud'), made.headers['location']);
    t.equal(await list('/deep/er/cloud', theirs), undefined);
    const version = await wire.ask('/deep/er/cloud/v1', { headers: theirs });
    t.match(version.json, { links: { networks: `${host.origin}/deep/er/cloud/v1/networks` } });
  });
}
