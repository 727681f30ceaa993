import fc from 'fast-check';
import t, { test } from 'tap';
import { VOLUME_DEEDS, VolumeModel } from '../support/volume-model.js';

const SEQUENCES = 25;
const DEEDS_EACH = 400;

// A busy machine takes its time.
t.setTimeout(300_000);

test('volumes and snapshots read like plain arrays, whatever is done to them, and nothing else is left in the end', async (t) => {
  const deed = fc.record({
    what: fc.constantFrom(...VOLUME_DEEDS),
    volume: fc.nat(63),
    snapshot: fc.nat(63),
    sector: fc.nat(10 * 2048),
    sectors: fc.integer({ min: 1, max: 300 }),
    tag: fc.nat(5),
  });
  const done = new Map<string, number>();
  let deeds = 0;
  let joined = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: DEEDS_EACH, maxLength: DEEDS_EACH, size: 'max' }),
      async (sequence) => {
        const model = new VolumeModel();
        for (const next of sequence) {
          if ((await model.deed(next)) === 'done')
            done.set(next.what, (done.get(next.what) ?? 0) + 1);
        }
        await model.compareAll();
        await model.removeAll();
        deeds += sequence.length;
        joined += model.keptUp.joined;
      },
    ),
    { numRuns: SEQUENCES, endOnFailure: true },
  );
  t.equal(deeds, SEQUENCES * DEEDS_EACH);
  t.comment(`${JSON.stringify(Object.fromEntries(done))}, ${joined} joins`);
  for (const what of new Set(VOLUME_DEEDS)) t.ok((done.get(what) ?? 0) > 50, what);
  t.ok(joined > 50, 'joins');
});
