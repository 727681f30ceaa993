import {
  array,
  BodyValidator,
  boolean,
  COMMON_FIELDS,
  date,
  type ErrorCode,
  enumeration,
  type Field,
  type Fields,
  int,
  type Json,
  type JsonObject,
  map,
  password,
  RequestError,
  reference,
  string,
} from '@gdcloud/core';
import t from 'tap';

const description = 'Something.';
const fields = {
  title: string({ description, minLength: 2, maxLength: 5, validChars: 'a-z' }),
  label: string({ description, required: true }),
  size: int({ description, min: 1, max: 9 }),
  count: int({ description, default: 7 }),
  live: boolean({ description }),
  word: enumeration(['on', 'off'], { description }),
  due: date({ description }),
  address: string({ description, format: 'ipv4' }),
  cidr: string({ description, format: 'ipv4-cidr' }),
  domain: string({ description, format: 'domain' }),
  mac: string({ description, format: 'mac' }),
  networkId: reference('network', { description }),
  names: array(string({ description, maxLength: 3 }), {
    description,
    default: [],
    minLength: 0,
    maxLength: 2,
  }),
  limits: map(int({ description, min: 0 }), { description, default: {} }),
  secret: password({ description }),
  ours: string({ description, write: 'internal', default: 'ours' }),
  once: string({ description, write: 'create' }),
};
const create = new BodyValidator(fields, 'create');
const update = new BodyValidator(fields, 'update');

function refusal(body: JsonObject, validator = create): RequestError {
  try {
    validator.parse(body);
  } catch (thrown) {
    if (thrown instanceof RequestError) return thrown;
    throw thrown;
  }
  throw new Error(`${JSON.stringify(body)} was taken`);
}

t.test('each rule that is broken has its code and names its field', async (t) => {
  const cases: readonly (readonly [ErrorCode, string, JsonObject])[] = [
    ['MissingRequired', 'label', {}],
    ['NotNullable', 'label', { label: null }],
    ['NotNullable', 'count', { label: 'a', count: null }],
    ['NotNullable', 'names', { label: 'a', names: null }],
    ['InvalidFormat', 'label', { label: 5 }],
    ['InvalidFormat', 'title', { label: 'a', title: ['ab'] }],
    ['InvalidFormat', 'size', { label: 'a', size: '5' }],
    ['InvalidFormat', 'size', { label: 'a', size: 1.5 }],
    ['InvalidFormat', 'live', { label: 'a', live: 'yes' }],
    ['InvalidFormat', 'due', { label: 'a', due: 'tomorrow' }],
    ['InvalidFormat', 'names', { label: 'a', names: 'a' }],
    ['InvalidFormat', 'names', { label: 'a', names: [1] }],
    ['InvalidFormat', 'names', { label: 'a', names: [null] }],
    ['InvalidFormat', 'limits', { label: 'a', limits: [1] }],
    ['InvalidFormat', 'limits', { label: 'a', limits: { a: 'x' } }],
    ['InvalidFormat', 'networkId', { label: 'a', networkId: true }],
    ['InvalidFormat', 'networkId', { label: 'a', networkId: 1.5 }],
    ['InvalidFormat', 'networkId', { label: 'a', networkId: -1 }],
    ['InvalidFormat', 'address', { label: 'a', address: '010.0.0.1' }],
    ['InvalidFormat', 'cidr', { label: 'a', cidr: '8.8.8.0/24' }],
    ['InvalidFormat', 'domain', { label: 'a', domain: '-a' }],
    ['InvalidFormat', 'mac', { label: 'a', mac: '02:00' }],
    ['InvalidOption', 'word', { label: 'a', word: 'maybe' }],
    ['InvalidCharacters', 'title', { label: 'a', title: 'AB' }],
    ['MinLimitExceeded', 'size', { label: 'a', size: 0 }],
    ['MaxLimitExceeded', 'size', { label: 'a', size: 10 }],
    ['MaxLimitExceeded', 'count', { label: 'a', count: 2 ** 53 }],
    ['MinLimitExceeded', 'count', { label: 'a', count: -(2 ** 53) }],
    ['MinLimitExceeded', 'limits', { label: 'a', limits: { a: -1 } }],
    ['MinLengthExceeded', 'title', { label: 'a', title: 'a' }],
    ['MaxLengthExceeded', 'title', { label: 'a', title: 'abcdef' }],
    ['MaxLengthExceeded', 'names', { label: 'a', names: ['a', 'b', 'c'] }],
    ['MaxLengthExceeded', 'names', { label: 'a', names: ['abcd'] }],
  ];
  for (const [code, fieldName, body] of cases) {
    const error = refusal(body);
    t.match(error, { code, fieldName }, `${JSON.stringify(body)} is ${code}`);
    t.match(error.message, fieldName, 'its message names the field');
  }
});

