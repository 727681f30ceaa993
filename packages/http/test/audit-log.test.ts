import type { JsonObject, ResourceType } from '@gdcloud/core';
import t from 'tap';
import { type RealCloud, serveRealCloud } from './real-cloud.js';
import { at, sends } from './served.js';

/** What it takes to make one of a type; `null` where callers make none. */
const BODIES: Readonly<Record<string, JsonObject | null>> = {
  account: { name: 'Eve' },
  apikey: {},
  login: { username: 'ada', password: 'correct horse battery' },
  auditrecord: null,
  offering: { name: 'tiny', ramSizeMb: 512, cpuCount: 1 },
  image: { name: 'i', osType: 'linux', bootMode: 'hvm', sizeGb: 1, source: 'generated' },
  imagecopy: null,
  host: null,
  storagepool: null,
  orphan: null,
  network: { ipv4Cidr: '10.0.0.0/24' },
  addresspool: { cidr: '198.51.100.0/24', gateway: '198.51.100.1', uplink: 'wan' },
  ipaddress: { networkId: '1' },
  portforward: {
    ipaddressId: '1',
    protocol: 'tcp',
    publicStartPort: 22,
    privateStartPort: 22,
    virtualmachineId: '1',
  },
  loadbalancer: { ipaddressId: '1', publicPort: 80, privatePort: 80, virtualmachineIds: ['1'] },
  networkrule: {
    networkId: '1',
    ipaddressId: '1',
    action: 'allow',
    protocol: 'tcp',
    sourceCidr: '0.0.0.0/0',
    startPort: 22,
  },
  vpn: { networkId: '1', ipaddressId: '1' },
  vpnclient: { vpnId: '1', name: 'laptop' },
  virtualmachine: { offering: '1gb-1cpu', imageId: '1', networkId: '1' },
  volume: { sizeGb: 1 },
  snapshot: { volumeId: '1' },
};

/** In this order, so that each finds what it refers to. */
const ORDER = [
  'account',
  'apikey',
  'login',
  'offering',
  'image',
  'network',
  // Before the root disk of the server comes.
  'volume',
  'virtualmachine',
  'addresspool',
  'ipaddress',
  'portforward',
  'loadbalancer',
  'networkrule',
  'vpn',
  'vpnclient',
  'snapshot',
];

async function newest(real: RealCloud): Promise<readonly JsonObject[]> {
  const { json } = await real.fetch('/v1/auditrecords?limit=1000');
  return at(json, 'data') as readonly JsonObject[];
}

t.test(
  'every mutating request that is carried out leaves one record, every other none',
  async (t) => {
    const real = await serveRealCloud(t);
    const types = real.cloud.types.all();
    t.same(
      types.map(({ id }) => id).filter((id) => !Object.hasOwn(BODIES, id)),
      [],
      'each type is thought of',
    );
    let known = (await newest(real)).length;
    const tally = { carriedOut: new Set<string>(), refused: 0 };
    const send = async (
      type: ResourceType,
      action: string,
      path: string,
      init: RequestInit,
    ): Promise<unknown> => {
      const reply = await real.fetch(path, init);
      const records = await newest(real);
      const name = `${init.method ?? ''} ${path}`;
      if (reply.status >= 300) {
        t.equal(records.length, known, `${name}: ${reply.status} leaves nothing`);
        tally.refused += 1;
      } else {
        t.equal(records.length, known + 1, `${name}: ${reply.status} leaves one`);
        t.match(
          records.at(-1),
          {
            type: 'auditrecord',
            action,
            resourceType: type.id,
            resourceId: at(reply.json, 'id') ?? /./,
            source: '127.0.0.1',
            requestId: reply.headers.get('x-request-id') ?? /./,
            keyUuid: /^[0-9a-f-]{36}$/,
          },
          name,
        );
        tally.carriedOut.add(`${type.id} ${action}`);
      }
      known = records.length;
      return reply.json;
    };
    const made: { readonly type: ResourceType; readonly path: string }[] = [];
    for (const type of [...types].sort((a, b) => ORDER.indexOf(a.id) - ORDER.indexOf(b.id))) {
      const body = BODIES[type.id] ?? null;
      const collection = `/v1/${type.plural}`;
      const reply = await send(type, 'create', collection, sends('POST', body ?? {}));
      const { json } = await real.fetch(`${collection}?limit=1`);
      const id = at(reply, 'id') ?? at(json, 'data', 0, 'id');
      if (body !== null)
        t.ok(tally.carriedOut.has(`${type.id} create`), `a ${type.id} can be made`, { reply });
      if (typeof id === 'string' && at(reply, 'type') !== 'error')
        made.push({ type, path: `${collection}/${id}` });
      else if (at(json, 'data', 0) !== undefined)
        made.push({ type, path: `${collection}/${String(at(json, 'data', 0, 'id'))}` });
    }
    for (const { type, path } of made) {
      await send(type, 'update', path, sends('PUT', { description: 'x' }));
      await send(type, 'update', path, sends('PUT', { description: 'x' }));
      for (const action of [
        ...Object.keys(type.actions),
        'reconcile',
        'recreate',
        'keep',
        'nothing',
      ])
        await send(type, `act:${action}`, `${path}?action=${action}`, sends('POST', {}));
    }
    for (const { type, path } of made.toReversed()) {
      if (type.id === 'apikey' || type.id === 'account') continue;
      await send(type, 'delete', path, { method: 'DELETE' });
    }
    for (const type of types) {
      if (BODIES[type.id] === null) continue;
      for (const action of ['create', 'update'])
        t.ok(
          tally.carriedOut.has(`${type.id} ${action}`),
          `${action} of ${type.id} was carried out`,
        );
      t.ok(tally.carriedOut.has(`${type.id} act:reconcile`), `reconcile of ${type.id}`);
    }
    t.ok(tally.carriedOut.size > 45, `${tally.carriedOut.size} kinds of requests were carried out`);
    t.ok(tally.refused > 20, `${tally.refused} requests were refused`);
  },
);

