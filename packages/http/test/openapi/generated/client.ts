import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

// What a user of openapi-typescript writes: no type of ours, only what the document says.
const { URL: baseUrl = '', AUTHORIZATION: authorization = '' } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization } });

const made = await client.POST('/networks', { body: { name: 'lan', ipv4Cidr: '10.3.0.0/24' } });
assert.equal(made.response.status, 201);
const network = made.data;
assert.ok(network !== undefined && network.type === 'network');
const cidr: string = network.ipv4Cidr;
const domain: string = network.domain;
const limit: number | null = network.rateLimitMbit;
assert.deepEqual([cidr, domain, limit], ['10.3.0.0/24', 'internal', null]);

const listed = await client.GET('/networks', {
  params: { query: { name_prefix: 'l', removed_null: true, sort: 'name', order: 'desc' } },
});
const names: (string | null)[] = (listed.data?.data ?? []).map(({ name }) => name);
assert.deepEqual(names, ['lan']);
assert.equal(listed.data?.pagination?.partial, false);

const one = await client.GET('/networks/{id}', { params: { path: { id: network.id } } });
assert.ok(one.data?.type === 'network' && one.data.uuid === network.uuid);
const etag = one.response.headers.get('etag') ?? '';

const changed = await client.PUT('/networks/{id}', {
  params: { path: { id: network.id }, header: { 'If-Match': etag } },
  body: { rateLimitMbit: 100 },
});
assert.ok(changed.data?.type === 'network' && changed.data.rateLimitMbit === 100);
const late = await client.PUT('/networks/{id}', {
  params: { path: { id: network.id }, header: { 'If-Match': etag } },
  body: { rateLimitMbit: 200 },
});
assert.deepEqual([late.response.status, late.error?.code], [412, 'PreconditionFailed']);

const planned = await client.POST('/networks', {
  params: { query: { dryRun: 'plan' } },
  body: { ipv4Cidr: '10.4.0.0/24' },
});
assert.equal(planned.response.status, 200);

const child = await client.POST('/networks/{id}/virtualmachines', {
  params: { path: { id: network.id } },
  body: { offering: '1gb-1cpu', imageId: '1', networkId: network.id, name: 'web' },
});
const server = child.data;
assert.ok(server !== undefined && server.type === 'virtualmachine');
const running: 'running' | 'stopped' = server.desiredState;
assert.equal(running, 'running');
const asked = await client.POST('/virtualmachines/{id}', {
  params: { path: { id: server.id }, query: { action: 'resize' } },
  body: { offering: '2gb-2cpu' },
});
assert.equal(asked.response.status, 202);
const why = await client.GET('/virtualmachines/{id}', {
  params: { path: { id: server.id }, query: { action: 'explain' } },
});
assert.ok(why.data?.type === 'explanation' && why.data.verdict !== '');
const parent = await client.GET('/virtualmachines/{id}/network', {
  params: { path: { id: server.id } },
});
assert.equal(parent.data?.id, network.id);
const told = await client.GET('/virtualmachines/{id}/events', {
  params: { path: { id: server.id } },
});
assert.ok(told.data?.data.some(({ what }) => what === 'requested'));

const wrong = await client.POST('/networks', { body: { ipv4Cidr: 'everything' } });
assert.deepEqual(
  [wrong.response.status, wrong.error?.code, wrong.error?.fieldName],
  [422, 'InvalidFormat', 'ipv4Cidr'],
);
const gone = await client.DELETE('/virtualmachines/{id}', { params: { path: { id: server.id } } });
assert.equal(gone.response.status, 200);

// @ts-expect-error A required field is missing.
await client.POST('/networks', { body: { name: 'no addresses' } });
await client.GET('/virtualmachines', {
  // @ts-expect-error There is no such field to sort by.
  params: { query: { sort: 'colour' } },
});
process.stdout.write('all of it works\n');
