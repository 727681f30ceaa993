import {
  array,
  boolean,
  date,
  defineResourceType,
  enumeration,
  type Filter,
  filterableFields,
  int,
  parseFilter,
  password,
  RequestError,
  reference,
  string,
} from '@gdcloud/core';
import t from 'tap';
import { OPEN_ACCESS } from '../support/resources.js';

const description = 'Something.';
const type = defineResourceType({
  id: 'thing',
  plural: 'things',
  description,
  spec: {
    title: string({ description }),
    label: string({ description, required: true }),
    size: int({ description }),
    live: boolean({ description, required: true }),
    word: enumeration(['on', 'off'], { description }),
    due: date({ description }),
    networkId: reference('network', { description }),
    secret: password({ description }),
    hidden: string({ description, show: 'never' }),
    shownOnce: string({ description, show: 'once' }),
    long: string({ description, filter: 'never' }),
    names: array(string({ description }), { description, default: [] }),
    snake_name: string({ description }),
    snake: string({ description }),
  },
  status: { weight: int({ description }) },
  access: OPEN_ACCESS,
});

function parsed(name: string, text = ''): Filter | undefined {
  return parseFilter(type, name, text);
}

t.test('text can be compared, searched and, where it may be missing, asked for', async (t) => {
  t.same(filterableFields(type)['title']?.modifiers, [
    'eq',
    'ne',
    'prefix',
    'like',
    'notlike',
    'null',
    'notnull',
  ]);
  t.same(filterableFields(type)['label']?.modifiers, ['eq', 'ne', 'prefix', 'like', 'notlike']);
});

t.test('numbers and moments are ordered, the rest is equal or not', async (t) => {
  const ordered = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'null', 'notnull'];
  t.same(filterableFields(type)['size']?.modifiers, ordered);
  t.same(filterableFields(type)['due']?.modifiers, ordered);
  t.same(filterableFields(type)['weight']?.modifiers, ordered, 'observed state is filterable too');
  t.same(filterableFields(type)['live']?.modifiers, ['eq', 'ne']);
  t.same(filterableFields(type)['word']?.modifiers, ['eq', 'ne', 'null', 'notnull']);
  t.same(filterableFields(type)['networkId']?.modifiers, ['eq', 'ne', 'null', 'notnull']);
});

t.test('what every resource has is filterable: ids, name, account, times', async (t) => {
  for (const name of ['id', 'uuid', 'name', 'accountId', 'created', 'removed'])
    t.ok(Object.hasOwn(filterableFields(type), name), name);
});

t.test('lists, secrets and what is not shown can not be filtered', async (t) => {
  for (const name of ['names', 'secret', 'hidden', 'shownOnce', 'long']) {
    t.notOk(Object.hasOwn(filterableFields(type), name), name);
    t.equal(parsed(name, 'x'), undefined, `${name} is ignored like an unknown name`);
    t.equal(parsed(`${name}_prefix`, 'x'), undefined);
  }
});

t.test('a name without a modifier means equal', async (t) => {
  t.same(parsed('title', 'a'), { field: 'title', modifier: 'eq', value: 'a' });
  t.same(parsed('title_eq', 'a'), { field: 'title', modifier: 'eq', value: 'a' });
});

t.test('every modifier is read from the end of the name', async (t) => {
  for (const modifier of ['ne', 'prefix', 'like', 'notlike'] as const)
    t.same(parsed(`title_${modifier}`, 'a%'), { field: 'title', modifier, value: 'a%' });
  for (const modifier of ['ne', 'lt', 'lte', 'gt', 'gte'] as const)
    t.same(parsed(`size_${modifier}`, '-5'), { field: 'size', modifier, value: -5 });
});

t.test(
  'a name with underscores of its own is found as it is, and split at its last one',
  async (t) => {
    t.same(parsed('snake_name', 'a'), { field: 'snake_name', modifier: 'eq', value: 'a' });
    t.same(parsed('snake_name_ne', 'a'), { field: 'snake_name', modifier: 'ne', value: 'a' });
    t.same(parsed('snake_ne', 'a'), { field: 'snake', modifier: 'ne', value: 'a' });
  },
);

t.test('null filters need no value, and false turns them round', async (t) => {
  for (const text of ['', 'True', 'true', '1', 'yes', 'anything']) {
    t.same(parsed('removed_null', text), { field: 'removed', modifier: 'null' }, text);
    t.same(parsed('removed_notnull', text), { field: 'removed', modifier: 'notnull' }, text);
  }
  for (const text of ['False', 'false', '0', 'no']) {
    t.same(parsed('removed_null', text), { field: 'removed', modifier: 'notnull' }, text);
    t.same(parsed('removed_notnull', text), { field: 'removed', modifier: 'null' }, text);
  }
});

t.test('names that are no filters are ignored', async (t) => {
  for (const name of [
    '',
    '_',
    '_eq',
    '__proto__',
    'nothing',
    'title_',
    'title_gt',
    'size_like',
    'label_null',
    'title_eq_eq',
    'limit',
    'toString',
    'constructor_eq',
    'TITLE',
  ])
    t.equal(parsed(name, 'a'), undefined, JSON.stringify(name));
});

t.test('values are read as their field asks', async (t) => {
  t.match(parsed('size', '007'), { value: 7 });
  for (const yes of ['true', 'True', 'yes', '1']) t.match(parsed('live', yes), { value: true });
  for (const no of ['false', 'No', '0']) t.match(parsed('live', no), { value: false });
  t.match(parsed('due', '1700000000000'), { value: 1_700_000_000_000 });
  t.match(parsed('due_gt', '2024-01-01T00:00:00Z'), { value: 1_704_067_200_000 });
  t.match(parsed('networkId', '42'), { value: '42' }, 'ids are text');
  t.match(parsed('word', 'maybe'), { value: 'maybe' }, 'a word that is no option finds nothing');
});

t.test('a value that can not be compared is refused by name', async (t) => {
  for (const [name, text] of [
    ['size', ''],
    ['size', 'ten'],
    ['size', '1.5'],
    ['size', '1e3'],
    ['size_lt', '1234567890123456'],
    ['live', ''],
    ['live', 'maybe'],
    ['due', ''],
    ['due', 'tomorrow'],
  ] as const) {
    t.throws(() => parsed(name, text), RequestError);
    try {
      parsed(name, text);
    } catch (thrown) {
      t.match(thrown, { code: 'InvalidQuery', fieldName: name.split('_')[0] });
    }
  }
});
