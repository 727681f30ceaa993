import fc from 'fast-check';
import t, { test } from 'tap';
import { VOLUME_DEEDS, VolumeModel } from '../support/volume-model.js';

const SEQUENCES = 40;
const DEEDS_EACH = 80;

// A busy machine takes its time.
t.setTimeout(300_000);

test('volumes and snapshots read like plain arrays, whatever is done to them', async (t) => {
  const deed = fc.record({
    what: fc.constantFrom(...VOLUME_DEEDS),
    volume: fc.nat(63),
    snapshot: fc.nat(63),
    sector: fc.nat(10 * 2048),
    sectors: fc.integer({ min: 1, max: 300 }),
    tag: fc.nat(5),
  });
  let deeds = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: DEEDS_EACH, maxLength: DEEDS_EACH, size: 'max' }),
      async (sequence) => {
        const model = new VolumeModel();
        for (const next of sequence) await model.deed(next);
        await model.compareAll();
        await model.removeAll();
        deeds += sequence.length;
      },
    ),
    { numRuns: SEQUENCES, endOnFailure: true },
  );
  t.equal(deeds, SEQUENCES * DEEDS_EACH);
});
