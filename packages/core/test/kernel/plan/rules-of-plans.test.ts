import { asUuid, type JsonObject, type Resource } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, server } from '../../support/cloud.js';
import { orphans, sleep, sweptWidgets } from '../../support/orphans.js';
import { type Planned, startPlanned, stepsOf } from '../../support/plans.js';
import { uuid } from '../../support/resources.js';
import { Twins } from '../../support/twins.js';
import { plainly, widgets } from '../../support/widgets.js';

const MINUTE = 60_000;

type Tap = Parameters<typeof startPlanned>[0];

/** Plans an action and sees to it that the plan changes nothing. */
async function planOf(
  t: Tap & { equal(found: unknown, wanted: unknown, message: string): void },
  planned: Planned,
  { type, id }: Pick<Resource, 'type' | 'id'>,
  action: string,
  input: JsonObject = {},
) {
  const before = await planned.everything();
  const plan = await planned.plan(type, { kind: 'act', id, action, input });
  t.equal(await planned.everything(), before, `a plan of ${action} changes nothing`);
  planned.done.length = 0;
  return plan;
}

t.test('a plan that goes beyond a limit is refused as the request is', async (t) => {
  const planned = await startPlanned(t, { limits: { virtualmachines: 1, volumeGb: 10 } });
  const { world } = planned;
  const user = await world.account('ada');
  const network = await readyNetwork(world, { caller: user });
  const before = await planned.everything();
  const first = { kind: 'create', body: server(network) } as const;
  for (let times = 0; times < 2; times += 1)
    t.match(await planned.plan('virtualmachine', first, user), { complete: 'yes' });
  t.equal(await planned.everything(), before, 'a plan is charged to nobody');

  const machine = await world.create('virtualmachine', server(network), user);
  const volume = await world.create('volume', { sizeGb: 8 }, user);
  await world.reaches('volume', volume.id, 'active');
  await world.reaches('virtualmachine', machine.id, 'running');
  const refusal = {
    code: 'LimitExceeded',
    detail: 'class virtualmachines, used 1, limit 1, asked for 1',
  };
  await t.rejects(world.create('virtualmachine', server(network), user), refusal);
  await t.rejects(planned.plan('virtualmachine', first, user), refusal);
  const large = { kind: 'create', body: { sizeGb: 3 } } as const;
  const tooLarge = { code: 'LimitExceeded', fieldName: 'sizeGb' };
  await t.rejects(world.create('volume', large.body, user), tooLarge);
  await t.rejects(planned.plan('volume', large, user), tooLarge);
  t.match(await planned.plan('volume', { kind: 'create', body: { sizeGb: 2 } }, user), {
    complete: 'yes',
  });
});

t.test('recreate is planned as the making of an empty one', async (t) => {
  const outside = widgets({ dataBearing: 'yes' });
  const planned = await startPlanned(t, { plugins: [outside.plugin] });
  const { world } = planned;
  const widget = await world.create('widget', { size: 2 });
  await world.reaches('widget', widget.id, 'active');
  outside.objects.objects.clear();
  await world.act('widget', widget.id, 'reconcile');
  await world.reaches('widget', widget.id, 'error');

  const again = await planOf(t, planned, widget, 'reconcile');
  t.match(again, { steps: [], waits: [/it held data, so it is not made anew/], complete: 'no' });
  const plan = await planOf(t, planned, widget, 'recreate');
  t.match(plan, { waits: [], complete: 'yes' });
  t.same(stepsOf(plan), ['widget thing create']);
  await world.act('widget', widget.id, 'recreate');
  await world.reaches('widget', widget.id, 'active');
  t.same(planned.done, stepsOf(plan));
  const twice = planned.plan('widget', {
    kind: 'act',
    id: widget.id,
    action: 'recreate',
    input: {},
  });
  await t.rejects(twice, { code: 'ActionNotAvailable' });
});

t.test('keep is planned as the end of the others, and of no more', async (t) => {
  for (const kept of ['twin-0', 'twin-1', 'twin-2']) {
    const driver = new Twins('yes');
    const { plugin } = widgets({ reconcile: (pass) => plainly(pass, driver) });
    const planned = await startPlanned(t, { plugins: [plugin] });
    const { world } = planned;
    const id = asUuid('01900000-0000-7000-8000-000000000001');
    for (const index of [0, 1, 2]) driver.add(id, `twin-${index}`, 'maybe');
    const widget = await world.create('widget', { uuid: id, size: 1 });
    await world.reaches('widget', widget.id, 'error');
    const plan = await planOf(t, planned, widget, 'keep', { external: kept });
    t.match(plan, { waits: [], complete: 'yes' }, kept);
    const doomed = plan.steps.map(({ verb, actual }) => `${verb} ${String(actual)}`);
    t.equal(driver.objects.length, 3);
    await world.cloud.resources.act(world.admin, world.type('widget'), widget.id, 'keep', {
      external: kept,
    });
    await world.reaches('widget', widget.id, 'active');
    t.same(planned.done, stepsOf(plan));
    t.same(
      doomed,
      driver.deleted.map((external) => `delete ${external}`),
    );
  }
});

