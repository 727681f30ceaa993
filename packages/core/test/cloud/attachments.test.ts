import { conditionOf, type Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { rejected } from '../support/failures.js';

interface Scene {
  readonly world: TestCloud;
  readonly machine: Resource;
  readonly other: Resource;
  readonly disk: Resource;
}

async function scene(t: Parameters<typeof startCloud>[0]): Promise<Scene> {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const [first, second] = [
    await world.create('virtualmachine', server(network)),
    await world.create('virtualmachine', server(network)),
  ];
  const machine = await world.reaches('virtualmachine', first.id, 'running');
  const other = await world.reaches('virtualmachine', second.id, 'running');
  const { id } = await world.create('volume', { sizeGb: 5 });
  return { world, machine, other, disk: await world.reaches('volume', id, 'active') };
}

function disksOf({ world }: Scene, machine: Resource): readonly (readonly [number, string])[] {
  const disks = world.outside.servers.objects.get(machine.uuid)?.actual.disks ?? [];
  return disks.map(({ device, volume }) => [device, volume] as const).slice(1);
}

async function attached(scene: Scene, machine: Resource, device?: number): Promise<Resource> {
  const { world, disk } = scene;
  const input = { virtualmachineId: machine.id, ...(device === undefined ? {} : { device }) };
  await world.actWith('volume', disk.id, 'attach', input);
  return world.reaches('volume', disk.id, 'active');
}

t.test('a volume is put into a running server and taken out again', async (t) => {
  const all = await scene(t);
  const { world, machine, disk } = all;
  const asked = await world.actWith('volume', disk.id, 'attach', { virtualmachineId: machine.id });
  t.match(asked.spec, { virtualmachineId: machine.id, device: null });
  t.match(await world.state('volume', disk.id), { state: 'attaching', transitioning: 'yes' });
  const there = await world.reaches('volume', disk.id, 'active');
  t.match(there.status, { attachedToId: machine.id, attachedDevice: 1 });
  t.same(disksOf(all, machine), [[1, disk.uuid]]);
  t.match((await world.get('virtualmachine', machine.id)).status, {
    attachedVolumes: { [disk.id]: 1 },
  });
  t.match(await world.state('virtualmachine', machine.id), { state: 'running' });
  const possible = world.cloud.resources.actions(world.admin, world.type('volume'), there);
  t.same(possible, ['detach', 'resize', 'snapshot', 'reconcile', 'explain']);

  await world.act('volume', disk.id, 'detach');
  t.match(await world.state('volume', disk.id), { state: 'detaching' });
  t.match((await world.reaches('volume', disk.id, 'active')).status, {
    attachedToId: null,
    attachedDevice: null,
  });
  t.same(disksOf(all, machine), []);
  t.same((await world.get('virtualmachine', machine.id)).status['attachedVolumes'], {});
});

t.test('it takes no time beyond the work: nobody waits for a routine look', async (t) => {
  const all = await scene(t);
  await all.world.pass(10 * 60_000);
  const began = all.world.clock.now();
  await attached(all, all.machine);
  await all.world.act('volume', all.disk.id, 'detach');
  await all.world.reaches('volume', all.disk.id, 'active');
  t.equal(all.world.clock.now(), began);
});

t.test('a volume that is asked into another server waits until the first has let go', async (t) => {
  const all = await scene(t);
  const { world, machine, other, disk } = all;
  await attached(all, machine);
  const { servers } = world.outside;
  const update = servers.update.bind(servers);
  servers.update = async (key, desired, change, call) => {
    if (key.uuid === machine.uuid) throw rejected('the guest does not let go');
    return update(key, desired, change, call);
  };
  await world.act('volume', disk.id, 'detach');
  await world.actWith('volume', disk.id, 'attach', { virtualmachineId: other.id });
  await world.pass(30_000);
  t.same(disksOf(all, other), [], 'it is in the first one still');
  const why = await world.cloud.resources.explain(world.admin, world.type('volume'), disk.id);
  t.match(why.chain.at(-1), { id: machine.id, type: 'virtualmachine' });
  t.match(await world.state('volume', disk.id), {
    state: 'detaching',
    transitioningMessage: `waiting for virtualmachine ${machine.id} to let go of it`,
  });
  servers.update = update;
  await world.reaches('volume', disk.id, 'active');
  t.same(disksOf(all, machine), []);
  t.same(disksOf(all, other), [[1, disk.uuid]]);
});

t.test('a place that was asked for is given, and one that is taken is waited for', async (t) => {
  const all = await scene(t);
  const { world, machine, disk } = all;
  t.match((await attached(all, machine, 5)).status, { attachedDevice: 5 });
  const second = await world.create('volume', { sizeGb: 5 });
  await world.actWith('volume', second.id, 'attach', { virtualmachineId: machine.id, device: 5 });
  await world.pass(60_000);
  t.match(await world.state('volume', second.id), {
    transitioningMessage: `device 5 of virtualmachine ${machine.id} is taken by volume ${disk.id}`,
  });
  await world.act('volume', disk.id, 'detach');
  t.match((await world.reaches('volume', second.id, 'active')).status, { attachedDevice: 5 });
  t.same(disksOf(all, machine), [[5, second.uuid]]);
});

t.test('the place of the CD and that of the root disk are given to nobody', async (t) => {
  const { world, machine, disk } = await scene(t);
  for (const [device, code] of [
    [3, 'AdmissionRefused'],
    [0, 'MinLimitExceeded'],
    [16, 'MaxLimitExceeded'],
  ] as const) {
    await t.rejects(
      world.actWith('volume', disk.id, 'attach', { virtualmachineId: machine.id, device }),
      { code, fieldName: 'device' },
    );
  }
});

t.test('a volume is moved to another place of its server by taking it out first', async (t) => {
  const all = await scene(t);
  const { world, machine, disk } = all;
  await attached(all, machine);
  await world.act('volume', disk.id, 'detach');
  t.match((await attached(all, machine, 7)).status, { attachedDevice: 7 });
  t.same(disksOf(all, machine), [[7, disk.uuid]]);
});

t.test('a volume goes only when it is detached', async (t) => {
  const all = await scene(t);
  const { world, machine, disk } = all;
  await attached(all, machine);
  await t.rejects(world.remove('volume', disk.id), {
    code: 'AdmissionRefused',
    message: `it is in virtualmachine ${machine.id}; detach it from there first`,
  });
  await world.act('volume', disk.id, 'detach');
  await world.remove('volume', disk.id);
  await world.reaches('volume', disk.id, 'removed');
  t.same(disksOf(all, machine), []);
  t.notOk(world.outside.volumes.objects.has(disk.uuid));
});

t.test('a server that goes leaves its volumes behind, whole and free', async (t) => {
  const all = await scene(t);
  const { world, machine, other, disk } = all;
  await attached(all, machine);
  await world.remove('virtualmachine', machine.id);
  await world.reaches('virtualmachine', machine.id, 'removed');
  const left = await world.reaches('volume', disk.id, 'active');
  t.match(left, { spec: { virtualmachineId: null, device: null }, status: { attachedToId: null } });
  t.ok(world.outside.volumes.objects.has(disk.uuid));
  t.equal(world.outside.volumes.objects.size, 2, 'only its root disk went along');
  await attached(all, other);
  t.same(disksOf(all, other), [[1, disk.uuid]]);
});

t.test('a volume that names a server that is gone is free again by itself', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network));
  const asked = await world.create('volume', { sizeGb: 5 });
  const disk = await world.reaches('volume', asked.id, 'active');
  await world.remove('virtualmachine', id);
  await world.reaches('virtualmachine', id, 'removed');
  // As it could be left before the two writes saw each other: an attachment that came too late.
  await world.store.change(disk.uuid, disk.generation, {
    spec: { ...disk.spec, virtualmachineId: id },
    event: { at: 1, what: 'attach requested', why: 'a test', result: 'virtualmachineId' },
  });
  await world.pass(10_000);
  const left = await world.reaches('volume', disk.id, 'active');
  t.match(left.spec, { virtualmachineId: null });
  t.equal(left.generation, disk.generation + 2);
});