t.test('a repeated request leaves no second record, a plan and a read none', async (t) => {
  const real = await serveRealCloud(t);
  const before = (await newest(real)).length;
  const init = {
    ...sends('POST', { ipv4Cidr: '10.0.0.0/24' }),
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
  };
  await real.fetch('/v1/networks?dryRun=plan', init);
  await real.fetch('/v1/networks/1');
  await real.fetch('/v1/networks/1?action=explain');
  t.equal((await newest(real)).length, before);
  await real.fetch('/v1/networks', init);
  await real.fetch('/v1/networks', init);
  t.equal((await newest(real)).length, before + 1);
});

t.test('the log is read, filtered and sorted like any type, and by nobody written', async (t) => {
  const real = await serveRealCloud(t);
  const network = await real.post('/v1/networks', { ipv4Cidr: '10.0.0.0/24' });
  const uuid = String(at(network, 'uuid'));
  const list = await real.fetch(`/v1/auditrecords?resourceUuid=${uuid}&action_prefix=cre`);
  const [record] = at(list.json, 'data') as readonly JsonObject[];
  t.match(record, {
    type: 'auditrecord',
    action: 'create',
    resourceType: 'network',
    time: /Z$/,
    timeTS: Number,
    beforeHash: null,
    afterHash: /^[0-9a-f]{64}$/,
    actions: {},
  });
  const self = `/v1/auditrecords/${String(record?.['id'])}`;
  t.match((await real.fetch(self)).json, { id: record?.['id'] });
  t.match((await real.fetch(`${self}/actor`)).json, { type: 'account', kind: 'admin' });
  t.equal((await real.fetch(self, { key: real.user })).status, 404);
  t.equal((await real.fetch(self, { method: 'DELETE' })).status, 405);
  t.equal((await real.fetch(self, sends('PUT', { action: 'x' }))).status, 405);
  t.equal((await real.fetch('/v1/auditrecords', sends('POST', {}))).status, 405);
  t.equal((await real.fetch(`${self}?action=reconcile`, sends('POST', {}))).status, 422);
  const sorted = await real.fetch('/v1/auditrecords?sort=time&order=desc&limit=1');
  t.equal(at(sorted.json, 'data', 0, 'resourceUuid'), uuid);
  const account = String(at(record, 'accountId'));
  const verdict = await real.fetch(`/v1/accounts/${account}?action=verifyaudit`, sends('POST', {}));
  t.match([verdict.status, verdict.json], [200, { intact: 'yes', fault: null, complete: 'yes' }]);
  t.match((await real.fetch('/v1/auditrecords', { key: real.user })).status, 200);
});

t.test('who acted can be followed from a line, but is no part of answers', async (t) => {
  const real = await serveRealCloud(t);
  const schema = await real.fetch('/v1/schemas/auditrecord');
  t.same(at(schema.json, 'includeableLinks'), []);
  await real.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  const lines = await real.fetch('/v1/auditrecords');
  const actor = String(at(lines.json, 'data', 0, 'links', 'actor')).slice(real.url.length);
  t.match(await real.fetch(actor), { status: 200, json: { type: 'account' } });
  t.match(await real.fetch('/v1/auditrecords?include=actor'), {
    status: 400,
    json: { fieldName: 'include' },
  });
});
