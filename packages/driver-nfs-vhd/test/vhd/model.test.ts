import fc from 'fast-check';
import t, { test } from 'tap';
import { DEEDS, ModelWorld } from '../support/model-world.js';

const SEQUENCES = 275;
const DEEDS_EACH = 400;

// A busy machine takes its time.
t.setTimeout(300_000);

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
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: DEEDS_EACH, maxLength: DEEDS_EACH, size: 'max' }),
      async (sequence) => {
        const world = new ModelWorld();
        for (const next of sequence) {
          if ((await world.deed(next)) === 'done')
            done.set(next.what, (done.get(next.what) ?? 0) + 1);
        }
        await world.compareAll();
      },
    ),
    { numRuns: SEQUENCES, endOnFailure: false },
  );
  const deeds = [...done.values()].reduce((sum, count) => sum + count, 0);
  // One in fourteen finds no disk that it could be done to.
  t.ok(deeds >= 100_000, `${deeds} of ${SEQUENCES * DEEDS_EACH}`);
  t.comment(JSON.stringify(Object.fromEntries(done)));
  for (const what of new Set(DEEDS)) t.ok((done.get(what) ?? 0) > 1_000, what);
});