t.test('a volume of another account is not built in, whoever asks', async (t) => {
  const all = await scene(t);
  const { world, machine } = all;
  const bob = await world.account('bob');
  const disk = await world.create('volume', { sizeGb: 5 }, bob);
  await world.actWith('volume', disk.id, 'attach', { virtualmachineId: machine.id });
  await world.reaches('volume', disk.id, 'error');
  t.match(conditionOf((await world.get('volume', disk.id)).conditions, 'Stalled'), {
    status: 'True',
    reason: 'AnotherAccount',
  });
  t.same(disksOf(all, machine), []);
  await world.act('volume', disk.id, 'detach');
  await world.reaches('volume', disk.id, 'active');
});

t.test('a volume into which its server has no place left waits and says so', async (t) => {
  const all = await scene(t);
  const { world, machine } = all;
  const disks = [];
  for (let count = 0; count < 15; count += 1) {
    const { id } = await world.create('volume', { sizeGb: 1 });
    await world.actWith('volume', id, 'attach', { virtualmachineId: machine.id });
    disks.push(id);
  }
  const [last = ''] = disks.slice(-1);
  for (const id of disks.slice(0, -1)) await world.reaches('volume', id, 'active');
  await world.pass(60_000);
  t.match(await world.state('volume', last), {
    transitioningMessage: `virtualmachine ${machine.id} has no place for another volume`,
  });
  await world.act('volume', disks[4] ?? '', 'detach');
  await world.reaches('volume', last, 'active');
});

