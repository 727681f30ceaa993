import { createClient } from '@gdcloud/http/client';
import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { feedServer } from './feed-server.js';

const keys = { accessKey: 'a', secretKey: 'b' };

t.test('a watch that is broken off goes on after the last change it told', async (t) => {
  const feed = await feedServer(t);
  const client = createClient({ url: feed.url, ...keys });
  const states: string[] = [];
  const begun = client.watch({
    types: ['volume', 'network'],
    resourceId: '1',
    accountId: '2',
    include: 'resource',
  });
  for await (const told of begun) {
    if (told.type === 'ready' && feed.opened.length === 1) {
      feed.change('creating');
      feed.change('active');
    }
    if (told.type !== 'change') continue;
    states.push(told.state);
    if (told.state === 'active') {
      feed.breakOff();
      feed.change('updating');
      feed.change('removed');
    }
    if (told.state === 'removed') break;
  }
  t.same(states, ['creating', 'active', 'updating', 'removed'], 'nothing is lost or doubled');
  t.same(feed.opened, [
    {
      query: '?resourceType=volume&resourceType=network&resourceId=1&accountId=2&include=resource',
      after: undefined,
    },
    {
      query: '?resourceType=volume&resourceType=network&resourceId=1&accountId=2&include=resource',
      after: '2',
    },
  ]);
});

t.test('a server that says good-bye is asked again', async (t) => {
  const feed = await feedServer(t);
  const client = createClient({ url: feed.url, ...keys });
  for await (const told of client.watch()) {
    if (told.type === 'ready' && feed.opened.length === 1) feed.send('event: bye\ndata: {}\n\n');
    if (told.type === 'ready' && feed.opened.length === 2) break;
  }
  t.equal(feed.opened.length, 2);
});

t.test('who was away for too long is told to list again, and goes on from there', async (t) => {
  const feed = await feedServer(t);
  const client = createClient({ url: feed.url, ...keys });
  feed.change('creating');
  feed.change('active');
  feed.forget();
  const told: string[] = [];
  for await (const { type, id } of client.watch({ after: '1' })) {
    told.push(`${type} ${id}`);
    if (type === 'ready') feed.change('updating');
    if (type === 'change') break;
  }
  t.same(told, ['reset 2', 'ready 2', 'change 3']);
});

t.test('a watch ends with the reason of its signal, and closes its stream', async (t) => {
  const feed = await feedServer(t);
  const client = createClient({ url: feed.url, ...keys });
  const control = new AbortController();
  const reason = new Error('enough');
  const watched = client.watch({ signal: control.signal });
  t.equal((await watched.next()).value.type, 'ready');
  const next = watched.next();
  control.abort(reason);
  await t.rejects(next, reason);
  feed.send(': nobody listens\n\n');
});

t.test('keys that open nothing end a watch at once', async (t) => {
  const real = await serveRealCloud(t);
  const client = createClient({ url: real.url, ...keys });
  await t.rejects(client.watch().next(), { status: 401, code: 'Unauthorized' });
});

t.test('a wait reads again when the feed tells of the resource, not before', async (t) => {
  const feed = await feedServer(t);
  const resource = {
    id: '1',
    type: 'volume',
    transitioning: 'yes',
    state: 'creating',
    removed: null,
  };
  feed.resource = resource;
  let reads = 0;
  const client = createClient({
    url: feed.url,
    ...keys,
    fetch: (url, init) => {
      if (String(url).endsWith('/volumes/1')) reads += 1;
      return fetch(url, init);
    },
  });
  const waited = client.volumes.waitFor('1', 'settled');
  await feed.opening(1);
  feed.resource = { ...resource, transitioning: 'no', state: 'active' };
  feed.change('active');
  t.match(await waited, { state: 'active' });
  t.match(feed.opened, [{ query: '?resourceType=volume&resourceId=1' }]);
  t.ok(reads <= 4, `${reads} reads`);
});

t.test('a cloud tells what it does, and a watch of one type hears of no other', async (t) => {
  const real = await serveRealCloud(t);
  const client = createClient({
    url: real.url,
    accessKey: real.admin.publicValue,
    secretKey: real.admin.secretValue,
  });
  const states: string[] = [];
  let last = '';
  for await (const told of client.watch({ types: ['volume'], include: 'resource' })) {
    if (told.type === 'ready') {
      await client.networks.create({ ipv4Cidr: '10.0.0.0/24' });
      await client.volumes.create({ sizeGb: 5, name: 'data' });
    }
    if (told.type !== 'change') continue;
    t.match(told, { resourceType: 'volume', resourceId: '1', resource: { name: 'data' } });
    states.push(told.state);
    last = told.id;
    if (told.state === 'active') break;
  }
  // A state is told as it is when it is read: the cloud may have been quicker.
  t.same(
    states.filter((state) => state !== 'creating'),
    ['active'],
  );
  await client.volumes.update('1', { name: 'more' });
  for await (const told of client.watch({ types: ['volume'], after: last, include: 'resource' })) {
    if (told.type !== 'change') continue;
    t.match(told.resource, { name: 'more' }, 'what happened meanwhile is told');
    break;
  }
});

t.test('a wait on a cloud with a feed hears when it is over', async (t) => {
  const real = await serveRealCloud(t);
  let listens = (): void => {};
  const listening = new Promise<void>((resolve) => {
    listens = resolve;
  });
  const client = createClient({
    url: real.url,
    accessKey: real.admin.publicValue,
    secretKey: real.admin.secretValue,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (String(url).endsWith('/events?resourceType=image&resourceId=3') && response.ok) listens();
      return response;
    },
  });
  const image = await client.images.create({ osType: 'linux', bootMode: 'hvm', source: 'upload' });
  t.equal(image.id, '3');
  const waited = client.images.waitFor(image, ({ name }) => name === 'told');
  await listening;
  await client.images.update(image, { name: 'told' });
  t.match(await waited, { name: 'told' });
});
