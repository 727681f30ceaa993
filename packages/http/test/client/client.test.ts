import { DriverFailure, RESOURCE_TYPE } from '@gdcloud/core';
import { ApiError, createClient, WaitError } from '@gdcloud/http/client';
import t, { type Test } from 'tap';
import { type RealCloud, serveRealCloud } from '../real-cloud.js';
import { dnsrecord } from './types.js';

const keysOf = ({ admin }: RealCloud): { accessKey: string; secretKey: string } => ({
  accessKey: admin.publicValue,
  secretKey: admin.secretValue,
});

async function clientOf(t: Test) {
  const real = await serveRealCloud(t);
  return { real, client: createClient({ url: real.url, ...keysOf(real) }) };
}

t.test('a server is created, waited for, changed, asked and removed', async (t) => {
  const { client } = await clientOf(t);
  const network = await client.networks.create({ name: 'lan', ipv4Cidr: '10.0.0.0/24' });
  t.match(network, { type: 'network', state: 'creating', domain: 'internal' });
  const asked = await client.virtualmachines.create({
    name: 'web',
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: network.id,
  });
  const server = await client.virtualmachines.waitFor(asked, 'settled');
  t.match(server, { state: 'running', transitioning: 'no', powerState: 'running' });
  t.equal((await client.virtualmachines.get(server.id)).uuid, asked.uuid);
  t.equal((await client.virtualmachines.update(server, { name: 'web1' })).name, 'web1');
  await client.virtualmachines.resize(server, { offering: '2gb-4cpu' });
  t.equal((await client.virtualmachines.get(server)).offering, '2gb-4cpu');
  t.match(await client.virtualmachines.explain(server), { type: 'explanation', verdict: String });
  t.ok((await client.virtualmachines.history(server)).some(({ what }) => what === 'requested'));
  const stopped = await client.virtualmachines.stop(server);
  t.equal(stopped.desiredState, 'stopped');
  await client.virtualmachines.waitFor(server, ({ state }) => state === 'stopped');

  t.equal((await client.virtualmachines.follow(server, 'network')).id, network.id);
  const volumes = await client.virtualmachines.follow(server, 'volumes');
  t.match(volumes.data, [{ type: 'volume', device: 0 }]);
  const iterated: string[] = [];
  for await (const volume of client.virtualmachines.follow(server.id, 'volumes'))
    iterated.push(volume.id);
  t.same(
    iterated,
    volumes.data.map(({ id }) => id),
  );

  await client.virtualmachines.delete(server);
  const gone = await client.virtualmachines.waitFor(server, 'removed');
  t.not(gone.removed, null);
});

t.test('a list is a page when awaited, and everything when iterated', async (t) => {
  const { client } = await clientOf(t);
  for (let size = 1; size <= 5; size += 1)
    await client.volumes.create({ name: `v${size}`, sizeGb: size });
  const page = await client.volumes.list({ sort: 'sizeGb', limit: 2 });
  t.same(
    page.data.map(({ sizeGb }) => sizeGb),
    [1, 2],
  );
  t.ok(page.partial);
  t.same(
    (await page.next())?.data.map(({ sizeGb }) => sizeGb),
    [3, 4],
  );
  const names: (string | null)[] = [];
  const all = client.volumes.list({
    filters: { sizeGb_lte: 4 },
    order: 'desc',
    sort: 'sizeGb',
    limit: 1,
  });
  for await (const { name } of all) names.push(name);
  t.same(names, ['v4', 'v3', 'v2', 'v1']);
  t.equal(await (await client.volumes.list()).next(), undefined, 'after the last page is none');
});

t.test('what is refused is an ApiError that says all the API says', async (t) => {
  const { client } = await clientOf(t);
  const refused = await client.networks.create({ ipv4Cidr: 'everything' }).catch(String);
  t.match(refused, /ApiError: ipv4Cidr must be a private IPv4 network/);
  await t.rejects(client.networks.get('99'), { status: 404, code: 'NotFound', requestId: String });
  await t.rejects(client.networks.create({ ipv4Cidr: '1.2.3.4/8' }), {
    status: 422,
    code: 'InvalidFormat',
    fieldName: 'ipv4Cidr',
    detail: String,
  });
});

t.test('a change is made of what the resource is, whoever else changes it', async (t) => {
  const { client } = await clientOf(t);
  const { id } = await client.volumes.create({ sizeGb: 1, name: '0' });
  const increments = Array.from({ length: 5 }, () =>
    client.volumes.change(id, ({ name }) => ({ name: String(Number(name) + 1) })),
  );
  await Promise.all(increments);
  t.equal((await client.volumes.get(id)).name, '5');
  const before = await client.volumes.get(id);
  const untouched = await client.volumes.change(id, () => undefined);
  t.equal(untouched.name, before.name);
  await t.rejects(client.volumes.update(id, { name: 'late' }, { ifMatch: '"1"' }), {
    code: 'PreconditionFailed',
  });
});

