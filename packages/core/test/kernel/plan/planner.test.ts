import type { JsonObject, Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server } from '../../support/cloud.js';
import { type Planned, startPlanned, stepsOf } from '../../support/plans.js';
import { widgets } from '../../support/widgets.js';

async function running(planned: Planned): Promise<{ network: Resource; machine: Resource }> {
  const { world } = planned;
  const network = await readyNetwork(world);
  const asked = await world.create('virtualmachine', server(network, { name: 'web' }));
  const machine = await world.reaches('virtualmachine', asked.id, 'running');
  planned.done.length = 0;
  return { network, machine };
}

t.test('a plan of a new server lists what then really happens, in that order', async (t) => {
  const planned = await startPlanned(t);
  const { world, done } = planned;
  const network = await readyNetwork(world);
  done.length = 0;
  const body = server(network, { name: 'web' });
  const before = await planned.everything();
  const plan = await planned.plan('virtualmachine', { kind: 'create', body });
  t.equal(await planned.everything(), before, 'and changes nothing, inside or outside');
  t.match(plan, {
    resource: { type: 'virtualmachine', id: null, name: 'web' },
    waits: [],
    complete: 'yes',
  });
  t.notOk('why' in plan);
  t.same(stepsOf(plan), [
    'volume file create',
    'volume disk create',
    'network appliance update revision',
    'virtualmachine server create',
    'virtualmachine server update powerState',
  ]);
  t.match(plan.steps[0], {
    resource: { type: 'volume', id: null, name: 'web root' },
    driver: 'memory.volumes',
    why: 'virtualmachine new-1 needs it',
  });
  t.match(plan.steps[4], { desired: 'running', actual: 'halted', why: 'it is to be looked at' });

  const asked = await world.create('virtualmachine', body);
  t.equal(asked.id, '1', 'no id was drawn for the plan');
  await world.reaches('virtualmachine', asked.id, 'running');
  t.same(done, stepsOf(plan));
});

t.test('a plan of a new network lists its segment and its appliance', async (t) => {
  const planned = await startPlanned(t);
  const body = { ipv4Cidr: '10.1.0.0/24' };
  const plan = await planned.plan('network', { kind: 'create', body });
  t.same(stepsOf(plan), ['network segment create', 'network appliance create']);
  t.equal(plan.complete, 'yes');
  planned.done.length = 0;
  await readyNetwork(planned.world);
  t.same(planned.done, stepsOf(plan));
});

t.test('stopping a server is one change, said in both values', async (t) => {
  const planned = await startPlanned(t);
  const { machine } = await running(planned);
  const { id } = machine;
  const before = await planned.everything();
  const plan = await planned.plan('virtualmachine', {
    kind: 'act',
    id,
    action: 'stop',
    input: {},
  });
  t.equal(await planned.everything(), before);
  t.same(plan, {
    resource: { type: 'virtualmachine', id, name: 'web' },
    steps: [
      {
        resource: { type: 'virtualmachine', id, name: 'web' },
        part: 'server',
        driver: 'memory.servers',
        verb: 'update',
        field: 'powerState',
        desired: 'halted',
        actual: 'running',
        why: 'account 1 asked',
      },
    ],
    waits: [],
    complete: 'yes',
  });
  await planned.world.act('virtualmachine', id, 'stop');
  await planned.world.reaches('virtualmachine', id, 'stopped');
  t.same(planned.done, stepsOf(plan));
});

t.test('a server that goes takes its disk along, in the plan as in the world', async (t) => {
  const planned = await startPlanned(t);
  const { machine } = await running(planned);
  const before = await planned.everything();
  const plan = await planned.plan('virtualmachine', { kind: 'remove', id: machine.id });
  t.equal(await planned.everything(), before);
  t.same(stepsOf(plan), [
    'virtualmachine server delete',
    'volume file delete',
    'volume disk delete',
    'network appliance update revision',
  ]);
  t.match(plan, { complete: 'yes', waits: [], steps: { 1: { resource: { id: '1' } } } });
  t.match(plan.steps[1]?.why, `virtualmachine ${machine.id} is being removed`);
  await planned.world.remove('virtualmachine', machine.id);
  await planned.world.reaches('virtualmachine', machine.id, 'removed');
  await planned.world.quiet();
  t.same(planned.done, stepsOf(plan));
});

t.test('an update lists what it changes', async (t) => {
  const { plugin } = widgets();
  const planned = await startPlanned(t, { plugins: [plugin] });
  const { id } = await planned.world.create('widget', { name: 'gear', size: 3 });
  await planned.world.quiet();
  const before = await planned.everything();
  const plan = await planned.plan('widget', { kind: 'update', id, body: { size: 5 } });
  t.equal(await planned.everything(), before);
  t.match(plan, {
    resource: { type: 'widget', id, name: 'gear' },
    steps: [{ part: 'thing', verb: 'update', field: 'size', desired: 5, actual: 3 }],
    complete: 'yes',
  });
  const grown = await planned.plan('widget', {
    kind: 'act',
    id,
    action: 'grow',
    input: { by: 4 },
  });
  t.match(grown.steps, [{ field: 'size', desired: 7, actual: 3 }]);
});

