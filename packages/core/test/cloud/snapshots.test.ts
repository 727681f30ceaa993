import { COMPUTE, conditionOf, DriverFailure, type Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { overDriver } from '../support/over-driver.js';

async function running(world: TestCloud): Promise<Resource> {
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network));
  return world.reaches('virtualmachine', id, 'running');
}

t.test('a snapshot of a server is taken once and says what it is like', async (t) => {
  const world = await startCloud(t);
  const machine = await running(world);
  const asked = await world.create('snapshot', { virtualmachineId: machine.id, name: 'before' });
  t.match(await world.state('snapshot', asked.id), { state: 'creating', transitioning: 'yes' });

  const taken = await world.reaches('snapshot', asked.id, 'active');
  t.match(taken.status, { sizeGb: 2, consistency: 'crash', takenAt: 1_700_000_000_000 });
  await world.update('snapshot', asked.id, { name: 'renamed' });
  await world.act('virtualmachine', machine.id, 'stop');
  await world.reaches('virtualmachine', machine.id, 'stopped');
  await world.pass(60 * 60_000);
  t.equal(world.outside.snapshots.counts.create, 1, 'nothing takes it anew');
  t.match((await world.get('snapshot', asked.id)).status, { consistency: 'crash' });
});

t.test('a snapshot waits for its server to be made', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network, { desiredState: 'stopped' }));
  const early = await world.create('snapshot', { virtualmachineId: id });
  await world.reaches('snapshot', early.id, 'active');
  t.match((await world.get('snapshot', early.id)).status, { consistency: 'offline' });
});

t.test('a server stays as long as there is a snapshot of it', async (t) => {
  const world = await startCloud(t);
  const machine = await running(world);
  const { id } = await world.create('snapshot', { virtualmachineId: machine.id });
  await t.rejects(world.remove('virtualmachine', machine.id), {
    code: 'InUse',
    message: `virtualmachine ${machine.id} is still in use by 1 snapshot`,
  });
  await world.reaches('snapshot', id, 'active');
  await world.remove('snapshot', id);
  await world.reaches('snapshot', id, 'removed');
  t.equal(world.outside.snapshots.objects.size, 0);
  await world.remove('virtualmachine', machine.id);
  await world.reaches('virtualmachine', machine.id, 'removed');
});

t.test(
  'a snapshot that vanished outside is not taken anew, unless somebody asks for that',
  async (t) => {
    const world = await startCloud(t);
    const machine = await running(world);
    const { id, uuid } = await world.create('snapshot', { virtualmachineId: machine.id });
    await world.reaches('snapshot', id, 'active');
    world.outside.snapshots.objects.delete(uuid);
    await world.act('snapshot', id, 'reconcile');
    await world.until(async () => stalledBy(await world.get('snapshot', id)) === 'ExternalMissing');
    await world.act('snapshot', id, 'recreate');
    await world.reaches('snapshot', id, 'active');
    t.equal(world.outside.snapshots.counts.create, 2);
  },
);

t.test('too many snapshots of a disk are a reason to wait, and no failure', async (t) => {
  let full = true;
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const compute = container.resolve(COMPUTE);
        const { snapshots } = compute;
        if (snapshots === undefined) throw new Error('the drivers in memory take snapshots');
        const stubborn = overDriver(snapshots, {
          create: (...args) => (full ? Promise.reject(tooMany()) : snapshots.create(...args)),
        });
        container.register(COMPUTE, { useValue: { ...compute, snapshots: stubborn } });
      },
    ],
  });
  const machine = await running(world);
  const { id } = await world.create('snapshot', { virtualmachineId: machine.id });
  await world.pass(60 * 60_000);
  t.match(await world.get('snapshot', id), { outcome: 'wait', attempts: 0 });
  t.match(await world.state('snapshot', id), {
    state: 'creating',
    transitioningMessage: /too many\. Delete snapshots\./,
  });
  full = false;
  await world.reaches('snapshot', id, 'active');
});

t.test('a snapshot is of a server that the caller may see', async (t) => {
  const world = await startCloud(t);
  const machine = await running(world);
  const alice = await world.account('alice');
  await t.rejects(world.create('snapshot', {}), {
    message: /a server with virtualmachineId, or a single volume with volumeId/,
    fieldName: 'virtualmachineId',
  });
  await t.rejects(world.create('snapshot', { virtualmachineId: machine.id }, alice), {
    code: 'InvalidReference',
    fieldName: 'virtualmachineId',
  });
});

t.test('no account gets more snapshots than its limit', async (t) => {
  const world = await startCloud(t, { limits: { snapshots: 1 } });
  const alice = await world.account('alice');
  const network = await readyNetwork(world, { caller: alice });
  const machine = await world.create('virtualmachine', server(network), alice);
  await world.create('snapshot', { virtualmachineId: machine.id }, alice);
  await t.rejects(world.create('snapshot', { virtualmachineId: machine.id }, alice), {
    code: 'LimitExceeded',
  });
});

t.test('where no driver takes snapshots, one says so and can be given up', async (t) => {
  const world = await startCloud(t, {
    plugins: [
      (container) => {
        const { snapshots: _, ...compute } = container.resolve(COMPUTE);
        container.register(COMPUTE, { useValue: compute });
      },
    ],
  });
  const machine = await running(world);
  const { id } = await world.create('snapshot', { virtualmachineId: machine.id });
  await world.until(async () => stalledBy(await world.get('snapshot', id)) === 'NoSnapshots');
  await world.remove('snapshot', id);
  await world.reaches('snapshot', id, 'removed');
});

function stalledBy({ conditions }: Resource): string | undefined {
  const stalled = conditionOf(conditions, 'Stalled');
  return stalled?.status === 'True' ? stalled.reason : undefined;
}

function tooMany(): DriverFailure {
  return new DriverFailure('rejected', 'ChainTooLong', 'too many', {
    remedy: 'Delete snapshots.',
  });
}
