import {
  array,
  boolean,
  type Document,
  date,
  enumeration,
  int,
  isNullable,
  type JsonObject,
  map,
  password,
  reference,
  string,
} from '@gdcloud/core';
import t from 'tap';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless both types are the same. */
function sameType<A, B>(...proof: Same<A, B> extends true ? [] : [never]): number {
  return proof.length;
}

const description = 'Something.';

t.test('a document’s types follow from its fields', async (t) => {
  const fields = {
    title: string({ description }),
    label: string({ description, required: true }),
    count: int({ description, default: 0 }),
    size: int({ description }),
    live: boolean({ description, required: true }),
    state: enumeration(['on', 'off'], { description, required: true }),
    mode: enumeration(['fast', 'slow'], { description }),
    due: date({ description }),
    secret: password({ description }),
    networkId: reference('network', { description, required: true }),
    names: array(string({ description }), { description, default: [] }),
    limits: map(int({ description }), { description }),
    notes: map({ kind: 'json', description } as { kind: 'json'; description: string }, {
      description,
      default: {},
    }),
  };
  type Doc = Document<typeof fields>;
  t.equal(sameType<Doc['title'], string | null>(), 0, 'optional text may be null');
  t.equal(sameType<Doc['label'], string>(), 0, 'required text may not');
  t.equal(sameType<Doc['count'], number>(), 0, 'a default rules null out');
  t.equal(sameType<Doc['size'], number | null>(), 0);
  t.equal(sameType<Doc['live'], boolean>(), 0);
  t.equal(sameType<Doc['state'], 'on' | 'off'>(), 0, 'an enumeration is its words');
  t.equal(sameType<Doc['mode'], 'fast' | 'slow' | null>(), 0);
  t.equal(sameType<Doc['due'], number | null>(), 0, 'a moment is milliseconds inside');
  t.equal(sameType<Doc['secret'], string | null>(), 0);
  t.equal(sameType<Doc['networkId'], string>(), 0);
  t.equal(sameType<Doc['names'], readonly string[]>(), 0, 'elements are never null');
  t.equal(sameType<Doc['limits'], { readonly [name: string]: number } | null>(), 0);
  t.ok(fields.notes);
});

t.test('text is limited to 255 characters unless its declaration says otherwise', async (t) => {
  t.equal(string({ description }).maxLength, 255);
  t.equal(string({ description, maxLength: 9 }).maxLength, 9);
  t.equal(password({ description }).maxLength, 255);
  t.equal(reference('network', { description }).maxLength, 255);
});

t.test('a password is never filtered', async (t) => {
  t.equal(password({ description }).filter, 'never');
});

t.test('a field is nullable where nothing is required and nothing takes its place', async (t) => {
  t.ok(isNullable(string({ description })));
  t.notOk(isNullable(string({ description, required: true })));
  t.notOk(isNullable(string({ description, default: '' })));
});

t.test('a declaration keeps what it was given', async (t) => {
  t.match(int({ description, min: 1, max: 5, write: 'create' }), {
    kind: 'int',
    min: 1,
    max: 5,
    write: 'create',
  });
  t.match(enumeration(['a', 'b'], { description }), { kind: 'enum', options: ['a', 'b'] });
  t.match(reference('network', { description, role: 'belongs' }), {
    target: 'network',
    role: 'belongs',
  });
  t.match(array(int({ description }), { description }), {
    kind: 'array',
    element: { kind: 'int' },
  });
  t.match(map(int({ description }), { description }), { kind: 'map', element: { kind: 'int' } });
  const empty: JsonObject = {};
  t.same(map(int({ description }), { description, default: empty }).default, {});
});