t.test('the removal of twins is planned to the last of them', async (t) => {
  const driver = new Twins('yes');
  const { plugin } = widgets({ reconcile: (pass) => plainly(pass, driver) });
  const planned = await startPlanned(t, { plugins: [plugin] });
  const { world } = planned;
  const id = asUuid('01900000-0000-7000-8000-000000000001');
  for (const index of [0, 1, 2]) driver.add(id, `twin-${index}`, 'maybe');
  const widget = await world.create('widget', { uuid: id, size: 1 });
  await world.reaches('widget', widget.id, 'error');
  planned.done.length = 0;
  const plan = await planned.plan('widget', { kind: 'remove', id: widget.id });
  t.equal(plan.complete, 'yes');
  await world.remove('widget', widget.id);
  await world.reaches('widget', widget.id, 'removed');
  t.same(planned.done, stepsOf(plan));
});

t.test('drift is planned as its policy has it', async (t) => {
  for (const [policy, first, asked] of [
    ['repair', ['widget thing update size'], ['widget thing update size']],
    ['report', [], ['widget thing update size']],
    ['ignore', [], []],
  ] as const) {
    const outside = widgets();
    const planned = await startPlanned(t, {
      plugins: [outside.plugin],
      drift: { widget: { 'thing.size': policy } },
    });
    const { world } = planned;
    const widget = await world.create('widget', { size: 3 });
    await world.reaches('widget', widget.id, 'active');
    const object = outside.objects.objects.get(widget.uuid);
    if (object !== undefined) object.actual = { size: 9 };
    const looked = await planOf(t, planned, widget, 'reconcile');
    t.same(stepsOf(looked), first, policy);
    t.equal(looked.complete, policy === 'report' ? 'no' : 'yes', policy);
    if (policy === 'repair') continue;
    await world.act('widget', widget.id, 'reconcile');
    await world.pass(10_000);
    // What is reported as drift is asked for once more, and only then made as asked again.
    const plan = await planOf(t, planned, widget, 'reconcile');
    t.same(stepsOf(plan), asked, policy);
    t.equal(plan.complete, 'yes', policy);
    await world.act('widget', widget.id, 'reconcile');
    await world.pass(10_000);
    t.same(planned.done, asked, policy);
  }
});

t.test('what would be done about an orphan is planned as its ladder has it', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const planned = await startPlanned(t, {
    plugins: [plugin],
    orphans: { everyMs: 10 * MINUTE },
  });
  const { world } = planned;
  const [orphan] = await orphans(world);
  if (orphan === undefined) throw new Error('the sweep found nothing');
  const early = await planOf(t, planned, orphan, 'quarantine');
  t.match(early, { steps: [], waits: [/1 of 2 sweeps have found it/], complete: 'no' });
  await sleep(world, 10 * MINUTE);
  await sleep(world, 5 * MINUTE);

  const aside = await planOf(t, planned, orphan, 'quarantine');
  t.match(aside, { waits: [], complete: 'yes' });
  t.match(aside.steps, [
    {
      resource: { type: 'orphan', id: orphan.id },
      part: 'object',
      driver: 'memory.widgets',
      verb: 'update',
      field: 'quarantined',
      desired: true,
      actual: false,
    },
  ]);
  await world.act('orphan', orphan.id, 'quarantine');
  await world.reaches('orphan', orphan.id, 'quarantined');
  t.same(planned.done, stepsOf(aside));
  t.equal(objects.quarantines, 1);

  const reaped = await planOf(t, planned, orphan, 'reap');
  t.match(reaped, { waits: [], complete: 'yes' });
  t.same(stepsOf(reaped), ['orphan object delete']);
  await world.act('orphan', orphan.id, 'reap');
  await world.reaches('orphan', orphan.id, 'removed');
  t.same(planned.done, stepsOf(reaped));
});

t.test('an orphan that can not be set aside is planned to stay as it is', async (t) => {
  const { plugin, objects } = sweptWidgets({ quarantine: 'impossible', dataBearing: 'yes' });
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const planned = await startPlanned(t, {
    plugins: [plugin],
    orphans: { everyMs: 10 * MINUTE },
  });
  const { world } = planned;
  await sleep(world, 10 * MINUTE);
  await sleep(world, 5 * MINUTE);
  const [orphan] = await orphans(world);
  if (orphan === undefined) throw new Error('the sweep found nothing');
  const plan = await planOf(t, planned, orphan, 'quarantine');
  t.match(plan, { steps: [], waits: [/can not set objects aside/], complete: 'no' });
});
