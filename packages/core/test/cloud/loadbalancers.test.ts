import type { JsonObject, ResourceUuid } from '@gdcloud/core';
import {
  CERTIFICATE_A,
  CERTIFICATE_B,
  KEY_A,
  KEY_B,
  WEAK_CERTIFICATE,
  WEAK_KEY,
} from '@gdcloud/services';
import t from 'tap';
import { readyNetwork, server, startCloud } from '../support/cloud.js';
import { documentOf, forwardTo, httpsBefore, reachable } from '../support/networking.js';
import { TellingNetwork } from '../support/over-network.js';

t.test('a balancer spreads over servers with an address, and one of weight 0 drains', async (t) => {
  const world = await startCloud(t);
  const { network, address, machine } = await reachable(world);
  const second = await world.create('virtualmachine', server(network, { name: 'web' }));
  const asked = await world.create('loadbalancer', {
    ipaddressId: address.id,
    publicPort: 443,
    privatePort: 8_443,
    virtualmachineIds: [machine.id, second.id],
    weights: { [second.id]: 0 },
    healthCheck: 'http',
    healthCheckPath: '/healthz',
  });
  await world.reaches('loadbalancer', asked.id, 'active');
  const other = await world.get('virtualmachine', second.id);
  t.same([machine.status['hostname'], other.status['hostname']], ['web', 'web-2']);
  t.match(documentOf(world, network).balancers, [
    {
      uuid: asked.uuid,
      protocol: 'tcp',
      publicAddress: address.status['address'],
      publicPort: 443,
      privatePort: 8_443,
      algorithm: 'roundRobin',
      check: { kind: 'http', path: '/healthz', intervalMs: 5_000, rise: 2, fall: 3 },
      backends: [
        { server: machine.uuid, privateAddress: machine.status['privateIpv4Address'], weight: 1 },
        { server: second.uuid, privateAddress: other.status['privateIpv4Address'], weight: 0 },
      ],
    },
  ]);
  await t.rejects(world.remove('virtualmachine', second.id), { code: 'InUse' });
  await world.update('loadbalancer', asked.id, { virtualmachineIds: [machine.id], weights: {} });
  await world.remove('virtualmachine', second.id);
  await world.reaches('virtualmachine', second.id, 'removed');
  await world.reaches('loadbalancer', asked.id, 'active');
  t.match(documentOf(world, network).balancers, [{ backends: [{ server: machine.uuid }] }]);
  t.match(documentOf(world, network).leases, [{ uuid: machine.uuid, hostname: 'web' }]);
  await world.remove('loadbalancer', asked.id);
  await world.reaches('loadbalancer', asked.id, 'removed');
  t.same(documentOf(world, network).balancers, []);
});

t.test('a balancer shows which of its servers fail their checks', async (t) => {
  const telling = new TellingNetwork();
  const world = await startCloud(t, { plugins: [telling.plugin] });
  const { network, address, machine } = await reachable(world);
  const second = await world.create('virtualmachine', server(network, { name: 'web' }));
  const asked = await world.create('loadbalancer', {
    ipaddressId: address.id,
    publicPort: 443,
    privatePort: 8_443,
    virtualmachineIds: [machine.id, second.id],
    healthCheck: 'tcp',
  });
  const { id } = await world.reaches('loadbalancer', asked.id, 'active');
  /** The appliance finds these servers unwell; the kernel hears of it, and time stands still. */
  const found = async (...unwell: readonly ResourceUuid[]) => {
    const kept = world.outside.appliances.objects.get(network.uuid);
    if (kept === undefined) throw new Error('no appliance');
    const { document, revision } = kept.actual;
    kept.actual = { document, revision, mode: 'full', unwell: { [asked.uuid]: unwell } };
    telling.tell(network.uuid);
    await world.quiet();
    return (await world.get('loadbalancer', id)).status['serverHealth'];
  };
  const says = async () => (await world.cloud.explain(asked.uuid)).verdict;

  t.same((await world.get('loadbalancer', id)).status['serverHealth'], {
    [machine.id]: 'unknown',
    [second.id]: 'unknown',
  });
  t.same(await found(), { [machine.id]: 'well', [second.id]: 'well' });
  t.equal(await says(), `loadbalancer ${id} is as asked`);
  t.same(await found(second.uuid), { [machine.id]: 'well', [second.id]: 'unwell' });
  t.equal(
    await says(),
    `loadbalancer ${id} is as asked, but virtualmachine ${second.id} fails its checks and gets no new connections`,
  );
  t.same(await found(machine.uuid, second.uuid), {
    [machine.id]: 'unwell',
    [second.id]: 'unwell',
  });
  t.match(await says(), 'all its servers fail their checks, so all of them go on getting');
  t.same(await found(machine.uuid), { [machine.id]: 'unwell', [second.id]: 'well' });
  t.equal((await world.state('loadbalancer', id)).state, 'active', 'it is as asked all the time');
  const history = await world.store.history(asked.uuid, 100);
  t.same(
    history.filter(({ what }) => what === 'health').map(({ result }) => result),
    [
      `virtualmachine ${second.id} is well`,
      `virtualmachine ${machine.id} is unwell`,
      `virtualmachine ${second.id} is unwell`,
      `virtualmachine ${second.id} is well`,
      `virtualmachine ${machine.id} is well`,
    ],
  );
  await world.update('loadbalancer', id, { healthCheck: 'none' });
  await world.reaches('loadbalancer', id, 'active');
  t.same((await world.get('loadbalancer', id)).status['serverHealth'], {
    [machine.id]: 'unknown',
    [second.id]: 'unknown',
  });
  t.equal(await says(), `loadbalancer ${id} is as asked`);
});