t.test('what a running guest does not take waits for its restart and says so', async (t) => {
  const all = await scene(t);
  const { world, machine, disk } = all;
  const { servers } = world.outside;
  const observe = servers.observe.bind(servers);
  // A guest without tools: the disk is in the machine's record, and not plugged in.
  let tools: 'yes' | 'no' = 'no';
  servers.observe = async (key, desired, call) => {
    const seen = await observe(key, desired, call);
    const held = key.uuid === machine.uuid && tools === 'no' && seen.presence === 'present';
    const pendingRestart = [{ field: 'disks.1', reason: 'the guest has no tools' }];
    return held ? { ...seen, changes: [], actual: { ...seen.actual, pendingRestart } } : seen;
  };
  const there = await attached(all, machine);
  t.match(there.status, { attachedDevice: 1 });
  t.match(conditionOf(there.conditions, 'PendingRestart'), {
    status: 'True',
    message: `virtualmachine ${machine.id} takes it at its next restart`,
  });
  t.match(
    conditionOf((await world.get('virtualmachine', machine.id)).conditions, 'PendingRestart'),
    {
      status: 'True',
      reason: 'RestartNeeded',
      message: 'waiting for a restart: disks.1 because the guest has no tools',
    },
  );
  await world.act('volume', disk.id, 'detach');
  await world.pass(60_000);
  t.match(await world.state('volume', disk.id), {
    state: 'detaching',
    transitioningMessage: `virtualmachine ${machine.id} lets go of it at its next restart`,
  });
  tools = 'yes';
  await world.act('virtualmachine', machine.id, 'reconcile');
  const free = await world.reaches('volume', disk.id, 'active');
  t.match(free.status, { attachedToId: null });
  t.match(conditionOf(free.conditions, 'PendingRestart'), { status: 'False' });
  t.match(
    conditionOf((await world.get('virtualmachine', machine.id)).conditions, 'PendingRestart'),
    {
      status: 'False',
    },
  );
});

t.test('a plan of an attachment names the change of the server', async (t) => {
  const { world, machine, disk } = await scene(t);
  const plan = await world.cloud.resources.plan(world.admin, world.type('volume'), {
    kind: 'act',
    id: disk.id,
    action: 'attach',
    input: { virtualmachineId: machine.id },
  });
  t.match(plan, {
    complete: 'yes',
    steps: [{ resource: { id: machine.id }, field: 'disks.1', desired: disk.uuid }],
  });
});