t.test('a plan changes nothing', async (t) => {
  const { client } = await clientOf(t);
  const plan = await client.plan.volumes.create({ sizeGb: 5 });
  t.match(plan, { type: 'plan', complete: 'yes' });
  t.ok(plan.steps.length > 0);
  t.same((await client.volumes.list()).data, []);
  const { id } = await client.volumes.create({ sizeGb: 5 });
  await client.volumes.waitFor(id, 'settled');
  t.match(await client.plan.volumes.action(id, 'resize', { sizeGb: 6 }), { type: 'plan' });
  t.match(await client.plan.volumes.delete(id), { type: 'plan' });
  t.match(await client.plan.volumes.update(id, { name: 'x' }), { type: 'plan' });
  t.match(await client.volumes.get(id), { sizeGb: 5, name: null });
});

t.test('waiting ends with an error that says why: it failed, or took too long', async (t) => {
  const { client, real } = await clientOf(t);
  const network = await client.networks.create({ ipv4Cidr: '10.0.0.0/24' });
  for (const host of (await client.hosts.list()).data)
    await client.hosts.update(host, { enabled: false });
  const server = await client.virtualmachines.create({
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: network.id,
  });
  const late = await client.virtualmachines
    .waitFor(server, 'settled', { timeoutMs: 300 })
    .catch((thrown: unknown) => thrown);
  t.ok(late instanceof WaitError && late.reason === 'timeout');
  t.match(String(late), /virtualmachine 1, after 300 ms: .*host/);
  real.drivers.volumes.down = new DriverFailure('invalid', 'Refused', 'the share says no', {
    remedy: 'Ask for something else.',
  });
  const volume = await client.volumes.create({ sizeGb: 1 });
  const failed = await client.volumes.waitFor(volume, 'settled').catch((thrown: unknown) => thrown);
  t.ok(failed instanceof WaitError && failed.reason === 'failed');
  t.match(String(failed), /volume 2: the share says no/);
});

t.test('a signal ends a wait with its reason, and leaves nothing at the signal', async (t) => {
  const { client } = await clientOf(t);
  const control = new AbortController();
  const image = await client.images.create({ osType: 'linux', bootMode: 'hvm', sizeGb: 1 });
  const reason = new Error('enough');
  const waiting = client.images.waitFor(image, () => false, { signal: control.signal });
  control.abort(reason);
  await t.rejects(waiting, reason);
  await t.rejects(client.images.get(image, { signal: control.signal }), reason);
});

t.test('types of a plug-in are there by their declarations, and work', async (t) => {
  const real = await serveRealCloud(t, {
    plugins: [(container) => container.register(RESOURCE_TYPE, { useValue: dnsrecord })],
  });
  const client = createClient({ url: `${real.url}/v1/`, ...keysOf(real), types: [dnsrecord] });
  const network = await client.networks.create({ ipv4Cidr: '10.0.0.0/24' });
  const server = await client.virtualmachines.create({
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: network.id,
  });
  const record = await client.dnsrecords.create({
    hostname: 'www',
    virtualmachineId: server.id,
    expires: 1_700_000_000_000,
  });
  t.match(record, {
    type: 'dnsrecord',
    ttlSeconds: 60,
    expires: '2023-11-14T22:13:20Z',
    expiresTS: 1_700_000_000_000,
    address: null,
  });
  const renewed = await client.dnsrecords.renew(record, { until: '2027-01-01T00:00:00Z' });
  t.equal(renewed.expires, '2027-01-01T00:00:00Z');
  t.equal((await client.dnsrecords.follow(renewed, 'virtualmachine')).uuid, server.uuid);
  const same = await client.dnsrecords.list({
    filters: { hostname: 'www', expires_notnull: true },
  });
  t.equal(same.data.length, 1);
});

t.test('the key never leaves for another place, whatever a link says', async (t) => {
  const { client } = await clientOf(t);
  const asked: string[] = [];
  const other = createClient({
    url: 'http://cloud.example',
    accessKey: 'a',
    secretKey: 'b',
    fetch: async (url) => {
      asked.push(String(url));
      return Response.json({
        id: '1',
        links: { network: 'http://elsewhere.example/v1/networks/1' },
      });
    },
  });
  await t.rejects(other.virtualmachines.follow('1', 'network'), /leads away/);
  t.same(asked, ['http://cloud.example/v1/virtualmachines/1']);
  t.ok(client);
});

t.test('a client and its collections can be awaited: they are no promises', async (t) => {
  const { client } = await clientOf(t);
  t.equal(await Promise.resolve(client), client);
  const { volumes } = client;
  t.equal(await Promise.resolve(volumes), volumes);
  t.notOk(new ApiError(500, null, null).fieldName);
});
