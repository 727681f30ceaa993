import { conditionOf, type UpkeepReport, type UpkeepRequest } from '@gdcloud/core';
import t from 'tap';
import { spaceLow } from '../../dist/cloud/storagepool/space-low.js';
import { storageSettings } from '../../dist/cloud/storagepool/storage-settings.js';
import { startCloud, type TestCloud } from '../support/cloud.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOTHING: UpkeepReport = { done: [], problems: [] };

/** A cloud whose share answers each step with what `script` says next, and the requests that it got. */
async function kept(
  t: Parameters<typeof startCloud>[0],
  script: (step: number) => UpkeepReport,
): Promise<{ readonly world: TestCloud; readonly requests: UpkeepRequest[] }> {
  const requests: UpkeepRequest[] = [];
  const upkeep = (request: UpkeepRequest): UpkeepReport => {
    requests.push(request);
    return script(requests.length);
  };
  return { world: await startCloud(t, { drivers: { hosts: 1, upkeep } }), requests };
}

t.test('a round is taken step by step, then the share rests until the next hour', async (t) => {
  const { world, requests } = await kept(t, (step) =>
    step < 3 ? { cursor: `${step}`, done: [`step ${step}`], problems: [] } : NOTHING,
  );
  await world.pass(2 * MINUTE);
  t.same(
    requests.map(({ cursor }) => cursor),
    [undefined, '1', '2'],
  );
  t.match(await world.state('storagepool', '1'), { state: 'active', transitioning: 'no' });
  const results = (await world.cloud.resources.history(world.admin, world.type('storagepool'), '1'))
    .map(({ result }) => result)
    .filter((result) => result.startsWith('step'));
  t.same(results.toSorted(), ['step 1', 'step 2']);
  await world.pass(HOUR);
  t.equal(requests.length, 4);
  t.equal(requests[3]?.cursor, undefined);
});

t.test('all that is recorded is told, and what a server may have open', async (t) => {
  const { world, requests } = await kept(t, () => NOTHING);
  const image = await world.create('image', {
    name: 'debian',
    bootMode: 'hvm',
    osType: 'linux',
    sizeGb: 1,
    source: 'generated',
  });
  const volume = await world.create('volume', { name: 'free', sizeGb: 1 });
  const network = await world.create('network', {
    name: 'n',
    domain: 'example.com',
    ipv4Cidr: '10.0.0.0/24',
  });
  await world.pass(MINUTE);
  const server = await world.create('virtualmachine', {
    name: 'web',
    offering: '2gb-4cpu',
    imageId: image.id,
    networkId: network.id,
  });
  await world.pass(MINUTE);
  await world.pass(HOUR);
  const disks = requests.at(-1)?.disks ?? new Map();
  t.equal(disks.get(image.uuid), 'closed');
  t.equal(disks.get(volume.uuid), 'closed');
  t.equal(disks.get(server.uuid), 'open', 'its config drive');
  const open = [...disks.values()].filter((use) => use === 'open');
  t.equal(open.length, 2, 'and its root disk');
  await world.act('virtualmachine', server.id, 'stop');
  await world.pass(MINUTE);
  await world.pass(HOUR);
  const stopped = [...(requests.at(-1)?.disks.values() ?? [])];
  t.equal(stopped.filter((use) => use === 'open').length, 1, 'a server that is off has none open');
});

t.test(
  'nothing is kept up on half of an answer, and the figures are told all the same',
  async (t) => {
    const requests: UpkeepRequest[] = [];
    const upkeep = (request: UpkeepRequest): UpkeepReport => {
      requests.push(request);
      return NOTHING;
    };
    let isAway = true;
    const world = await startCloud(t, {
      drivers: { hosts: 1, upkeep },
      wrapStore: (store) => ({
        ...store,
        list: async (...args: Parameters<typeof store.list>) => {
          if (isAway && args[1].id === 'snapshot')
            throw new Error('the snapshots are out of reach');
          return store.list(...args);
        },
      }),
    });
    await world.pass(5 * MINUTE);
    t.equal(requests.length, 0);
    t.match(await world.state('storagepool', '1'), { state: 'active' });
    const pool = await world.get('storagepool', '1');
    t.match(pool.status, { capacityGb: 1024, freeGb: 1024 });
    t.match(conditionOf(pool.conditions, 'UpKept'), { status: 'Unknown', reason: 'NotDone' });
    isAway = false;
    await world.pass(HOUR);
    t.ok(requests.length > 0);
  },
);

