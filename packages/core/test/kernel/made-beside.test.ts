import t from 'tap';
import { startCloud } from '../support/cloud.js';
import { widgets } from '../support/widgets.js';

t.test(
  'what a create has made beside its object is in the history as steps of its own',
  async (t) => {
    const outside = widgets();
    const world = await startCloud(t, { plugins: [outside.plugin] });
    const create = outside.objects.create.bind(outside.objects);
    outside.objects.create = async (...args) => ({
      ...(await create(...args)),
      made: ['disks.0', 'nics.0'],
    });
    const widget = await world.create('widget', { size: 3 });
    await world.reaches('widget', widget.id, 'active');
    const events = await world.events('widget', widget.id);
    const at = events.findIndex((what) => what.endsWith('.create'));
    const [part = ''] = (events[at] ?? '').split('.');
    t.same(events.slice(at, at + 3), [`${part}.create`, `${part}.disks.0`, `${part}.nics.0`]);
  },
);
