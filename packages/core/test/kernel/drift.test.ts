import { createHash } from 'node:crypto';
import { conditionOf, type DriftRules, type Resource } from '@gdcloud/core';
import t from 'tap';
import { driftPolicyOf } from '../../dist/model/drift-policy.js';
import { readyNetwork, server, startCloud, type TestCloud } from '../support/cloud.js';
import { rejected } from '../support/failures.js';
import { type Widgets, widgets } from '../support/widgets.js';

const MINUTE = 60_000;

interface Drifting {
  readonly world: TestCloud;
  readonly outside: Widgets;
  readonly widget: Resource;
  /** Somebody else changes the object. */
  meddle(size: number): void;
  /** Has it looked at soon, which is no change of what is asked. */
  look(): Promise<Resource>;
}

async function drifting(
  t: Parameters<typeof startCloud>[0],
  drift?: DriftRules,
): Promise<Drifting> {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin], drift });
  const widget = await world.create('widget', { size: 3 });
  await world.reaches('widget', widget.id, 'active');
  return {
    world,
    outside,
    widget,
    meddle: (size) => {
      const object = outside.objects.objects.get(widget.uuid);
      if (object !== undefined) object.actual = { size };
    },
    look: async () => {
      await world.store.wake(widget.uuid, world.clock.now());
      await world.pass(7_000);
      return world.get('widget', widget.id);
    },
  };
}

const sizeOf = ({ outside, widget }: Drifting): number | undefined =>
  outside.objects.objects.get(widget.uuid)?.actual.size;

t.test('what somebody else changed is made as asked again, and both are told', async (t) => {
  const drift = await drifting(t);
  const seen: unknown[] = [];
  const update = drift.outside.objects.update.bind(drift.outside.objects);
  drift.outside.objects.update = (...args) => {
    seen.push(args[2]);
    return update(...args);
  };
  drift.meddle(9);
  const after = await drift.look();
  t.equal(sizeOf(drift), 3);
  t.same(seen, [{ field: 'size', desired: 3, actual: 9 }]);
  t.match(conditionOf(after.conditions, 'Drifted'), { status: 'False', reason: 'AsAsked' });
  t.equal(after.generation, 1, 'nothing was asked');
  t.equal(after.parts['thing']?.repaired?.length, 1);
  const events = await drift.world.cloud.resources.history(
    drift.world.admin,
    drift.world.type('widget'),
    drift.widget.id,
  );
  const told = events.filter(({ what }) => what === 'condition Drifted').toReversed();
  t.same(
    told.map(({ result }) => result),
    ['True Repairing', 'False AsAsked'],
  );
  t.match(told[0], { why: 'thing.size is 9 where 3 was asked for' });
});

t.test('a change that was asked for is no drift', async (t) => {
  const { world, widget } = await drifting(t);
  await world.update('widget', widget.id, { size: 5 });
  await world.reaches('widget', widget.id, 'active');
  const after = await world.get('widget', widget.id);
  t.equal(conditionOf(after.conditions, 'Drifted'), undefined);
  t.equal(after.parts['thing']?.repaired, undefined);
});

t.test('a repair that takes several tries is one drift, told with its beginning', async (t) => {
  const drift = await drifting(t);
  const { objects } = drift.outside;
  const update = objects.update.bind(objects);
  objects.update = () => Promise.reject(rejected());
  drift.meddle(9);
  const first = await drift.look();
  const details = conditionOf(first.conditions, 'Drifted')?.details;
  t.match(details, { part: 'thing', field: 'size', desired: 3, actual: 9, since: Number });
  await drift.world.pass(MINUTE);
  const later = await drift.world.get('widget', drift.widget.id);
  t.ok(later.attempts > first.attempts);
  t.same(conditionOf(later.conditions, 'Drifted')?.details, details);
  t.equal(later.parts['thing']?.repaired?.length, 1);
  objects.update = update;
  await drift.world.reaches('widget', drift.widget.id, 'active');
});

t.test('an object without data that is missing is drift too', async (t) => {
  const drift = await drifting(t);
  drift.outside.objects.objects.clear();
  const after = await drift.look();
  t.match(after.parts, { thing: { epoch: 2, state: 'recorded', repaired: [Number] } });
  t.match(conditionOf(after.conditions, 'Drifted'), { status: 'False' });
});