t.test('what needs a person is a condition until a round finds it mended', async (t) => {
  let problems: readonly string[] = ['block 3 of a.vhd is damaged; read by b.vhd'];
  const { world } = await kept(t, () => ({ done: [], problems }));
  await world.pass(2 * MINUTE);
  const condition = async () =>
    conditionOf((await world.get('storagepool', '1')).conditions, 'UpKept');
  t.match(await condition(), { status: 'False', reason: 'ProblemsFound', message: /block 3/ });
  problems = [];
  await world.pass(HOUR + MINUTE);
  t.match(await condition(), { status: 'True', reason: 'RoundEnded' });
});

t.test('a share that gets full is told about, before it is', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1 } });
  const condition = async () =>
    conditionOf((await world.get('storagepool', '1')).conditions, 'SpaceLow');
  await world.pass(MINUTE);
  t.equal(await condition(), undefined);
  world.outside.usedBytes = 0.85 * 2 ** 40;
  await world.pass(2 * MINUTE);
  t.match(await condition(), { status: 'True', reason: 'GettingFull', message: /^85 % .*Remove/ });
  world.outside.usedBytes = 0.95 * 2 ** 40;
  await world.pass(2 * MINUTE);
  t.match(await condition(), { status: 'True', reason: 'NearlyFull' });
  world.outside.usedBytes = 0.2 * 2 ** 40;
  await world.pass(2 * MINUTE);
  t.match(await condition(), { status: 'False', reason: 'Enough' });
});

t.test('room on the line is not told about every minute', async (t) => {
  const settings = storageSettings({ spaceWarningPercent: 50, spaceCriticalPercent: 60 });
  const room = (usedBytes: number) => ({ totalBytes: 100, usedBytes });
  t.equal(spaceLow(room(49), undefined, settings), undefined);
  const warned = spaceLow(room(50), undefined, settings);
  t.match(warned, { status: 'True', reason: 'GettingFull' });
  t.match(spaceLow(room(49), warned, settings), { status: 'True', reason: 'GettingFull' });
  t.match(spaceLow(room(47), warned, settings), { status: 'False' });
  t.equal(spaceLow({ totalBytes: 0, usedBytes: 0 }, undefined, settings), undefined);
  t.throws(() => storageSettings({ spaceWarningPercent: 95 }), TypeError);
});

t.test('a round that takes more than a look goes on at the next one', async (t) => {
  const { world, requests } = await kept(t, (step) =>
    step < 450 ? { cursor: `${step}`, done: [], problems: [] } : NOTHING,
  );
  await world.pass(6 * MINUTE);
  t.equal(requests.length, 450);
  const { conditions } = await world.get('storagepool', '1');
  t.match(conditionOf(conditions, 'UpKept'), { status: 'True' });
  t.equal(conditionOf(conditions, 'Drifted'), undefined);
});

t.test(
  'what an account keeps on shares is told to administrators, and to no stranger',
  async (t) => {
    const world = await startCloud(t, { drivers: { hosts: 1 } });
    const caller = await world.account('customer');
    const volume = await world.create('volume', { name: 'a', sizeGb: 3 }, caller);
    await world.create('volume', { name: 'b', sizeGb: 4 }, caller);
    await world.create('volume', { name: 'c', sizeGb: 5 });
    await world.pass(MINUTE);
    const type = world.type('account');
    const { account } = await world.get('volume', volume.id);
    const all = await world.cloud.resources.list(world.admin, type, { filters: [], limit: 9 });
    const id = all.resources.find(({ uuid }) => uuid === account)?.id ?? '';
    const { fields } = await world.cloud.resources.ask(world.admin, type, id, 'storage', {});
    t.match(fields, { logicalGb: 7, volumes: { count: 2, logicalGb: 7 }, snapshots: { count: 0 } });
    const stranger = await world.account('stranger');
    await t.rejects(world.cloud.resources.ask(stranger, type, id, 'storage', {}), {
      code: 'NotFound',
    });
  },
);
