import { draw, failureLine, simulate } from '@gdcloud/core/testing';
import t from 'tap';
import { REGRESSIONS } from './regressions.js';

for (const { seed, was } of REGRESSIONS) {
  t.test(`seed ${seed} holds, which once found: ${was}`, async (t) => {
    const report = await simulate(draw(seed));
    t.equal(report.violation, undefined, failureLine(report));
  });
}

t.test(
  'a failure is one line that names its seed and step and how to see them again',
  async (t) => {
    const report = await simulate(draw(1));
    const violation = { invariant: 'I0 nothing', message: 'something', step: 7, at: 3 };
    t.match(
      failureLine({ ...report, violation }),
      /^seed 1 step 7: .+: I0 nothing: something · replay: npm run soak -- --seed 1$/,
    );
  },
);

t.test('the same seed gives the same run, step by step', async (t) => {
  const one = await simulate({ ...draw(42), trace: 'entries' });
  const other = await simulate({ ...draw(42), trace: 'entries' });
  t.same(one.trace.entries, other.trace.entries);
  t.equal(one.hash, other.hash);
  t.ok(one.trace.entries.length > 100);
});
