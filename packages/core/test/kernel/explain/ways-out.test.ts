import { asUuid, type Explanation } from '@gdcloud/core';
import { MemoryObjects } from '@gdcloud/core/testing';
import t from 'tap';
import { stallOf } from '../../../dist/model/stall.js';
import { startCloud, type TestCloud } from '../../support/cloud.js';
import { down, invalid, rejected } from '../../support/failures.js';
import { orphans, sleep, sweptWidgets } from '../../support/orphans.js';
import { uuid } from '../../support/resources.js';
import { Twins } from '../../support/twins.js';
import { plainly, type WidgetState, type Widgets, widgets } from '../../support/widgets.js';

const MINUTE = 60_000;

function explain(world: TestCloud, type: string, id: string): Promise<Explanation> {
  return world.cloud.resources.explain(world.admin, world.type(type), id);
}

async function stalled(
  t: Parameters<typeof startCloud>[0],
  { plugin, objects }: Widgets,
  bringAbout: (world: TestCloud, objects: Widgets['objects'], id: string) => Promise<void> | void,
  drift: 'repair' | 'report' = 'repair',
): Promise<TestCloud> {
  const world = await startCloud(t, {
    plugins: [plugin],
    drift: { widget: { 'thing.size': drift } },
  });
  const { id } = await world.create('widget', { size: 3 });
  await world.reaches('widget', id, 'active');
  await bringAbout(world, objects, id);
  await world.until(async () => stallOf(await world.get('widget', id)) !== undefined, 'a stall');
  return world;
}

t.test('of what is stalled the suggestions are the actions that its stall names', async (t) => {
  const wake = async (world: TestCloud, id: string): Promise<void> => {
    await world.store.wake((await world.get('widget', id)).uuid, world.clock.now());
  };
  const cases: Readonly<Record<string, () => Promise<TestCloud>>> = {
    ExternalMissing: () =>
      stalled(t, widgets({ dataBearing: 'yes' }), (world, objects, id) => {
        objects.objects.clear();
        return wake(world, id);
      }),
    InvalidDesired: () =>
      stalled(t, widgets(), async (world, objects, id) => {
        objects.update = () => Promise.reject(invalid());
        await world.update('widget', id, { size: 4 });
      }),
    Failing: () =>
      stalled(t, widgets(), async (world, objects, id) => {
        objects.update = () => Promise.reject(rejected());
        await world.update('widget', id, { size: 4 });
        await world.pass(40 * MINUTE);
      }),
    Drifted: () =>
      stalled(
        t,
        widgets(),
        (world, { objects }, id) => {
          for (const object of objects.values()) object.actual = { size: 9 };
          return wake(world, id);
        },
        'report',
      ),
  };
  for (const [kind, bringAbout] of Object.entries(cases)) {
    const world = await bringAbout();
    const actions = stallOf(await world.get('widget', '1'))?.actions ?? [];
    t.ok(actions.length > 0, kind);
    const { suggestions, root } = await explain(world, 'widget', '1');
    t.match(root, { condition: 'Stalled' }, kind);
    t.same(
      suggestions.map(({ action }) => action),
      actions,
      kind,
    );
    await world.stop();
  }
});

t.test('of twins it is suggested to keep one, and the explanation names them', async (t) => {
  const driver = new Twins('yes');
  const { plugin } = widgets({ reconcile: (pass) => plainly(pass, driver) });
  const world = await startCloud(t, { plugins: [plugin] });
  const id = asUuid('01900000-0000-7000-8000-000000000001');
  for (const index of [0, 1]) driver.add(id, `twin-${index}`, 'maybe');
  await world.create('widget', { uuid: id, size: 1 });
  await world.reaches('widget', '1', 'error');
  const { suggestions, root } = await explain(world, 'widget', '1');
  t.match(root, { reason: 'DuplicateExternal', message: /twin-0, twin-1/ });
  t.same(
    suggestions.map(({ action }) => action),
    ['keep', 'delete'],
  );
});

