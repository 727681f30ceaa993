import { type Json, sameJson } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';

t.test('values that say the same are the same, whatever the order of their keys', async (t) => {
  t.ok(sameJson({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }));
  t.ok(sameJson(null, null));
  t.ok(sameJson('', ''));
  t.ok(sameJson(undefined, undefined));
});

t.test('values that differ are not the same', async (t) => {
  const pairs: readonly (readonly [Json | undefined, Json | undefined])[] = [
    [1, '1'],
    [0, false],
    [null, {}],
    [null, undefined],
    [[], {}],
    [{}, []],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 1]],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: null }, { b: null }],
    [{ a: undefined as unknown as Json }, { b: undefined as unknown as Json }],
  ];
  for (const [left, right] of pairs) {
    t.notOk(sameJson(left, right), `${JSON.stringify(left)} and ${JSON.stringify(right)}`);
    t.notOk(sameJson(right, left), `${JSON.stringify(right)} and ${JSON.stringify(left)}`);
  }
});

t.test('names of Object’s own prototype are ordinary keys', async (t) => {
  t.notOk(sameJson({ a: 1 }, { toString: 1 }));
  t.notOk(sameJson({ toString: 1 }, { a: 1 }));
});

t.test('any value is the same as its copy with the keys turned round', async (t) => {
  const turned = (value: Json): Json =>
    Array.isArray(value)
      ? value.map(turned)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, item]) => [key, turned(item as Json)]),
          )
        : value;
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false } as object), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as Json;
      return sameJson(plain, turned(plain));
    }),
    { numRuns: 200, seed: 1 },
  );
  t.pass('200 values');
});