t.test('all faults are in the detail, one for each field', async (t) => {
  const error = refusal({ title: 'ABCDEFG', size: 0, word: 'maybe' });
  t.match(error.detail, /label is required/);
  for (const name of ['title', 'size', 'word'])
    t.equal(error.detail?.split('; ').filter((fault) => fault.startsWith(name)).length, 1, name);
  t.match(error.detail, /on, off/, 'the options are listed');
});

t.test(
  'missing fields take their default, null, or are required; an update leaves them out',
  async (t) => {
    t.match(create.parse({ label: 'a' }), {
      label: 'a',
      count: 7,
      names: [],
      limits: {},
      once: null,
    });
    t.notOk('ours' in create.parse({ label: 'a' }), 'ours are not the caller’s to default');
    t.same(update.parse({}), {});
    t.same(update.parse({ title: null }), { title: null });
  },
);

t.test('unknown and read-only fields are ignored', async (t) => {
  const body = JSON.parse(
    '{"label":"a","id":"5","state":"on","ours":"mine","constructor":1,"__proto__":{"title":"zz"}}',
  ) as JsonObject;
  const taken = create.parse(body);
  t.equal(taken['label'], 'a');
  for (const name of ['id', 'state', 'ours', 'constructor', '__proto__'])
    t.notOk(Object.hasOwn(taken, name), name);
  t.equal(taken['title'], null, 'nothing comes through the prototype');
  t.same(update.parse({ once: 'b' }), {}, 'what is written once is read-only afterwards');
});

t.test('an empty text is null for all but text', async (t) => {
  const taken = create.parse({
    label: '',
    size: '',
    live: '',
    word: '',
    due: '',
    networkId: '',
    secret: '',
  });
  t.match(taken, {
    label: '',
    title: null,
    size: null,
    live: null,
    word: null,
    due: null,
    networkId: null,
    secret: '',
  });
  t.match(refusal({ label: 'a', names: '' }), { code: 'NotNullable', fieldName: 'names' });
});

t.test('references may be written as the numbers they look like', async (t) => {
  t.match(create.parse({ label: 'a', networkId: 42 }), { networkId: '42' });
  t.match(create.parse({ label: 'a', networkId: 0 }), { networkId: '0' });
  t.match(refusal({ label: 'a', networkId: 2 ** 60 }), { code: 'InvalidFormat' });
});

