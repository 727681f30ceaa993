import { array, defineResourceType, reference, string, TypeRegistry } from '@gdcloud/core';
import t from 'tap';
import { OPEN_ACCESS, widget } from '../support/resources.js';

const description = 'Something.';
const plain = { description, spec: {}, status: {}, access: OPEN_ACCESS };

t.test('types are found by id and plural in any case', async (t) => {
  const types = new TypeRegistry([widget]);
  for (const name of ['widget', 'widgets', 'Widget', 'WIDGETS']) t.equal(types.find(name), widget);
  t.equal(types.find('gadget'), undefined);
  t.equal(types.find('__proto__'), undefined);
  t.equal(types.get('widget'), widget);
  t.same(types.all(), [widget]);
});

t.test('a type that is not there is missed by name, and its plug-in with it', async (t) => {
  t.throws(() => new TypeRegistry([]).get('gadget'), /gadget: its plug-in is missing/);
});

t.test('two types of one name contradict each other', async (t) => {
  t.throws(() => new TypeRegistry([widget, widget]), /two resource types are called widget/);
  const other = defineResourceType({ ...plain, id: 'gadget', plural: 'widgets' });
  t.throws(() => new TypeRegistry([widget, other]), /two resource types are called widgets/);
});

t.test('names of types are lower case, as in URLs', async (t) => {
  for (const names of [
    { id: 'Gadget', plural: 'gadgets' },
    { id: 'gadget', plural: 'Gadgets' },
  ])
    t.throws(
      () => new TypeRegistry([defineResourceType({ ...plain, ...names })]),
      /names of types are lower case/,
    );
});

t.test('a reference must lead to a type', async (t) => {
  const lost = defineResourceType({
    ...plain,
    id: 'gadget',
    plural: 'gadgets',
    spec: { widgetId: reference('widget', { description }) },
  });
  t.throws(() => new TypeRegistry([lost]), /gadget\.widgetId leads to widget/);
  t.doesNotThrow(() => new TypeRegistry([lost, widget]), 'in any order of registration');
  const many = defineResourceType({
    ...plain,
    id: 'gadget',
    plural: 'gadgets',
    status: { widgetIds: array(reference('widget', { description }), { description }) },
  });
  t.throws(() => new TypeRegistry([many]), /gadget\.widgetIds leads to widget/);
});

t.test('an action must ask for a type that there is', async (t) => {
  const copy = {
    description,
    input: {},
    available: () => true,
    apply: () => ({}),
    asksFor: { type: 'widget', body: () => ({}) },
  };
  const lost = defineResourceType({
    ...plain,
    id: 'gadget',
    plural: 'gadgets',
    actions: { copy },
  });
  t.throws(() => new TypeRegistry([lost]), /action gadget\.copy leads to widget/);
  t.doesNotThrow(() => new TypeRegistry([lost, widget]));
});

t.test('a link to children must lead to a type that refers back', async (t) => {
  const parent = (type: string, field: string) =>
    defineResourceType({
      ...plain,
      id: 'gadget',
      plural: 'gadgets',
      links: { parts: { kind: 'children', type, field } },
    });
  const child = defineResourceType({
    ...plain,
    id: 'part',
    plural: 'parts',
    spec: {
      gadgetId: reference('gadget', { description }),
      widgetId: reference('widget', { description }),
      title: string({ description }),
    },
  });
  t.doesNotThrow(() => new TypeRegistry([parent('part', 'gadgetId'), child, widget]));
  t.throws(() => new TypeRegistry([parent('cog', 'gadgetId')]), /leads to cog/);
  for (const field of ['widgetId', 'title', 'nothing']) {
    t.throws(
      () => new TypeRegistry([parent('part', field), child, widget]),
      /does not refer to gadget/,
      field,
    );
  }
});
