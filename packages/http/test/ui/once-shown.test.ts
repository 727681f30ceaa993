import t from 'tap';
import { secretsOf } from '../../dist-ui/panel/parts/once-shown.js';
import { fileName } from '../../dist-ui/panel/parts/save-link.js';

const FIELD = {
  type: 'password',
  description: '',
  create: false,
  update: false,
  required: false,
  suggested: false,
  nullable: true,
  default: null,
  min: null,
  max: null,
  minLength: null,
  maxLength: null,
  options: null,
  format: null,
  example: null,
};

const SCHEMA = {
  id: 'thing',
  pluralName: 'things',
  description: null,
  resourceMethods: [],
  collectionMethods: [],
  resourceFields: {
    shown: { ...FIELD, readOnCreateOnly: false },
    secret: { ...FIELD, readOnCreateOnly: true },
    other: { ...FIELD, readOnCreateOnly: true },
  },
  resourceActions: {},
  collectionFilters: {},
  links: {},
};

t.test('only what no other answer has counts as shown once, where there is any', async (t) => {
  const thing = { id: '1', type: 'thing', links: {}, actions: {}, shown: 'x', other: null };
  t.strictSame(secretsOf(SCHEMA, { ...thing, secret: 's' }), ['secret']);
  t.strictSame(secretsOf(SCHEMA, thing), []);
});

t.test('a file is named so that every system takes it', async (t) => {
  t.equal(fileName('Anna’s Telefon (neu)', 'client'), 'anna-s-telefon-neu');
  t.equal(fileName('日本', 'client'), 'client');
});
