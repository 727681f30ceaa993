import fc from 'fast-check';
import t from 'tap';
import { Bucket } from '../../dist/limits/bucket.js';

const RATE = { perSecond: 2, burst: 3 };

t.test('a bucket gives its burst at once, then as fast as it fills', (t) => {
  const bucket = new Bucket();
  const takes = (now: number) => bucket.take(RATE, now);
  t.same([takes(0), takes(0), takes(0), takes(0)], [0, 0, 0, 500], 'and says how long to wait');
  t.equal(takes(499), 1);
  t.equal(takes(500), 0);
  t.equal(takes(500), 500, 'waiting in vain costs nothing');
  t.equal(bucket.wait(RATE, 750), 250);
  t.equal(bucket.left(RATE, 2_000), 3);
  t.equal(bucket.left(RATE, 1_000_000), 3, 'and never holds more than its burst');
  t.end();
});

t.test('what is given back can be taken again', (t) => {
  const bucket = new Bucket();
  for (let taken = 0; taken < 3; taken += 1) bucket.take(RATE, 0);
  bucket.giveBack(RATE);
  t.equal(bucket.left(RATE, 0), 1);
  t.equal(bucket.take(RATE, 0), 0);
  t.equal(bucket.take(RATE, 0), 500);
  t.end();
});

t.test('it is the same as counting tokens', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 100 }),
      fc.constantFrom(1, 2, 4, 8),
      fc.integer({ min: 1, max: 20 }),
      (pauses, perSecond, burst) => {
        const bucket = new Bucket();
        let tokens = burst * 1_000;
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          tokens = Math.min(burst * 1_000, tokens + pause * perSecond);
          const passes = tokens >= 1_000;
          if (passes) tokens -= 1_000;
          if ((bucket.take({ perSecond, burst }, now) === 0) !== passes) return false;
        }
        return true;
      },
    ),
    { numRuns: 1_000, seed: 20_261_129 },
  );
  t.end();
});
