import fc from 'fast-check';
import t from 'tap';
import {
  afterReading,
  hasRead,
  type Position,
  positionAtEnd,
  withoutOldGaps,
} from '../../../dist/kernel/feed/position.js';
import { PositionCodec } from '../../../dist/kernel/feed/position-codec.js';

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
const START: Position = { last: 0, gaps: [] };
const read = (order: readonly number[], from = START): Position =>
  order.reduce((position, number) => afterReading(position, number, 7), from);

t.test('a position knows exactly what was read, in whatever order it turned up', (t) => {
  fc.assert(
    fc.property(numbers, (order) => {
      const position = read(order);
      for (let number = 1; number <= 61; number += 1)
        if (hasRead(position, number) !== order.includes(number)) return false;
      return position.gaps.every(({ first, last }) => first <= last && last < position.last);
    }),
  );
  t.end();
});

t.test('the end of what there is misses what has not turned up lately, and nothing before', (t) => {
  t.same(positionAtEnd([], 'all', 7), START);
  const gaps = [
    { first: 42, last: 43, since: 7 },
    { first: 46, last: 46, since: 7 },
  ];
  const newest = [40, 41, 44, 45, 47];
  t.same(positionAtEnd(newest, 'some', 7), { last: 47, gaps });
  t.same(
    positionAtEnd(newest, 'all', 7),
    { last: 47, gaps: [{ first: 1, last: 39, since: 7 }, ...gaps] },
    'the first of all may be under way',
  );
  t.end();
});

t.test('what is missed for too long is given up, and nothing else', (t) => {
  const position = afterReading(afterReading(START, 3, 10), 6, 20);
  t.same(withoutOldGaps(position, 10).gaps, [{ first: 4, last: 5, since: 20 }]);
  t.equal(withoutOldGaps(position, 9), position);
  t.ok(hasRead(withoutOldGaps(position, 10), 1));
  t.end();
});

t.test('where very much is missing the newest gaps are remembered', (t) => {
  const odd = Array.from({ length: 100 }, (_, index) => 2 * index + 2);
  const { gaps, last } = read(odd);
  t.equal(gaps.length, 64);
  t.equal(gaps.at(-1)?.last, last - 1);
  t.end();
});

t.test('a position is the same after it was told and given back', (t) => {
  const codec = new PositionCodec(new Uint8Array(16).fill(1));
  fc.assert(
    fc.property(numbers, fc.nat(), (order, at) => {
      const position = read(order);
      const text = codec.encode(position, at);
      const told = codec.decode(text, 7);
      return (
        JSON.stringify(told.position) === JSON.stringify(position) &&
        told.at === Math.floor(at / 1_000) * 1_000 &&
        /^[\w.-]+$/.test(text)
      );
    }),
  );
  t.end();
});

t.test('no text is a position but those that were told by this cloud', (t) => {
  const codec = new PositionCodec(new Uint8Array(16).fill(1));
  const text = codec.encode(read([1, 2, 5]), 1_000);
  const refused = { code: 'InvalidQuery', fieldName: 'after' };
  t.throws(() => new PositionCodec(new Uint8Array(16).fill(2)).decode(text, 0), refused);
  for (const other of ['', '.', 'x', '5', text.slice(1), text.slice(0, -1), `${text}x`, ` ${text}`])
    t.throws(() => codec.decode(other, 0), refused, other);
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom('0', 'z', '-', '.', 'A'),
      (index, letter) => {
        const other = text.slice(0, index) + letter + text.slice(index + 1);
        if (other === text) return true;
        try {
          codec.decode(other, 0);
          return false;
        } catch {
          return true;
        }
      },
    ),
  );
  t.throws(() => codec.decode(`1${'.1'.repeat(5_000)}`, 0), refused);
  t.end();
});
