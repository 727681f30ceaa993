import { asExternalId, DriverFailure, type OperationKey } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { startCloud } from '../support/cloud.js';
import { widgets } from '../support/widgets.js';

/** A widget, and the operations under which its size was changed; the first `lost` of them are not answered. */
async function watched(t: Test, lost: number) {
  const outside = widgets();
  const { objects } = outside;
  const sizes: OperationKey[] = [];
  const update = objects.update.bind(objects);
  objects.update = async (key, desired, change, call) => {
    if (change.field !== 'size') return { external: key.external, settled: true };
    sizes.push(call.operation);
    if (sizes.length <= lost)
      throw new DriverFailure('ambiguous', 'LostReply', 'no answer came', { remedy: 'Wait.' });
    return update(key, desired, change, call);
  };
  const world = await startCloud(t, { plugins: [outside.plugin] });
  const widget = await world.create('widget', { size: 1 });
  await world.reaches('widget', widget.id, 'active');
  return { world, widget, objects, sizes };
}

t.test(
  'a change that may be half done is repeated under its own key, after any other that comes first',
  async (t) => {
    const { world, widget, objects, sizes } = await watched(t, 1);
    const observe = objects.observe.bind(objects);
    let between = 2;
    objects.observe = async (...args) => {
      const seen = await observe(...args);
      if (seen.presence !== 'present' || sizes.length !== 1 || between === 0) return seen;
      between -= 1;
      const first = { field: `other ${between}`, desired: true, actual: false };
      return { ...seen, changes: [first, ...seen.changes] };
    };
    await world.update('widget', widget.id, { size: 2 });
    await world.reaches('widget', widget.id, 'active');
    t.equal(between, 0, 'others came first');
    t.equal(sizes.length, 2);
    t.equal(sizes[1], sizes[0]);
  },
);

t.test(
  'a change that may be half done is repeated under its own key, after a duplicate is destroyed',
  async (t) => {
    const { world, widget, objects, sizes } = await watched(t, 1);
    const observe = objects.observe.bind(objects);
    const remove = objects.delete.bind(objects);
    let extra: 'there' | 'gone' = 'there';
    objects.observe = async (...args) => {
      const seen = await observe(...args);
      if (seen.presence !== 'present' || sizes.length !== 1 || extra === 'gone') return seen;
      return { ...seen, duplicates: [{ external: asExternalId('late'), used: 'never' }] };
    };
    objects.delete = (key, call) => {
      if (key.external !== 'late') return remove(key, call);
      extra = 'gone';
      return Promise.resolve({ settled: true });
    };
    await world.update('widget', widget.id, { size: 2 });
    await world.reaches('widget', widget.id, 'active');
    t.equal(extra, 'gone');
    t.equal(sizes.length, 2);
    t.equal(sizes[1], sizes[0]);
  },
);

t.test('the next change to the same is another operation', async (t) => {
  const { world, widget, sizes } = await watched(t, 0);
  for (const size of [2, 1, 2]) {
    await world.update('widget', widget.id, { size });
    await world.reaches('widget', widget.id, 'active');
  }
  t.equal(new Set(sizes).size, 3);
});
