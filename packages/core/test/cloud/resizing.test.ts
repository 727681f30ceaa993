import { conditionOf, type Resource } from '@gdcloud/core';
import t from 'tap';
import { memoryUsed, readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';

async function machineOf(world: TestCloud, offering: string): Promise<Resource> {
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network, { offering }));
  return world.reaches('virtualmachine', id, 'running');
}

function memoryOf({ outside }: TestCloud, { uuid }: Resource): number | undefined {
  return outside.servers.objects.get(uuid)?.actual.ramSizeMb;
}

t.test('a stopped server is resized at once', async (t) => {
  const world = await startCloud(t);
  const machine = await machineOf(world, '2gb-2cpu');
  await world.act('virtualmachine', machine.id, 'stop');
  await world.reaches('virtualmachine', machine.id, 'stopped');
  await world.actWith('virtualmachine', machine.id, 'resize', { offering: '1gb-1cpu' });
  const smaller = await world.reaches('virtualmachine', machine.id, 'stopped');
  t.match(smaller, { spec: { offering: '1gb-1cpu' }, status: { ramSizeMb: 1024, cpuCount: 1 } });
  t.equal(conditionOf(smaller.conditions, 'PendingRestart'), undefined);
  t.match(await memoryUsed(world.store), { used: 1024 });
});

t.test('a running server that shrinks keeps its memory until it has shrunk', async (t) => {
  const world = await startCloud(t);
  const machine = await machineOf(world, '2gb-4cpu');
  await world.actWith('virtualmachine', machine.id, 'resize', { offering: '1gb-1cpu' });
  const pending = await world.reaches('virtualmachine', machine.id, 'running');
  t.match(pending.status, { ramSizeMb: 2048, cpuCount: 1, pendingRestart: ['ramSizeMb'] });
  t.match(conditionOf(pending.conditions, 'PendingRestart'), {
    status: 'True',
    reason: 'RestartNeeded',
    message: 'waiting for a restart: ramSizeMb because memory changes only while it is off',
    details: { fields: ['ramSizeMb'] },
  });
  await world.pass(60 * 60_000);
  t.match(await memoryUsed(world.store), { used: 2048 }, 'it still has it');

  await world.act('virtualmachine', machine.id, 'restart');
  const smaller = await world.reaches('virtualmachine', machine.id, 'running');
  t.match(smaller.status, { ramSizeMb: 1024, pendingRestart: [], restartsDone: 1 });
  t.match(conditionOf(smaller.conditions, 'PendingRestart'), { status: 'False' });
  t.equal(memoryOf(world, machine), 1024);
  t.match(await memoryUsed(world.store), { used: 1024 });
});

t.test('memory that a server will have after its restart is kept for it', async (t) => {
  const world = await startCloud(t, { drivers: { hosts: 1, hostMemoryMb: 3 * 1024 } });
  const machine = await machineOf(world, '1gb-1cpu');
  await world.actWith('virtualmachine', machine.id, 'resize', { offering: '2gb-2cpu' });
  await world.reaches('virtualmachine', machine.id, 'running');
  t.equal(memoryOf(world, machine), 1024);
  t.match(await memoryUsed(world.store), { used: 2048 });
  await world.act('virtualmachine', machine.id, 'restart');
  await world.reaches('virtualmachine', machine.id, 'running');
  t.equal(memoryOf(world, machine), 2048);
});

t.test('a size that is taken back before the restart is charged no longer', async (t) => {
  const world = await startCloud(t);
  const machine = await machineOf(world, '1gb-1cpu');
  await world.actWith('virtualmachine', machine.id, 'resize', { offering: '4gb-4cpu' });
  await world.reaches('virtualmachine', machine.id, 'running');
  t.match(await memoryUsed(world.store), { used: 4096 });
  await world.actWith('virtualmachine', machine.id, 'resize', { offering: '1gb-2cpu' });
  const back = await world.reaches('virtualmachine', machine.id, 'running');
  t.match(back.status, { pendingRestart: [] });
  t.match(await memoryUsed(world.store), { used: 1024 });
});

t.test('an offering that there is not is refused', async (t) => {
  const world = await startCloud(t);
  const machine = await machineOf(world, '1gb-1cpu');
  await t.rejects(world.actWith('virtualmachine', machine.id, 'resize', { offering: '9gb-9cpu' }), {
    code: 'InvalidReference',
    fieldName: 'offering',
  });
});

t.test('what the guest’s tools tell is shown, and forgotten with the guest', async (t) => {
  const world = await startCloud(t);
  const { servers } = world.outside;
  const observe = servers.observe.bind(servers);
  const guest = {
    addresses: ['10.0.0.9', 'fe80::1'],
    osName: 'Debian GNU/Linux 12',
    osVersion: '12.5',
    tools: 'outdated' as const,
    toolsVersion: '6.2.0-1',
  };
  let told: typeof guest | undefined;
  servers.observe = async (...args) => {
    const seen = await observe(...args);
    if (seen.presence !== 'present' || seen.actual.powerState !== 'running') return seen;
    return { ...seen, actual: { ...seen.actual, guest: told } };
  };
  const machine = await machineOf(world, '1gb-1cpu');
  t.match(machine.status, { booted: false, guestTools: 'none', guestAddresses: null });
  told = guest;
  await world.act('virtualmachine', machine.id, 'reconcile');
  await world.quiet();
  t.match((await world.get('virtualmachine', machine.id)).status, {
    booted: true,
    guestAddresses: ['10.0.0.9', 'fe80::1'],
    guestOsName: 'Debian GNU/Linux 12',
    guestOsVersion: '12.5',
    guestTools: 'outdated',
    guestToolsVersion: '6.2.0-1',
  });
  await world.act('virtualmachine', machine.id, 'stop');
  t.match((await world.reaches('virtualmachine', machine.id, 'stopped')).status, {
    booted: null,
    guestAddresses: null,
    guestOsName: null,
    guestTools: null,
  });
});
