import {
  array,
  bodySchema,
  boolean,
  date,
  enumeration,
  int,
  map,
  reference,
  string,
  valueSchema,
  writableFields,
} from '@gdcloud/core';
import t from 'tap';

const description = 'Something.';
const required = true;

t.test('each kind of field has its schema', async (t) => {
  t.same(valueSchema(string({ description, required, maxLength: 9, minLength: 1 })), {
    type: 'string',
    maxLength: 9,
    minLength: 1,
  });
  t.same(valueSchema(int({ description, required })), {
    type: 'integer',
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  });
  t.same(valueSchema(int({ description, required, min: 0, max: 5 })), {
    type: 'integer',
    minimum: 0,
    maximum: 5,
  });
  t.same(valueSchema(date({ description, required }))['type'], 'integer');
  t.same(valueSchema(boolean({ description, required })), { type: 'boolean' });
  t.same(valueSchema(enumeration(['a', 'b'], { description, required })), {
    type: 'string',
    enum: ['a', 'b'],
  });
  t.same(valueSchema({ kind: 'enum', description, required }), { type: 'string', enum: [] });
  t.same(valueSchema(reference('network', { description, required })), {
    type: 'string',
    maxLength: 255,
  });
  t.same(valueSchema({ kind: 'json', description, required }), {});
  t.same(valueSchema({ kind: 'array', description, required }), { type: 'array', items: {} });
  t.same(valueSchema({ kind: 'map', description, required }), {
    type: 'object',
    additionalProperties: {},
  });
});

t.test('lengths of a list are its numbers of items, and null is no element', async (t) => {
  t.same(
    valueSchema(
      array(boolean({ description }), { description, required, minLength: 1, maxLength: 3 }),
    ),
    { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
  );
  t.same(valueSchema(map(boolean({ description }), { description, required })), {
    type: 'object',
    additionalProperties: { type: 'boolean' },
  });
});

t.test('characters and formats are part of the schema', async (t) => {
  t.match(valueSchema(string({ description, required, validChars: 'a-z', format: 'domain' })), {
    pattern: '^[a-z]*$',
    format: 'domain',
  });
});

t.test('null is allowed exactly where the field is nullable', async (t) => {
  t.same(valueSchema(boolean({ description })), {
    anyOf: [{ type: 'boolean' }, { type: 'null' }],
  });
  t.same(valueSchema(boolean({ description, default: false })), { type: 'boolean' });
});

const fields = {
  always: string({ description, required }),
  once: string({ description, required, write: 'create' }),
  ours: string({ description, required, write: 'internal' }),
};

t.test('who may write a field decides in which bodies it is', async (t) => {
  t.same(Object.keys(writableFields(fields, 'create')), ['always', 'once']);
  t.same(Object.keys(writableFields(fields, 'update')), ['always']);
  t.same(Object.keys(writableFields(fields, 'action')), ['always', 'once', 'ours']);
});

t.test('a create must name what is required, an update need not', async (t) => {
  t.same(bodySchema(fields, 'create')['required'], ['always', 'once']);
  t.notOk('required' in bodySchema(fields, 'update'));
  t.notOk('required' in bodySchema({ any: string({ description }) }, 'create'));
  t.notOk('additionalProperties' in bodySchema(fields, 'create'), 'unknown fields pass');
});