t.test('a moment is one that can be written with four digits of the year', async (t) => {
  for (const [due, code] of [
    [Number.MAX_SAFE_INTEGER, 'MaxLimitExceeded'],
    [8_640_000_000_000_001, 'MaxLimitExceeded'],
    ['+010000-01-01T00:00:00Z', 'MaxLimitExceeded'],
    ['-000001-12-31T23:59:59Z', 'MinLimitExceeded'],
  ] as const)
    t.throws(() => update.parse({ due }), { code, fieldName: 'due' }, String(due));
  for (const due of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
    t.same(update.parse({ due }), { due: Date.parse(due) });
});

t.test('moments are read from ISO 8601', async (t) => {
  t.match(create.parse({ label: 'a', due: '2024-01-01T00:00:00Z' }), { due: 1_704_067_200_000 });
  t.match(create.parse({ label: 'a', due: 5 }), { due: 5 });
});

t.test('text that is not well-formed Unicode is refused', async (t) => {
  for (const value of ['\ud800', 'a\udc00b', '\udc00\ud800'])
    t.match(refusal({ label: value }), { code: 'InvalidCharacters', fieldName: 'label' });
  t.match(refusal({ label: 'a', names: ['a', '\ud800'] }), {
    code: 'InvalidCharacters',
    fieldName: 'names',
  });
  t.match(create.parse({ label: '😀' }), { label: '😀' }, 'a pair of surrogates is a character');
});

t.test('lengths count characters, not halves of them', async (t) => {
  const short = new BodyValidator({ a: string({ description, maxLength: 2 }) }, 'create');
  t.same(short.parse({ a: '😀😀' }), { a: '😀😀' });
  t.match(refusal({ a: '😀😀😀' }, short), { code: 'MaxLengthExceeded' });
});

t.test('a field may have any name', async (t) => {
  const odd: Fields = {
    'a/b~c': int({ description, required: true }),
    'a b': int({ description }),
  };
  const validator = new BodyValidator(odd, 'create');
  t.match(refusal({}, validator), { fieldName: 'a/b~c' });
  t.match(refusal({ 'a/b~c': 'x' }, validator), { code: 'InvalidFormat', fieldName: 'a/b~c' });
  t.same(validator.parse({ 'a/b~c': 1 }), { 'a/b~c': 1, 'a b': null });
});

t.test('a body is not changed by checking it', async (t) => {
  const body = Object.freeze({ label: 'a', size: '', networkId: 4 } as JsonObject);
  create.parse(body);
  t.same(body, { label: 'a', size: '', networkId: 4 });
});

t.test('the fields that everything has are names for people and notes of any kind', async (t) => {
  const common = new BodyValidator(COMMON_FIELDS, 'create');
  t.same(common.parse({}), { name: null, description: null, data: {} });
  t.same(common.parse({ name: 'Büro 😀', data: { a: [1, { b: null }] } }), {
    name: 'Büro 😀',
    description: null,
    data: { a: [1, { b: null }] },
  });
  for (const bad of ['a\nb', 'a\u0000', '\u007f', '\u001b[31m'])
    t.match(refusal({ name: bad }, common), { code: 'InvalidCharacters', fieldName: 'name' });
  t.match(refusal({ name: '' }, common), { code: 'MinLengthExceeded', fieldName: 'name' });
  t.match(common.parse({ description: '' }), { description: '' });
  t.match(refusal({ name: 'a'.repeat(256) }, common), { code: 'MaxLengthExceeded' });
  t.match(refusal({ data: 'text' }, common), { code: 'InvalidFormat', fieldName: 'data' });
});

t.test('a description has no characters that a database can not keep', async (t) => {
  const common = new BodyValidator(COMMON_FIELDS, 'create');
  t.match(refusal({ description: 'a\u0000b' }, common), { code: 'InvalidCharacters' });
  t.match(common.parse({ description: 'a\n\tb' }), { description: 'a\n\tb' });
});

t.test('hostile values are refused or kept, never crash', async (t) => {
  const values: readonly Json[] = [
    null,
    '',
    'x'.repeat(100_000),
    -1,
    1e308,
    0.1,
    true,
    [],
    [[[[]]]],
    {},
    { a: { b: {} } },
    '\u0000',
    '__proto__',
  ];
  for (const name of Object.keys(fields)) {
    for (const value of values) {
      try {
        create.parse({ label: 'a', [name]: value });
      } catch (thrown) {
        t.ok(thrown instanceof RequestError, `${name}: ${JSON.stringify(value).slice(0, 20)}`);
        t.ok((thrown as RequestError).fieldName !== undefined, 'the field is named');
      }
    }
  }
});

t.test('an action takes every field of its input', async (t) => {
  const input: { readonly [name: string]: Field } = {
    size: int({ description, required: true }),
    ours: int({ description, write: 'internal' }),
  };
  const action = new BodyValidator(input, 'action');
  t.same(action.parse({ size: 1, ours: 2 }), { size: 1, ours: 2 });
  t.match(refusal({}, action), { code: 'MissingRequired', fieldName: 'size' });
});
