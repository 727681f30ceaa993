import type { OrphanOptions } from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { orphans, sleep, sweptWidgets } from '../support/orphans.js';
import { uuid } from '../support/resources.js';

const MINUTE = 60_000;
const EVERY = 10 * MINUTE;

const reap: OrphanOptions = { everyMs: EVERY, policy: 'reap', reapAfterMs: 5 * MINUTE };

/** Sweeps a second time and waits for the age that an orphan must have. */
async function confirm(world: TestCloud): Promise<void> {
  await sleep(world, EVERY);
  await sleep(world, 5 * MINUTE);
}

t.test('what is stateless is set aside after two sweeps and removed a while later', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  await sleep(world, EVERY);
  await sleep(world, 4 * MINUTE);
  t.match(await world.state('orphan', '1'), { state: 'handling', transitioning: 'yes' });
  t.equal(objects.quarantines, 0, 'seen twice, but not long enough ago');
  await sleep(world, MINUTE);
  t.equal(objects.quarantines, 1);
  t.equal(objects.counts.delete, 0);
  await sleep(world, 5 * MINUTE);
  t.equal(objects.counts.delete, 1);
  t.same(await orphans(world), []);
  t.match(await world.state('orphan', '1'), { state: 'removed' });
  const events = await world.events('orphan', '1');
  for (const what of ['found', 'found again', 'object.quarantined', 'object.delete'])
    t.ok(events.includes(what), what);
});

t.test(
  'what holds data stays in quarantine until an administrator asks for just that',
  async (t) => {
    const { plugin, objects } = sweptWidgets({ dataBearing: 'yes' });
    objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
    const world = await startCloud(t, { plugins: [plugin], orphans: reap });
    await t.rejects(world.act('orphan', '1', 'reap'), { code: 'ActionNotAvailable' });
    await confirm(world);
    await sleep(world, EVERY);
    t.match(await world.state('orphan', '1'), { state: 'quarantined', transitioning: 'no' });
    t.equal(objects.quarantines, 1);
    t.equal(objects.objects.size, 1);
    await world.act('orphan', '1', 'reap');
    await world.reaches('orphan', '1', 'removed');
    t.equal(objects.objects.size, 0);
    t.equal(objects.counts.delete, 1);
  },
);

t.test('an administrator’s word goes before the policy, either way', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  objects.plant({ uuid: uuid(8), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  const ignored = `memory.widgets/${uuid(7)}`;
  await world.act('orphan', ignored, 'ignore');
  await confirm(world);
  await sleep(world, EVERY);
  t.same([...objects.objects.keys()], [uuid(7)]);
  t.match(await world.state('orphan', ignored), { state: 'reported' });
  await world.act('orphan', ignored, 'quarantine');
  await world.reaches('orphan', ignored, 'quarantined');
  t.equal(objects.counts.delete, 1);
});

t.test('a driver without quarantine is only reported, and says so', async (t) => {
  const { plugin, objects } = sweptWidgets();
  Object.defineProperty(objects, 'quarantine', { value: undefined });
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  await confirm(world);
  t.match(await world.state('orphan', '1'), {
    state: 'error',
    transitioningMessage: /can not set objects aside/,
  });
  t.equal(objects.objects.size, 1);
  await world.act('orphan', '1', 'reap');
  await world.reaches('orphan', '1', 'removed');
  t.equal(objects.objects.size, 0);
});

t.test('an object that a resource claims again is no orphan any more', async (t) => {
  const { plugin, objects } = sweptWidgets({ dataBearing: 'yes' });
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin], orphans: reap });
  await confirm(world);
  t.match(await world.state('orphan', '1'), { state: 'quarantined' });
  const widget = await world.create('widget', { uuid: uuid(7), size: 1 });
  await world.reaches('widget', widget.id, 'active');
  t.equal(objects.objects.get(uuid(7))?.place, 'in use', 'it is brought back');
  await sleep(world, EVERY);
  t.same(await orphans(world), []);
  t.equal(objects.counts.delete, 0);
});

t.test('a claim between the look and the act keeps the object as it is', async (t) => {
  for (const [steps, verb] of [
    [1, 'quarantine'],
    [2, 'delete'],
  ] as const) {
    const { plugin, objects } = sweptWidgets();
    objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
    const orphanOptions = { ...reap, reapAfterMs: 0 };
    const world = await startCloud(t, { plugins: [plugin], orphans: orphanOptions });
    await sleep(world, EVERY);
    const observe = objects.observe.bind(objects);
    let looks = 0;
    objects.observe = async (...args) => {
      looks += 1;
      const seen = await observe(...args);
      if (looks === steps) await world.create('widget', { uuid: uuid(7), size: 1 });
      return seen;
    };
    await sleep(world, 5 * MINUTE);
    t.ok(looks >= steps, verb);
    t.equal(objects.quarantines, steps - 1, `${verb}: not set aside`);
    t.equal(objects.counts.delete, 0, `${verb}: not removed`);
    await sleep(world, EVERY);
    t.same(await orphans(world), []);
    t.equal(objects.objects.get(uuid(7))?.place, 'in use');
    await world.stop();
  }
});

t.test('without its driver an orphan waits for a person, who can forget it', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const first = await startCloud(t, { plugins: [plugin], orphans: reap });
  await first.stop();
  const second = await startCloud(t, { after: first, orphans: reap });
  await sleep(second, EVERY);
  t.match(await second.state('orphan', '1'), {
    state: 'error',
    transitioningMessage: /plug it in/,
  });
  await second.remove('orphan', '1');
  await second.reaches('orphan', '1', 'removed');
  t.equal(objects.objects.size, 1);
});