t.test(
  'a balancer ends TLS with a certificate, which is changed together with its key',
  async (t) => {
    const world = await startCloud(t);
    const there = await reachable(world);
    const { network } = there;
    const asked = await world.create('loadbalancer', httpsBefore(there));
    const { id } = await world.reaches('loadbalancer', asked.id, 'active');
    t.match(documentOf(world, network).balancers, [
      { proxy: { scheme: 'https', certificate: CERTIFICATE_A, privateKey: KEY_A } },
    ]);
    t.equal(
      (await world.get('loadbalancer', id)).status['certificateExpires'],
      Date.UTC(2126, 10, 5, 8, 37, 43),
    );
    const bad: readonly (readonly [string, JsonObject])[] = [
      ['privateKey', { certificate: CERTIFICATE_B }],
      ['privateKey', { privateKey: KEY_B }],
      ['privateKey', { privateKey: null }],
      ['privateKey', { certificate: WEAK_CERTIFICATE, privateKey: WEAK_KEY }],
      ['certificate', { certificate: null }],
      ['certificate', { certificate: `${CERTIFICATE_A}${CERTIFICATE_B.replace('MII', 'AAA')}` }],
      ['certificate', { certificate: KEY_A }],
    ];
    for (const [fieldName, change] of bad) {
      const refused = await world.update('loadbalancer', id, change).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      t.match(refused, { fieldName, name: 'RequestError' }, Object.keys(change).join());
      t.notMatch(String(refused), 'MIG', 'and it does not repeat a key');
    }
    await world.update('loadbalancer', id, { certificate: CERTIFICATE_B, privateKey: KEY_B });
    await world.reaches('loadbalancer', id, 'active');
    t.match(documentOf(world, network).balancers, [{ proxy: { privateKey: KEY_B } }]);
    await world.update('loadbalancer', id, { privateKey: '', algorithm: 'source' });
    await world.reaches('loadbalancer', id, 'active');
    const form = 'who leaves the field of a form empty leaves the key';
    t.match(documentOf(world, network).balancers, [{ proxy: { privateKey: KEY_B } }], form);
    await world.update('loadbalancer', id, { mode: 'http' });
    await world.reaches('loadbalancer', id, 'active');
    t.same(documentOf(world, network).balancers[0]?.proxy, { scheme: 'http' });
    t.equal((await world.get('loadbalancer', id)).status['certificateExpires'], null);
    await world.update('loadbalancer', id, { mode: 'passthrough' });
    await world.reaches('loadbalancer', id, 'active');
    t.equal(documentOf(world, network).balancers[0]?.proxy, undefined);
    const told = JSON.stringify([
      await world.store.history(asked.uuid, 100),
      world.lines,
      await world.cloud.explain(asked.uuid),
    ]);
    t.notMatch(told, KEY_A.split('\n')[1], 'no history, log or explanation has the key');
  },
);

t.test('what a balancer says has to fit', async (t) => {
  const world = await startCloud(t);
  const there = await reachable(world);
  const { address, machine } = there;
  const elsewhere = await world.create('virtualmachine', server(await readyNetwork(world)));
  await world.create('portforward', forwardTo(there, { publicStartPort: 70, publicEndPort: 80 }));
  const plain = {
    ipaddressId: address.id,
    publicPort: 81,
    privatePort: 80,
    virtualmachineIds: [machine.id],
  };
  const rows: readonly (readonly [string, object])[] = [
    ['publicPort', { publicPort: 0 }],
    ['publicPort', { publicPort: 65_536 }],
    ['publicPort', { publicPort: 75 }],
    ['privatePort', { privatePort: 0 }],
    ['virtualmachineIds', { virtualmachineIds: [elsewhere.id] }],
    ['virtualmachineIds', { virtualmachineIds: [machine.id, machine.id] }],
    ['virtualmachineIds', { virtualmachineIds: ['99'] }],
    ['weights', { weights: { [elsewhere.id]: 1 } }],
    ['weights', { weights: { [machine.id]: 101 } }],
    ['healthCheckPath', { healthCheck: 'http', healthCheckPath: 'healthz' }],
    ['healthCheckPath', { healthCheck: 'http', healthCheckPath: '/ HTTP/1.1\r\nX: y' }],
    ['healthCheckTimeoutMs', { healthCheckIntervalMs: 500, healthCheckTimeoutMs: 600 }],
    ['healthCheck', { protocol: 'udp', healthCheck: 'tcp' }],
    ['mode', { mode: 'ftp' }],
    ['mode', { mode: 'http', protocol: 'udp' }],
    ['certificate', { mode: 'https' }],
    ['privateKey', { mode: 'https', certificate: CERTIFICATE_A }],
    ['algorithm', { algorithm: 'random' }],
  ];
  for (const [fieldName, wrong] of rows)
    await t.rejects(
      world.create('loadbalancer', { ...plain, ...wrong }),
      { fieldName, name: 'RequestError' },
      JSON.stringify(wrong),
    );
  await world.create('loadbalancer', plain);
  await t.rejects(world.create('portforward', forwardTo(there, { publicStartPort: 81 })), {
    fieldName: 'publicStartPort',
    name: 'RequestError',
  });
});
