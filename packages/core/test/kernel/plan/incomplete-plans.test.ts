import t from 'tap';
import { readyNetwork, server } from '../../support/cloud.js';
import { down, invalid } from '../../support/failures.js';
import { hooking } from '../../support/hooking.js';
import { bareDriver, overDriver } from '../../support/over-driver.js';
import { startPlanned, stepsOf } from '../../support/plans.js';
import { plainly, widgets } from '../../support/widgets.js';

t.test('what a dependency is not ready for is waited for, after what can be done', async (t) => {
  const planned = await startPlanned(t);
  planned.world.outside.segments.down = down('the pool is away');
  const network = await planned.world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await planned.world.quiet();
  const before = await planned.everything();
  const plan = await planned.plan('virtualmachine', { kind: 'create', body: server(network) });
  t.equal(await planned.everything(), before);
  t.same(stepsOf(plan), ['volume file create', 'volume disk create']);
  t.match(plan.waits, [
    `virtualmachine new-1: waiting for network ${network.id}`,
    /^network \d+: memory\.segments: the pool is away\./,
  ]);
  t.match(plan, { complete: 'no', why: 'it would have to wait' });
});

t.test('a backend that is away is waited for', async (t) => {
  const planned = await startPlanned(t);
  planned.world.outside.appliances.down = down('no route to the appliance');
  const body = { ipv4Cidr: '10.0.0.0/24' };
  const plan = await planned.plan('network', { kind: 'create', body });
  t.same(stepsOf(plan), ['network segment create']);
  t.match(plan.waits, [/^network new-1: memory\.appliances: no route to the appliance\./]);
  t.equal(plan.complete, 'no');
});

t.test('a server that fits nowhere waits, and no memory is charged for it', async (t) => {
  const planned = await startPlanned(t, { drivers: { hosts: 1, hostMemoryMb: 1_500 } });
  const { world } = planned;
  const network = await readyNetwork(world);
  const body = server(network);
  t.equal((await planned.plan('virtualmachine', { kind: 'create', body })).complete, 'yes');
  t.equal(
    (await planned.plan('virtualmachine', { kind: 'create', body })).complete,
    'yes',
    'the first plan holds nothing',
  );
  const { id } = await world.create('virtualmachine', body);
  await world.reaches('virtualmachine', id, 'running');
  const before = await planned.everything();
  const plan = await planned.plan('virtualmachine', { kind: 'create', body });
  t.equal(await planned.everything(), before);
  t.match(plan.waits, [/^virtualmachine new-1: no host has room for 1024 MiB: host0 /]);
  t.same(
    stepsOf(plan),
    ['volume file create', 'volume disk create', 'network appliance update revision'],
    'as in the world',
  );
});

t.test('a hook that would hold a change back is heard, and none is told of it', async (t) => {
  const told: string[] = [];
  const { plugin } = widgets();
  const planned = await startPlanned(t, {
    plugins: [
      plugin,
      hooking({
        point: 'before.create',
        name: 'test/freeze',
        run: ({ resource }) =>
          resource.type === 'widget' ? { message: 'not on Fridays' } : undefined,
      }),
      hooking({
        point: 'onCondition',
        name: 'test/told',
        run: ({ resource }) => {
          told.push(resource.id);
          return undefined;
        },
      }),
    ],
  });
  told.length = 0;
  const plan = await planned.plan('widget', { kind: 'create', body: {} });
  t.match(plan, { steps: [], complete: 'no' });
  t.same(plan.waits, ['widget new-1: test/freeze: not on Fridays']);
  t.same(told, []);
});

t.test('a plan ends where a driver does not say what will be', async (t) => {
  const { plugin } = widgets({
    reconcile: (pass, driver) => plainly(pass, bareDriver(driver)),
  });
  const planned = await startPlanned(t, { plugins: [plugin] });
  const { world } = planned;
  const fresh = await planned.plan('widget', { kind: 'create', body: {} });
  t.same(stepsOf(fresh), ['widget thing create']);
  t.match(fresh, { complete: 'no', waits: [], why: /memory\.widgets does not say/ });
  const { id } = await world.create('widget', { size: 2 });
  await world.quiet();
  const update = await planned.plan('widget', { kind: 'update', id, body: { size: 4 } });
  t.same(stepsOf(update), ['widget thing update size'], 'what differs is known');
  t.equal(update.complete, 'no');
  const removal = await planned.plan('widget', { kind: 'remove', id });
  t.same(stepsOf(removal), ['widget thing delete']);
  t.equal(removal.complete, 'yes', 'of what is gone there is nothing to know');
});

t.test('what can never work is said as it would be later', async (t) => {
  const { plugin } = widgets({
    reconcile: (pass, driver) =>
      plainly(pass, overDriver(driver, { foresee: () => Promise.reject(invalid('too large')) })),
  });
  const planned = await startPlanned(t, { plugins: [plugin] });
  const plan = await planned.plan('widget', { kind: 'create', body: {} });
  t.match(plan, { steps: [], complete: 'no', waits: [/^widget new-1: too large/] });
});

t.test('a plan takes no longer than ten seconds', async (t) => {
  const { plugin } = widgets({
    reconcile: (pass, driver) =>
      plainly(pass, { ...bareDriver(driver), observe: () => new Promise(() => undefined) }),
  });
  const planned = await startPlanned(t, { plugins: [plugin] });
  const { world } = planned;
  const before = await planned.everything();
  const asked = planned.plan('widget', { kind: 'create', body: {} });
  await world.pass(10_000);
  t.match(await asked, { steps: [], complete: 'no', why: 'it is not thought out after 10 s' });
  t.equal(await planned.everything(), before);
});

t.test('a child that is there is read, and what it waits for is its own', async (t) => {
  const planned = await startPlanned(t);
  const { world } = planned;
  const network = await readyNetwork(world);
  world.outside.volumes.down = down('the share is away');
  const { id } = await world.create('virtualmachine', server(network));
  await world.quiet();
  const plan = await planned.plan('virtualmachine', {
    kind: 'act',
    id,
    action: 'stop',
    input: {},
  });
  t.same(plan.steps, []);
  t.same(plan.waits, [`virtualmachine ${id}: waiting for volume 1`]);
});
