import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { widgets } from '../support/widgets.js';

async function resizing(t: Parameters<typeof startCloud>[0]) {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', { size: 2 });
  await world.reaches('widget', widget.id, 'active');
  const sizes: number[] = [];
  const { objects } = outside;
  const update = objects.update.bind(objects);
  objects.update = async (...args) => {
    const accepted = await update(...args);
    sizes.push(objects.objects.get(widget.uuid)?.actual.size ?? 0);
    return accepted;
  };
  return { world, objects, widget, sizes };
}

t.test('2→5→3 asked for before anything was done never visits 5', async (t) => {
  const { world, widget, sizes } = await resizing(t);
  await world.update('widget', widget.id, { size: 5 });
  await world.update('widget', widget.id, { size: 3 });
  await world.reaches('widget', widget.id, 'active');
  t.same(sizes, [3]);
});

t.test('2→5→3 with the 3 asked for while it is looked at for 5 never visits 5', async (t) => {
  const { world, objects, widget, sizes } = await resizing(t);
  const observe = objects.observe.bind(objects);
  objects.observe = async (...args) => {
    const seen = await observe(...args);
    objects.observe = observe;
    await world.update('widget', widget.id, { size: 3 });
    return seen;
  };
  await world.update('widget', widget.id, { size: 5 });
  const after = await world.reaches('widget', widget.id, 'active');
  t.same(sizes, [3]);
  t.match(after, { generation: 3, observedGeneration: 3, status: { weight: 3 } });
});

t.test('2→5→3 with the 3 asked for while 5 is being made ends at 3', async (t) => {
  const { world, objects, widget, sizes } = await resizing(t);
  const update = objects.update.bind(objects);
  objects.update = async (...args) => {
    objects.update = update;
    await world.update('widget', widget.id, { size: 3 });
    return update(...args);
  };
  await world.update('widget', widget.id, { size: 5 });
  const after = await world.reaches('widget', widget.id, 'active');
  t.same(sizes, [5, 3]);
  t.match(after, { generation: 3, observedGeneration: 3, status: { weight: 3 } });
});

t.test('a removal asked for while it is looked at for a change makes no change', async (t) => {
  const { world, objects, widget, sizes } = await resizing(t);
  const observe = objects.observe.bind(objects);
  objects.observe = async (...args) => {
    const seen = await observe(...args);
    objects.observe = observe;
    await world.remove('widget', widget.id);
    return seen;
  };
  await world.update('widget', widget.id, { size: 5 });
  await world.reaches('widget', widget.id, 'removed');
  t.same(sizes, []);
  t.equal(objects.objects.size, 0);
});

t.test('a removal asked for while it is being made leaves nothing', async (t) => {
  const outside = widgets();
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const { objects } = outside;
  const create = objects.create.bind(objects);
  objects.create = async (...args) => {
    const [{ uuid }] = args;
    const asked = await world.store.get(uuid);
    await world.remove('widget', asked?.id ?? '');
    return create(...args);
  };
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'removed');
  t.same(objects.counts, { create: 1, update: 0, delete: 1 });
  t.equal(objects.objects.size, 0);
});
