import t from 'tap';
import {
  nearest,
  niceMoments,
  niceTicks,
  pathThrough,
} from '../../dist-ui/panel/pictures/line-scale.js';

t.test('values are read in steps of 1, 2 or 5 times a power of ten', async (t) => {
  t.same(niceTicks(100, 'decimal'), [0, 50, 100]);
  t.same(niceTicks(7, 'decimal'), [0, 5, 10]);
  t.same(niceTicks(0.3, 'decimal').length, 4);
});

t.test('bytes are read in steps of powers of two', async (t) => {
  t.same(niceTicks(2 ** 31, 'binary'), [0, 2 ** 30, 2 ** 31]);
  t.same(niceTicks(3 * 2 ** 20, 'binary'), [0, 2 ** 20, 2 * 2 ** 20, 3 * 2 ** 20]);
});

t.test('a scale holds all values, and has few lines', async (t) => {
  for (const base of ['decimal', 'binary'] as const)
    for (const most of [0.001, 1, 3.3, 9.99, 1_000, 1_025, 123_456_789]) {
      const ticks = niceTicks(most, base);
      t.ok((ticks.at(-1) ?? 0) >= most * (1 - 1e-9), `${most} is on the ${base} scale`);
      t.ok(ticks.length >= 2 && ticks.length <= 4, `${ticks.length} lines`);
    }
});

t.test('where nothing was measured there is a scale, too', async (t) => {
  for (const most of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    t.ok((niceTicks(most, 'decimal').at(-1) ?? 0) >= 1);
});

t.test('moments are round in the time of the reader', async (t) => {
  const midnight = Date.UTC(2026, 0, 1);
  const zone = 2 * 3_600_000;
  const moments = niceMoments(midnight, midnight + 86_400_000, 4, zone);
  t.same(
    moments.map((at) => (at + zone) % 21_600_000),
    moments.map(() => 0),
  );
  t.ok(moments.length >= 3 && moments.length <= 5);
  t.same(niceMoments(5, 5, 4), [], 'none in no time');
});

t.test('a line is broken where nobody knows what was', async (t) => {
  const place = { x: (at: number) => at, y: (value: number) => value };
  const points = [
    { at: 0, value: 1 },
    { at: 5, value: 2 },
    { at: 50, value: 3 },
  ];
  t.equal(pathThrough(points, place, 10), 'M0.0 1.0L5.0 2.0M50.0 3.0');
  t.equal(pathThrough([], place, 10), '');
});

t.test('a moment leads to the point that is nearest to it', async (t) => {
  const points = [0, 10, 20, 30].map((at) => ({ at, value: 0 }));
  t.same(
    [-5, 4, 6, 14, 26, 99].map((at) => nearest(points, at)),
    [0, 0, 1, 1, 3, 3],
  );
  t.equal(nearest([], 5), -1);
});
