import { once } from 'node:events';
import { request } from 'node:http';
import t from 'tap';
import { ownFolder } from './support/own-folder.js';
import { openScreen } from './support/screen-client.js';
import { KEY, startServer } from './support/server-process.js';

const SERVER = { name: 'web1', offering: '2gb-4cpu', imageId: '1', networkId: '1' };

/** Asks for the console of server 1, and returns its URL. */
async function askFor(url: string, id = '1'): Promise<string> {
  const auth = `Basic ${Buffer.from(`${KEY.access}:${KEY.secret}`).toString('base64')}`;
  const response = await fetch(`${url}/virtualmachines/${id}?action=console`, {
    method: 'POST',
    headers: { authorization: auth, accept: 'application/json' },
  });
  const body = (await response.json()) as { readonly url: string; readonly protocol: string };
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return body.url;
}

t.test('a console from the browser to the hypervisor', async (t) => {
  const server = await startServer(ownFolder(t));
  await server.post('networks', { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' });
  await server.post('virtualmachines', SERVER);
  await server.post('virtualmachines', { ...SERVER, name: 'web2' });
  await server.settled('virtualmachines/1');
  await server.settled('virtualmachines/2');

  await t.test('its URL is of this server, and shows the screen of the VM', async (t) => {
    const url = await askFor(server.url);
    t.match(url, /^ws:\/\/127\.0\.0\.1:[0-9]+\/v1\/consoles\/[A-Za-z0-9._-]+$/);
    t.equal(new URL(url).host, new URL(server.url).host);
    const screen = await openScreen(url);
    const shown = await screen.look();
    t.match(shown, { name: 'web1', plain: 'yes' });
    screen.type(0x61);
    t.same(await screen.look(), shown, 'it goes on after a key was pressed');
    const other = await openScreen(await askFor(server.url, '2'));
    const otherShown = await other.look();
    t.equal(otherShown.name, 'web2');
    t.notSame(otherShown.pixel, shown.pixel, 'each server has its colour');
    screen.close();
    other.close();
    await Promise.all([screen.closed, other.closed]);
  });

  await t.test('it opens once', async (t) => {
    const url = await askFor(server.url);
    const screen = await openScreen(url);
    await t.rejects(openScreen(url), { message: 'refused with 403' });
    screen.close();
    await screen.closed;
  });

  await t.test('without a WebSocket there is nothing at its URL', async (t) => {
    const url = (await askFor(server.url)).replace(/^ws/, 'http');
    const [response] = await once(request(url).end(), 'response');
    t.ok([401, 404].includes(response.statusCode), String(response.statusCode));
    response.resume();
  });

  await t.test(
    'it closes when the server is stopped, and there is none of a stopped one',
    async (t) => {
      const screen = await openScreen(await askFor(server.url));
      await screen.look();
      const unused = await askFor(server.url);
      await server.post('virtualmachines/1?action=stop');
      t.ok([1001, 1005, 1008].includes(await screen.closed));
      await server.settled('virtualmachines/1');
      await t.rejects(openScreen(unused), { message: 'refused with 403' });
      await t.rejects(askFor(server.url), /ActionNotAvailable/);
    },
  );
  t.notMatch(server.output() + server.errors(), /consoles\/|session_id|OpaqueRef/);
});
