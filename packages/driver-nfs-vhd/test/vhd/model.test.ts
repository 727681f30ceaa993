import fc from 'fast-check';
import { test } from 'tap';
import { DEEDS, ModelWorld } from '../support/model-world.js';

const SEQUENCES = 250;
const DEEDS_EACH = 400;

test('100,000 deeds at random read like plain arrays', async (t) => {
  const deed = fc.record({
    what: fc.constantFrom(...DEEDS),
    disk: fc.nat(63),
    sector: fc.oneof(
      fc.nat(6 * 4096),
      fc.nat(63).map((n) => n * 512),
    ),
    sectors: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 600 })),
    tag: fc.nat(3),
  });
  let deeds = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: DEEDS_EACH, maxLength: DEEDS_EACH, size: 'max' }),
      async (sequence) => {
        const world = new ModelWorld();
        for (const next of sequence) await world.deed(next);
        await world.compareAll();
        deeds += sequence.length;
      },
    ),
    { numRuns: SEQUENCES, endOnFailure: false },
  );
  t.equal(deeds, SEQUENCES * DEEDS_EACH);
});
