import type { Hint } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';
import { decodeHint, encodeHint, HINT_LIMIT } from '../../../dist/adapters/messages/hint-codec.js';
import { uuid } from '../../support/resources.js';

const hint: Hint = { uuid: uuid(1), account: uuid(2), reason: 'changed' };
const envelope = { v: 1, ...hint };
const trace = `00-${'0af7651916cd43dd8448eb211c80319c'}-b7ad6b7169203331-01`;

const hints = fc.record(
  {
    uuid: fc.nat().map(uuid),
    account: fc.nat().map(uuid),
    reason: fc.constantFrom('changed' as const, 'dependency' as const, 'backend' as const),
    trace: fc.option(fc.constant(trace), { nil: undefined }),
  },
  { requiredKeys: ['uuid', 'account', 'reason'] },
);

t.test('every hint comes out as it went in, and is short', async (t) => {
  fc.assert(
    fc.property(hints, (each) => {
      const text = encodeHint(each);
      const { trace: followed, ...said } = each;
      const whole = followed === undefined ? said : { ...said, trace: followed };
      t.same(decodeHint(text), { kind: 'hint', hint: whole });
      return Buffer.byteLength(text) <= HINT_LIMIT;
    }),
  );
});

t.test('whatever is sent, decoding answers, and hints are well formed', async () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2_000 }),
    fc.json(),
    fc
      .record(
        {
          v: fc.oneof(fc.constant(1), fc.anything()),
          uuid: fc.oneof(fc.constant(uuid(1)), fc.anything()),
          account: fc.oneof(fc.constant(uuid(2)), fc.anything()),
          reason: fc.oneof(fc.constant('changed'), fc.anything()),
          trace: fc.anything(),
        },
        { requiredKeys: [] },
      )
      .map((each) => {
        try {
          return JSON.stringify(each) ?? '';
        } catch {
          return '[]';
        }
      }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = decodeHint(text);
      if (decoded.kind === 'refused')
        return ['malformed', 'foreign', 'oversized'].includes(decoded.reason);
      const again = decodeHint(encodeHint(decoded.hint));
      return again.kind === 'hint' && again.hint.uuid === decoded.hint.uuid;
    }),
    { numRuns: 2_000 },
  );
});

t.test('fields of later versions count for nothing', async (t) => {
  const text = JSON.stringify({ ...envelope, colour: 'red', deep: { __proto__: null, a: [1] } });
  t.same(decodeHint(text), { kind: 'hint', hint });
});

t.test('a trace that is no traceparent is left out, and the hint counts', async (t) => {
  const odd = { ...hint, trace: `${trace}${'x'.repeat(2_000)}` };
  t.same(decodeHint(encodeHint(odd)), { kind: 'hint', hint });
  t.same(decodeHint(JSON.stringify({ ...envelope, trace: 7 })), { kind: 'hint', hint });
});

const refusals = {
  'another version': [JSON.stringify({ ...envelope, v: 2 }), 'foreign'],
  'no version': [JSON.stringify(hint), 'malformed'],
  'a version in quotes': [JSON.stringify({ ...envelope, v: '1' }), 'malformed'],
  'no JSON': ['{"v":1', 'malformed'],
  nothing: ['', 'malformed'],
  null: ['null', 'malformed'],
  'a list': ['[1]', 'malformed'],
  'another kind of uuid': [JSON.stringify({ ...envelope, uuid: '42' }), 'malformed'],
  'no account': [JSON.stringify({ ...envelope, account: undefined }), 'malformed'],
  'an unknown reason': [JSON.stringify({ ...envelope, reason: 'whim' }), 'malformed'],
  'a long text': [JSON.stringify({ ...envelope, more: 'x'.repeat(1_024) }), 'oversized'],
  'a text of few but wide characters': [
    JSON.stringify({ ...envelope, more: '€'.repeat(300) }),
    'oversized',
  ],
} as const;
for (const [what, [text, reason]] of Object.entries(refusals))
  t.test(`${what} is refused as ${reason}`, async (t) => {
    t.same(decodeHint(text), { kind: 'refused', reason });
  });