t.test('what is only reported is left as it is until somebody asks', async (t) => {
  const drift = await drifting(t, { widget: { 'thing.size': 'report' } });
  const { world, widget } = drift;
  drift.meddle(9);
  const reported = await drift.look();
  t.equal(sizeOf(drift), 9);
  t.match(reported, { outcome: 'stall', lastErrorCode: 'Drifted' });
  t.match(conditionOf(reported.conditions, 'Ready'), { status: 'False', reason: 'Drifted' });
  t.match(conditionOf(reported.conditions, 'Drifted'), {
    status: 'True',
    reason: 'Reported',
    details: { part: 'thing', field: 'size', desired: 3, actual: 9 },
  });
  t.match(conditionOf(reported.conditions, 'Stalled'), {
    message:
      'thing.size is 9 where 3 was asked for; it is only reported. To free it, ask for the action reconcile when the cause is mended or delete it.',
    details: { actions: ['reconcile', 'delete'], part: 'thing' },
  });
  await world.pass(60 * MINUTE);
  t.equal(sizeOf(drift), 9, 'looks alone change nothing');
  t.match(await world.act('widget', widget.id, 'reconcile'), { generation: 2 });
  const after = await world.reaches('widget', widget.id, 'active');
  t.equal(sizeOf(drift), 3);
  t.match(conditionOf(after.conditions, 'Drifted'), { status: 'False' });
  t.match(conditionOf(after.conditions, 'Stalled'), { status: 'False' });
});

t.test(
  'drift is told by what earlier releases have put on record of what was asked, too',
  async (t) => {
    const earlier = createHash('sha256').update('{"size":3}').digest('base64url').slice(0, 12);
    const release = { now: 'this one' };
    const outside = widgets();
    const world = await startCloud(t, {
      plugins: [outside.plugin],
      drift: { widget: { '*': 'report' } },
      wrapStore: (store) => ({
        ...store,
        claim: async (...args) => {
          const row = await store.claim(...args);
          const thing = row?.parts['thing'];
          if (row === undefined || thing === undefined || release.now === 'this one') return row;
          t.type(thing.asked, 'string');
          t.not(thing.asked, earlier, 'it is no hash that anybody could make');
          return { ...row, parts: { ...row.parts, thing: { ...thing, asked: earlier } } };
        },
      }),
    });
    const widget = await world.create('widget', { size: 3 });
    await world.reaches('widget', widget.id, 'active');
    release.now = 'an earlier one';
    const object = outside.objects.objects.get(widget.uuid);
    if (object !== undefined) object.actual = { size: 9 };
    await world.store.wake(widget.uuid, world.clock.now());
    await world.pass(7_000);
    const { conditions } = await world.get('widget', widget.id);
    t.match(conditionOf(conditions, 'Drifted'), { status: 'True', reason: 'Reported' });
    t.equal(object?.actual.size, 9);
  },
);

t.test('what is reported and put right by who did it is well again by itself', async (t) => {
  const drift = await drifting(t, { widget: { '*': 'report' } });
  drift.meddle(9);
  await drift.look();
  drift.meddle(3);
  const after = await drift.look();
  t.match(conditionOf(after.conditions, 'Drifted'), { status: 'False' });
  t.match(await drift.world.state('widget', drift.widget.id), { state: 'active' });
});

t.test('what is ignored is as if it were not there, until a change is asked for', async (t) => {
  const drift = await drifting(t, { widget: { 'thing.*': 'ignore' } });
  drift.meddle(9);
  const after = await drift.look();
  t.equal(sizeOf(drift), 9);
  t.match(await drift.world.state('widget', drift.widget.id), { state: 'active' });
  t.equal(conditionOf(after.conditions, 'Drifted'), undefined);
  await drift.world.update('widget', drift.widget.id, { size: 4 });
  await drift.world.reaches('widget', drift.widget.id, 'active');
  t.equal(sizeOf(drift), 4);
});

t.test('what was to be expected is done, as often as it comes, and called no drift', async (t) => {
  const drift = await drifting(t, { widget: { 'thing.size': 'expected' } });
  for (let times = 0; times < 6; times += 1) {
    drift.meddle(9 + times);
    const after = await drift.look();
    t.equal(sizeOf(drift), 3);
    t.equal(conditionOf(after.conditions, 'Drifted'), undefined);
    t.equal(after.parts['thing']?.repaired, undefined);
  }
});

t.test('an absence is reported where it may not be repaired, and never ignored', async (t) => {
  for (const policy of ['report', 'ignore'] as const) {
    const drift = await drifting(t, { widget: { '*': policy } });
    drift.outside.objects.objects.clear();
    const after = await drift.look();
    t.match(after, { lastErrorCode: 'Drifted' }, policy);
    t.match(conditionOf(after.conditions, 'Drifted')?.details, { field: 'presence' });
    t.equal(drift.outside.objects.objects.size, 0);
    await drift.world.act('widget', drift.widget.id, 'reconcile');
    await drift.world.reaches('widget', drift.widget.id, 'active');
    t.equal(drift.outside.objects.objects.size, 1);
  }
});