t.test('a backend is called by its own name, and its breaker is told with it', async (t) => {
  // Two drivers of one pool: what one of them learns of it holds for the other.
  const made = (name: string) =>
    new MemoryObjects<WidgetState, WidgetState>({
      name: `pool.${name}`,
      backend: 'pool one.example',
      dataBearing: 'no',
      create: ({ size }) => ({ size }),
      compare: () => [],
      change: ({ size }) => ({ size }),
    });
  const [first, second] = [made('first'), made('second')];
  const { plugin } = widgets({
    reconcile: (pass) => plainly(pass, pass.resource.spec.size === 1 ? first : second),
  });
  const world = await startCloud(t, { plugins: [plugin] });
  first.down = down('no route');
  const since = new Date(world.clock.now()).toISOString().slice(11, 19);
  for (let count = 0; count < 6; count += 1) await world.create('widget', { size: 1 });
  await world.pass(10_000);
  const other = await world.create('widget', { size: 2 });
  await world.quiet();
  for (const id of ['1', other.id]) {
    const explanation = await explain(world, 'widget', id);
    t.equal(
      explanation.verdict,
      `widget ${id} is not active yet: it waits for the backend pool one.example, which has not answered since ${since} UTC`,
    );
    t.match(explanation.breakers, [{ backend: 'pool one.example', state: 'open' }]);
    t.same(
      explanation.suggestions.map(({ action }) => action),
      ['wait', 'reconcile'],
    );
  }
  t.match(world.cloud.breakers, [{ backend: 'pool one.example' }]);
  t.match(await world.cloud.explain(other.uuid), { breakers: world.cloud.breakers });
});

t.test('orphans are explained like everything else', async (t) => {
  const { plugin, objects } = sweptWidgets({ quarantine: 'impossible', dataBearing: 'yes' });
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, {
    plugins: [plugin],
    orphans: { everyMs: 10 * MINUTE },
  });
  const [orphan] = await orphans(world);
  const id = orphan?.id ?? '';
  t.match(await explain(world, 'orphan', id), { asAsked: 'yes' }, 'a report is all that is asked');
  await world.act('orphan', id, 'quarantine');
  await world.quiet();
  t.match(await explain(world, 'orphan', id), {
    verdict: /^orphan 1 is not as asked yet: it waits: 1 of 2 sweeps have found it; it is looked/,
  });
  await sleep(world, 10 * MINUTE);
  await sleep(world, 5 * MINUTE);
  const stuck = await explain(world, 'orphan', id);
  t.match(stuck, { root: { condition: 'Stalled', reason: 'QuarantineNotSupported' } });
  t.same(
    stuck.suggestions.map(({ action }) => action),
    ['delete'],
  );
});

t.test('a pass over an orphan leaves a backend alone that is away', async (t) => {
  const { plugin, objects } = sweptWidgets();
  objects.plant({ uuid: uuid(7), epoch: 1 }, { size: 1 });
  const world = await startCloud(t, { plugins: [plugin] });
  const [orphan] = await orphans(world);
  if (orphan === undefined) throw new Error('the sweep found nothing');
  objects.down = down('no route');
  for (let count = 0; count < 6; count += 1) await world.create('widget', {});
  await world.pass(10_000);
  let looks = 0;
  const observe = objects.observe.bind(objects);
  objects.observe = (...args) => {
    looks += 1;
    return observe(...args);
  };
  await world.store.wake(orphan.uuid, world.clock.now());
  await world.act('orphan', orphan.id, 'reconcile');
  await world.quiet();
  t.equal(looks, 0);
  const explanation = await explain(world, 'orphan', orphan.id);
  t.match(explanation.verdict, /it waits for the backend memory\.widgets, which has not answered/);
  t.match(explanation.breakers, [{ backend: 'memory.widgets', state: 'open' }]);
});
