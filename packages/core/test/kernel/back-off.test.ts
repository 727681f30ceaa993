import fc from 'fast-check';
import t from 'tap';
import { jittered, pauseAfterFailure, pauseAtRest } from '../../dist/kernel/back-off.js';

const MINUTE = 60_000;

t.test('the pause after a failure doubles its range and stays random', async (t) => {
  t.equal(pauseAfterFailure(1, 0), 250);
  t.equal(pauseAfterFailure(1, 1), 750);
  t.equal(pauseAfterFailure(2, 1), 1_250);
  t.equal(pauseAfterFailure(5, 1), 8_250);
  t.equal(pauseAfterFailure(9, 0), 250, 'some come back at once, however often they failed');
});

t.test('no pause is longer than five minutes and a moment', async (t) => {
  for (const attempts of [11, 20, 100, 10_000, Number.MAX_SAFE_INTEGER])
    t.equal(pauseAfterFailure(attempts, 1), 5 * MINUTE + 250);
});

t.test('a resource at rest is looked at ever less often', async (t) => {
  t.equal(pauseAtRest(0, 0.5), MINUTE);
  t.equal(pauseAtRest(MINUTE, 0.5), MINUTE);
  t.equal(pauseAtRest(7 * MINUTE, 0.5), 7 * MINUTE, 'so that the time at rest doubles');
  t.equal(pauseAtRest(24 * 60 * MINUTE, 0.5), 30 * MINUTE);
});

t.test('jitter is a fifth to both sides', async (t) => {
  t.equal(jittered(1_000, 0), 800);
  t.equal(jittered(1_000, 0.5), 1_000);
  t.equal(jittered(1_000, 1), 1_200);
});

t.test('every pause is a whole number of milliseconds within its range', async (t) => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fraction,
      fc.nat(),
      (attempts, chance, rested) => {
        const failed = pauseAfterFailure(attempts, chance);
        const rest = pauseAtRest(rested, chance);
        return (
          Number.isInteger(failed) &&
          failed >= 250 &&
          failed <= 300_250 &&
          Number.isInteger(rest) &&
          rest >= 48_000 &&
          rest <= 36 * MINUTE
        );
      },
    ),
    { numRuns: 500, seed: 1 },
  );
  t.pass('500 pauses');
});