t.test('where there is nothing to do the plan is empty and complete', async (t) => {
  const planned = await startPlanned(t);
  const { machine, network } = await running(planned);
  const { id } = machine;
  const nothing = { steps: [], waits: [], complete: 'yes' };
  const same = { kind: 'update', id, body: { name: 'web' } } as const;
  t.match(await planned.plan('virtualmachine', same), nothing, 'it is called that already');
  const described = { kind: 'update', id, body: { description: 'The shop.' } } as const;
  t.match(await planned.plan('virtualmachine', described), nothing, 'a note changes nothing');
  const looked = { kind: 'act', id, action: 'reconcile', input: {} } as const;
  t.match(await planned.plan('virtualmachine', looked), nothing, 'a look finds it as asked');
  const again = { kind: 'create', body: { ...server(network), uuid: machine.uuid } } as const;
  t.match(
    await planned.plan('virtualmachine', again),
    { ...nothing, resource: { id } },
    'asked again with its uuid, it is there',
  );
  const account = await planned.plan('account', { kind: 'create', body: { name: 'Ada' } });
  t.match(account, { ...nothing, resource: { type: 'account', id: null, name: 'Ada' } });
  const key = await planned.plan('apikey', { kind: 'create', body: {} });
  t.match(key, nothing);
  const host = (
    await planned.world.cloud.resources.list(planned.world.admin, planned.world.type('host'), {
      filters: [],
      limit: 1,
    })
  ).resources[0];
  const before = await planned.everything();
  const disable = { kind: 'act', id: host?.id ?? '', action: 'disable', input: {} } as const;
  t.match(await planned.plan('host', disable), nothing);
  t.equal(await planned.everything(), before, 'a host offers nothing by a plan');
});

t.test('a look at what a stranger has changed plans its repair', async (t) => {
  const planned = await startPlanned(t);
  const { machine } = await running(planned);
  const kept = planned.world.outside.servers.objects.get(machine.uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, powerState: 'halted' };
  const plan = await planned.plan('virtualmachine', {
    kind: 'act',
    id: machine.id,
    action: 'reconcile',
    input: {},
  });
  t.match(plan.steps, [{ field: 'powerState', desired: 'running', actual: 'halted' }]);
});

t.test('plans fail as the requests themselves do', async (t) => {
  const planned = await startPlanned(t);
  const { world } = planned;
  const { machine, network } = await running(planned);
  const { resources } = world.cloud;
  const user = await world.account('ada');
  const create = async (type: string, body: JsonObject): Promise<void> => {
    const real = await failure(() => world.create(type, body));
    t.same(await failure(() => planned.plan(type, { kind: 'create', body })), real);
    t.not(real, undefined, type);
  };
  const before = await planned.everything();
  await create('virtualmachine', { ...server(network), desiredState: 'dancing' });
  await create('virtualmachine', { offering: '1gb-1cpu', imageId: '1' });
  await create('virtualmachine', { ...server(network), networkId: '99' });
  await create('network', { ipv4Cidr: '10.0.0.0/33' });
  await create('host', {});
  t.match(
    await failure(() => planned.plan('network', { kind: 'remove', id: network.id })),
    await failure(() => world.remove('network', network.id)),
  );
  t.match(await failure(() => planned.plan('network', { kind: 'remove', id: network.id })), {
    code: 'InUse',
  });
  t.match(await failure(() => planned.plan('volume', { kind: 'remove', id: '1' })), {
    code: 'AdmissionRefused',
  });
  const { id } = machine;
  const update = { kind: 'update', id, body: { name: 'x' }, generation: 99 } as const;
  t.match(await failure(() => planned.plan('virtualmachine', update)), {
    code: 'PreconditionFailed',
  });
  const start = { kind: 'act', id, action: 'start', input: {} } as const;
  t.match(await failure(() => planned.plan('virtualmachine', start)), {
    code: 'ActionNotAvailable',
  });
  const dance = { ...start, action: 'dance' };
  t.match(await failure(() => planned.plan('virtualmachine', dance)), { code: 'InvalidAction' });
  const foreign = await failure(() =>
    resources.plan(user, world.type('virtualmachine'), { kind: 'remove', id }),
  );
  t.match(foreign, { code: 'NotFound' });
  t.equal(await planned.everything(), before);
});

async function failure(
  ask: () => Promise<unknown>,
): Promise<{ code: unknown; message: string; fieldName: unknown } | undefined> {
  try {
    await ask();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    const { message } = thrown;
    return {
      message,
      code: Reflect.get(thrown, 'code'),
      fieldName: Reflect.get(thrown, 'fieldName'),
    };
  }
}
