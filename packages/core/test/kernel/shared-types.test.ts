import {
  array,
  type Caller,
  defineResourceType,
  type Plugin,
  RESOURCE_TYPE,
  type ResourceType,
  reference,
  string,
} from '@gdcloud/core';
import t from 'tap';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { OPEN_ACCESS } from '../support/resources.js';
import { widgets } from '../support/widgets.js';

const description = 'Something.';

/** What everyone sees and accounts may change. */
const notice = defineResourceType({
  id: 'notice',
  plural: 'notices',
  description: 'Read by everyone.',
  spec: { text: string({ description }) },
  status: {},
  actions: {
    clear: { description, input: {}, available: () => true, apply: () => ({ text: null }) },
  },
  access: { ...OPEN_ACCESS, visibleTo: 'everyone' },
});

/** What names several others. */
const group = defineResourceType({
  id: 'group',
  plural: 'groups',
  description: 'Several widgets.',
  spec: {
    widgetIds: array(reference('widget', { description, required: true }), {
      description,
      default: [],
    }),
  },
  status: {},
  access: OPEN_ACCESS,
});

async function withTypes(t: Parameters<typeof startCloud>[0]): Promise<TestCloud> {
  const types: readonly ResourceType[] = [notice, group];
  const plugin: Plugin = (container) => {
    for (const type of types) container.register(RESOURCE_TYPE, { useValue: type });
  };
  return startCloud(t, { plugins: [widgets().plugin, plugin] });
}

t.test('what everyone may read only its owner may change', async (t) => {
  const world = await withTypes(t);
  const [one, two] = [await world.account('one'), await world.account('two')];
  const { id } = await world.create('notice', { text: 'hello' }, one);
  t.match(await world.get('notice', id, two), { spec: { text: 'hello' } });
  const denied = {
    code: 'PermissionDenied',
    message: `notice ${id} belongs to another account`,
  };
  await t.rejects(world.update('notice', id, { text: 'mine' }, two), denied);
  await t.rejects(world.remove('notice', id, two), denied);
  await t.rejects(world.act('notice', id, 'clear', two), denied);
  const actions = async (caller: Caller) =>
    world.cloud.resources.actions(caller, notice, await world.get('notice', id, caller));
  t.same(await actions(two), ['reconcile', 'explain']);
  t.same(await actions(one), ['clear', 'reconcile', 'explain']);
  t.match(await world.act('notice', id, 'clear', one), { spec: { text: null } });
  t.match(await world.update('notice', id, { text: 'x' }), { spec: { text: 'x' } });
});

t.test('a list of references is a reference to each', async (t) => {
  const world = await withTypes(t);
  const [a, b, c] = [
    await world.create('widget', {}),
    await world.create('widget', {}),
    await world.create('widget', {}),
  ];
  const made = await world.create('group', { widgetIds: [a.id, b.id] });
  t.match(made.spec, { widgetIds: [a.id, b.id] });
  for (const each of [a, b]) await t.rejects(world.remove('widget', each.id), { code: 'InUse' });
  await t.rejects(world.create('group', { widgetIds: [a.id, '99'] }), {
    code: 'InvalidReference',
    fieldName: 'widgetIds',
  });
  await world.update('group', made.id, { widgetIds: [b.id, c.id] });
  await t.resolves(world.remove('widget', a.id));
  await t.rejects(world.remove('widget', c.id), { code: 'InUse' });
});

t.test('a list of references that is emptied frees its targets', async (t) => {
  const world = await withTypes(t);
  const widget = await world.create('widget', {});
  const made = await world.create('group', { widgetIds: [widget.id] });
  await world.update('group', made.id, { widgetIds: [] });
  await t.resolves(world.remove('widget', widget.id));
});
