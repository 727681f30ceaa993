import { ApiHandler } from '@gdcloud/http';
import fc from 'fast-check';
import t from 'tap';
import { DoubleResources } from './double.js';
import { doubleTypes } from './double-types.js';
import { at, basic } from './served.js';
import { request } from './socketless.js';

const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

function cloud() {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  const headers = { authorization: basic(resources.addAccount('Ada', 'user')) };
  const handler = new ApiHandler({ types, resources, traffic: { rates: 'unlimited' } });
  return async (text: string) => {
    const response = await handler.handle(
      request('POST', '/v1/virtualmachines', headers, Buffer.from(text)),
    );
    const body: unknown = JSON.parse(response.body);
    return { status: response.status, body };
  };
}

const key = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((name) => !FORBIDDEN.includes(name));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

t.test('what JSON can say is kept as it was sent', async (t) => {
  const post = cloud();
  await t.resolves(
    fc.assert(
      fc.asyncProperty(tree, fc.constantFrom(0, 2), async (value, indent) => {
        const { status, body } = await post(JSON.stringify({ data: { value } }, null, indent));
        const kept = at(body, 'data', 'value');
        return status === 201 && JSON.stringify(kept) === JSON.stringify(value);
      }),
      { numRuns: 500, seed: 20_261_124 },
    ),
  );
});

t.test('a name that is given twice is refused at every depth, however it is written', async (t) => {
  const post = cloud();
  const spelt = (name: string) =>
    `"${Array.from(name, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
  await t.resolves(
    fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[a-z]{1,6}$/),
        fc.integer({ min: 0, max: 20 }),
        async (name, depth) => {
          const twice = `{"${name}":[1,{"x":"\\"}{,"}], "y":{"${name}":1}, ${spelt(name)} : 2}`;
          const { status, body } = await post(
            `{"data":${'{"in":['.repeat(depth / 2)}${twice}${']}'.repeat(depth / 2)}}`,
          );
          return (
            status === 400 &&
            at(body, 'code') === 'InvalidBodyContent' &&
            at(body, 'fieldName') === 'data'
          );
        },
      ),
      { numRuns: 200, seed: 20_261_124 },
    ),
  );
});

t.test('text that JSON.parse refuses is refused', async (t) => {
  const post = cloud();
  await t.resolves(
    fc.assert(
      fc.asyncProperty(
        tree.map((value) => JSON.stringify({ data: { value } })),
        fc.nat(),
        fc.constantFrom('', '"', ',', '}', '{', '[', '\\', '1', 'x', ':', '\u0000'),
        async (text, place, change) => {
          const cut = place % text.length;
          const broken = text.slice(0, cut) + change + text.slice(cut + 1);
          let sound = true;
          try {
            JSON.parse(broken);
          } catch {
            sound = false;
          }
          const { status } = await post(broken);
          return sound || (status >= 400 && status < 500);
        },
      ),
      { numRuns: 1000, seed: 20_261_124 },
    ),
  );
});
