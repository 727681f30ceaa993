import {
  array,
  boolean,
  coerceForm,
  date,
  enumeration,
  type Field,
  type FormValue,
  int,
  map,
  password,
  reference,
  string,
} from '@gdcloud/core';
import t from 'tap';

const NOW = 1_234_567;
const description = 'Something.';
const json: Field = { kind: 'json', description };
const fields = {
  text: string({ description }),
  secret: password({ description }),
  word: enumeration(['a', 'b'], { description }),
  target: reference('network', { description }),
  number: int({ description }),
  flag: boolean({ description }),
  moment: date({ description }),
  json,
  texts: array(string({ description }), { description }),
  numbers: array(int({ description }), { description }),
  anything: { kind: 'array', description } satisfies Field,
  limits: map(int({ description }), { description }),
  notes: { kind: 'map', description } satisfies Field,
};

function coerced(name: keyof typeof fields, value: FormValue): unknown {
  return coerceForm(fields, { [name]: value }, NOW)[name];
}

t.test('text, words, secrets and references stay as they are', async (t) => {
  for (const name of ['text', 'secret', 'word', 'target'] as const) {
    for (const value of ['42', 'true', '', ' a ', 'now', '{}'])
      t.equal(coerced(name, value), value, `${name} ${value}`);
  }
});

t.test('digits become a number where a number is asked for', async (t) => {
  t.equal(coerced('number', '42'), 42);
  t.equal(coerced('number', '-42'), -42);
  t.equal(coerced('number', '0'), 0);
  t.equal(coerced('number', '007'), '007', 'some read that as octal: it is refused');
  t.equal(coerced('number', '-0'), '-0');
  for (const other of ['', '4.2', '1e3', '0x10', ' 42', '42 ', '+42', 'ten', '12345678901234567'])
    t.equal(coerced('number', other), other, `${other} is left for validation to name`);
});

t.test('words for yes and no become true and false', async (t) => {
  for (const yes of ['true', 'True', 'TRUE', 'yes', 'on', '1'])
    t.equal(coerced('flag', yes), true, yes);
  for (const no of ['false', 'False', 'no', 'off', '0']) t.equal(coerced('flag', no), false, no);
  for (const other of ['', '2', 'y', 'truee']) t.equal(coerced('flag', other), other, other);
});

t.test('now and digits become a moment', async (t) => {
  t.equal(coerced('moment', 'now'), NOW);
  t.equal(coerced('moment', '1700000000000'), 1_700_000_000_000);
  t.equal(coerced('moment', '2024-01-01T00:00:00Z'), '2024-01-01T00:00:00Z', 'validation reads it');
});

t.test('JSON text becomes its value', async (t) => {
  t.same(coerced('json', '{"a":[1]}'), { a: [1] });
  t.equal(coerced('json', '{"a"'), '{"a"', 'broken JSON is left as text');
  t.same(coerced('notes', '{"a":1}'), { a: 1 });
  t.equal(coerced('notes', 'a=1'), 'a=1');
});

t.test('one text or several become a list, each element as its kind asks', async (t) => {
  t.same(coerced('texts', 'a'), ['a']);
  t.same(coerced('texts', ['a', 'b']), ['a', 'b']);
  t.same(coerced('numbers', ['1', '2', 'x']), [1, 2, 'x']);
  t.same(coerced('numbers', { 0: '1', 1: '2' }), [1, 2], 'numbered names are a list too');
  t.same(coerced('anything', ['1']), ['1']);
});

t.test('nested names become a map, each value as its kind asks', async (t) => {
  t.same(coerced('limits', { servers: '3', volumes: 'many' }), { servers: 3, volumes: 'many' });
  t.same(coerced('notes', { a: '1' }), { a: '1' });
});

t.test(
  'nested names where a single value is asked for are left for validation to name',
  async (t) => {
    t.same(coerced('number', { a: '1' }), { a: '1' });
    t.same(coerced('flag', ['1', '0']), ['1', '0']);
  },
);

t.test('names that are no fields are dropped, those of Object’s prototype too', async (t) => {
  t.same(
    coerceForm(
      fields,
      JSON.parse(
        '{"nothing":"1","toString":"1","__proto__":"1","constructor":"1","number":"1"}',
      ) as {
        [name: string]: FormValue;
      },
      NOW,
    ),
    { number: 1 },
  );
});
