import { availableParallelism } from 'node:os';
import { soak } from '@gdcloud/core/testing';
import t from 'tap';

/** How many seeds a change must survive; `npm run soak` runs more. */
const RUNS = 20_000;
/** A machine that others use may be slow: only the invariants decide here, and the time is told. */
const SECONDS = 120;

t.setTimeout(15 * 60_000);

t.test(`${RUNS} clouds survive what their seeds have in store for them`, async (t) => {
  const begin = performance.now();
  const { runs, steps, faults, failures, unlike, repeated } = await soak({ from: 0, count: RUNS });
  const seconds = (performance.now() - begin) / 1000;
  t.comment(
    `${runs} runs in ${seconds.toFixed(1)} s (goal ${SECONDS} s) on ${availableParallelism()} cores: ${steps} steps, ${faults} faults`,
  );
  t.equal(runs, RUNS);
  t.same(
    failures.map(({ line }) => line),
    [],
    'every invariant holds in every run',
  );
  t.ok(repeated >= RUNS / 200, `${repeated} seeds were run twice`);
  t.same(unlike, [], 'the same seed gives the same run');
  t.ok(faults > RUNS, 'and there was something to survive');
});