t.test('who changes it as often as it is repaired is not fought with', async (t) => {
  const drift = await drifting(t);
  const { world, widget } = drift;
  for (let round = 1; round <= 3; round += 1) {
    drift.meddle(9);
    await drift.look();
    t.equal(sizeOf(drift), 3, `repair ${round}`);
  }
  drift.meddle(9);
  const contended = await drift.look();
  t.equal(sizeOf(drift), 9);
  t.match(contended, { outcome: 'stall', lastErrorCode: 'DriftContended' });
  t.match(conditionOf(contended.conditions, 'Drifted'), { reason: 'DriftContended' });
  await drift.look();
  t.equal(sizeOf(drift), 9, 'another look does not begin again');
  await world.act('widget', widget.id, 'reconcile');
  await world.reaches('widget', widget.id, 'active');
  t.equal(sizeOf(drift), 3, 'who asks for it gets it');
});

t.test('a fight that is over is found out by the slow probe', async (t) => {
  const drift = await drifting(t);
  for (let round = 1; round <= 4; round += 1) {
    drift.meddle(9);
    await drift.look();
  }
  t.equal(sizeOf(drift), 9);
  await drift.world.pass(16 * MINUTE);
  t.equal(sizeOf(drift), 3);
  t.match(await drift.world.state('widget', drift.widget.id), { state: 'active' });
});

t.test('repairs that are far apart are no fight', async (t) => {
  const drift = await drifting(t);
  for (let round = 1; round <= 6; round += 1) {
    drift.meddle(9);
    await drift.look();
    t.equal(sizeOf(drift), 3, `repair ${round}`);
    await drift.world.pass(5 * MINUTE);
  }
});

t.test(
  'a server that somebody stopped is left stopped where the operator wants that',
  async (t) => {
    const world = await startCloud(t, {
      drift: { virtualmachine: { 'server.powerState': 'report' } },
    });
    const network = await readyNetwork(world);
    const machine = await world.create('virtualmachine', server(network));
    await world.reaches('virtualmachine', machine.id, 'running');
    const kept = world.outside.servers.objects.get(machine.uuid);
    if (kept === undefined) throw new Error('there is no server');
    kept.actual = { ...kept.actual, powerState: 'halted' };
    await world.act('virtualmachine', machine.id, 'reconcile');
    await world.quiet();
    t.match(await world.get('virtualmachine', machine.id), { lastErrorCode: 'Drifted' });
    t.equal(kept.actual.powerState, 'halted');
    await world.act('virtualmachine', machine.id, 'stop');
    t.match(await world.reaches('virtualmachine', machine.id, 'stopped'), { outcome: 'done' });
  },
);

t.test('the most specific policy counts', async (t) => {
  const policies = {
    '*': 'ignore',
    'server.*': 'report',
    'server.disks.*': 'ignore',
    'server.disks.1': 'repair',
  } as const;
  for (const [part, field, policy] of [
    ['server', 'disks.1', 'repair'],
    ['server', 'disks.0', 'ignore'],
    ['server', 'powerState', 'report'],
    ['segment', 'name', 'ignore'],
    ['toString', 'constructor', 'ignore'],
  ] as const)
    t.equal(driftPolicyOf(policies, part, field), policy, `${part}.${field}`);
  t.equal(driftPolicyOf({}, 'server', 'powerState'), 'repair');
});

t.test(
  'rules for types or with policies that there are not are refused at the start',
  async (t) => {
    await t.rejects(startCloud(t, { drift: { virtualmachines: { '*': 'report' } } }), {
      name: 'TypeError',
      message: 'drift: no resource type is called virtualmachines',
    });
    const wrong = JSON.parse('{ "network": { "*": "panic" } }') as DriftRules;
    await t.rejects(startCloud(t, { drift: wrong }), {
      name: 'TypeError',
      message: 'drift: network * has the policy panic; there are repair, report, ignore, expected',
    });
  },
);

t.test('what follows from another resource is no drift, however often it changes', async (t) => {
  const world = await startCloud(t);
  const network = await readyNetwork(world);
  const { id } = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', id, 'running');
  const disk = await world.create('volume', { sizeGb: 1 });
  await world.reaches('volume', disk.id, 'active');
  for (let times = 0; times < 8; times += 1) {
    await world.actWith('volume', disk.id, 'attach', { virtualmachineId: id });
    await world.reaches('volume', disk.id, 'active');
    await world.act('volume', disk.id, 'detach');
    await world.reaches('volume', disk.id, 'active');
  }
  const { conditions } = await world.reaches('virtualmachine', id, 'running');
  t.equal(conditionOf(conditions, 'Drifted'), undefined);
});
