import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createClient } from '@gdcloud/http/client';
import t, { type Test } from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { listening } from '../served.js';

/** How many answers to writes get lost: each write is carried out, and nobody told. */
interface Losses {
  left: number;
}

/** A client of a real cloud, behind a server that carries requests there and loses answers. */
async function losingAnswers(t: Test) {
  const { url, admin } = await serveRealCloud(t, { api: { feed: undefined } });
  const losses: Losses = { left: 0 };
  const carrier = createServer(async (request, response) => {
    const { method = 'GET', headers, url: path = '/' } = request;
    const names = ['authorization', 'content-type', 'accept', 'if-match', 'idempotency-key'];
    const carried = names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    const body = method === 'GET' ? undefined : await buffer(request);
    const answer = await fetch(url + path, {
      method,
      headers: Object.fromEntries(carried),
      ...(body === undefined || body.byteLength === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    if (method !== 'GET' && losses.left > 0) {
      losses.left -= 1;
      request.socket.destroy();
      return;
    }
    const etag = answer.headers.get('etag');
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(etag === null ? {} : { etag }),
    });
    response.end(text);
  });
  const client = createClient({
    url: `http://127.0.0.1:${await listening(carrier)}`,
    accessKey: admin.publicValue,
    secretKey: admin.secretValue,
    surroundings: {
      random: () => 0,
      after: (ms, call) => {
        const timer = setTimeout(call, Math.min(ms, ms >= 30_000 ? ms : 1));
        return () => clearTimeout(timer);
      },
    },
  });
  t.teardown(() => {
    carrier.close();
    carrier.closeAllConnections();
  });
  return { client, losses };
}

t.test('a create whose answer is lost makes one, however often it is lost', async (t) => {
  const { client, losses } = await losingAnswers(t);
  losses.left = 3;
  const network = await client.networks.create({ name: 'lan', ipv4Cidr: '10.0.0.0/24' });
  t.equal(losses.left, 0);
  t.same(
    (await client.networks.list()).data.map(({ id, name }) => [id, name]),
    [[network.id, 'lan']],
  );
});

t.test('an action whose answer is lost is taken once', async (t) => {
  const { client, losses } = await losingAnswers(t);
  const network = await client.networks.create({ ipv4Cidr: '10.0.0.0/24' });
  const asked = { offering: '1gb-1cpu', imageId: '1', networkId: network.id };
  const { id } = await client.virtualmachines.create(asked);
  await client.virtualmachines.waitFor(id, 'settled');
  losses.left = 2;
  await client.virtualmachines.restart(id);
  t.equal(losses.left, 0);
  const restarts = (await client.virtualmachines.history(id)).filter(
    ({ what }) => what === 'restart requested',
  );
  t.equal(restarts.length, 1);
  const volume = await client.volumes.create({ sizeGb: 1 });
  await client.volumes.waitFor(volume, 'settled');
  losses.left = 2;
  await client.volumes.snapshot(volume);
  t.equal((await client.snapshots.list()).data.length, 1, 'nor is anything made twice by one');
  await client.volumes.snapshot(volume);
  t.equal((await client.snapshots.list()).data.length, 2, 'two calls are two');
});

t.test('a change under a condition is answered as it was made, not as too late', async (t) => {
  const { client, losses } = await losingAnswers(t);
  const volume = await client.volumes.create({ sizeGb: 1, name: 'a' });
  await client.volumes.waitFor(volume, 'settled');
  losses.left = 1;
  let asked = 0;
  const changed = await client.volumes.change(volume, ({ name }) => {
    asked += 1;
    return { name: `${name}b` };
  });
  t.equal(losses.left, 0);
  t.same([changed.name, asked], ['ab', 1]);
  losses.left = 1;
  t.match(await client.volumes.delete(volume), { id: volume.id });
  t.equal(losses.left, 0);
});

t.test('a key of the caller’s is good for another call, and for the same only', async (t) => {
  const { client } = await losingAnswers(t);
  const once = { idempotencyKey: 'the volume of 30 November' };
  const first = await client.volumes.create({ sizeGb: 1 }, once);
  t.equal((await client.volumes.create({ sizeGb: 1 }, once)).id, first.id);
  await t.rejects(client.volumes.create({ sizeGb: 2 }, once), {
    status: 422,
    code: 'IdempotencyKeyReused',
  });
  t.equal((await client.volumes.list()).data.length, 1);
});
