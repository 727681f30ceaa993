import type { PlanRequest } from '@gdcloud/core';
import { memoryShares } from '@gdcloud/core/testing';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { disk } from '../support/volumes.js';

const GIB = 2 ** 30;
const ALL = { filters: [], limit: 100 };

function plan(world: TestCloud, type: string, request: PlanRequest) {
  return world.cloud.resources.plan(world.admin, world.type(type), request);
}

t.test('a plan tells what a disk takes, as guests see it and on its share', async (t) => {
  const world = await startCloud(t);
  const made = await plan(world, 'volume', { kind: 'create', body: { sizeGb: 20 } });
  t.equal(made.complete, 'yes');
  t.match(
    made.steps.map(({ part, verb, room }) => ({ part, verb, room })),
    [
      { part: 'file', verb: 'create', room: { virtualBytes: 20 * GIB, physicalBytes: 65_536 } },
      { part: 'disk', verb: 'create', room: undefined },
    ],
  );
  const volume = await disk(world);
  const input = { sizeGb: 30 };
  const request = { kind: 'act', id: volume.id, action: 'resize', input } as const;
  const grown = await plan(world, 'volume', request);
  const growth = grown.steps.find(({ field }) => field === 'sizeBytes');
  t.match(growth, { verb: 'update', room: { virtualBytes: 30 * GIB } });
  t.match((await world.get('volume', volume.id)).spec, { sizeGb: 5 }, 'nothing was done');
});

t.test('a plan tells whether it fits', async (t) => {
  const all = memoryShares(2);
  const world = await startCloud(t, { plugins: [all.plugin], limits: { volumeGb: 100 } });
  const alice = await world.account('alice');
  const request = { kind: 'create', body: { sizeGb: 101 } } as const;
  const refused = world.cloud.resources.plan(alice, world.type('volume'), request);
  await t.rejects(refused, { code: 'LimitExceeded' });
  const pools = await world.cloud.resources.list(world.admin, world.type('storagepool'), ALL);
  for (const { id } of pools.resources) await world.update('storagepool', id, { overcommit: 1 });
  for (const share of all.shares)
    share.report = { ...share.report, totalBytes: 80 * GIB, usedBytes: GIB };
  await world.pass(120_000);
  const body = { sizeGb: 90 };
  const { complete, waits } = await plan(world, 'volume', { kind: 'create', body });
  t.equal(complete, 'no');
  t.match(waits.join(), /no storage pool takes a disk of 90 GiB/);
  const fits = await plan(world, 'volume', { kind: 'create', body: { sizeGb: 10 } });
  t.equal(fits.complete, 'yes');
});
