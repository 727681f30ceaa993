import { availableParallelism } from 'node:os';
import { soak } from '@gdcloud/core/testing';
import t from 'tap';

/** The seeds that a change must survive; `npm run soak` runs more. `npm test` runs a third of them with a commit, in turn. */
const SEEDS = process.env['GDCLOUD_SEEDS'] ?? '0-19999';
const [FIRST = 0, LAST = -1] = SEEDS.split('-').map(Number);
const RUNS = LAST - FIRST + 1;
/** As 20,000 in two minutes. A machine that others use may be slow: only the invariants decide here, and the time is told. */
const SECONDS = (120 * RUNS) / 20_000;

t.setTimeout(25 * 60_000);

t.test(
  `${RUNS} clouds of the seeds ${SEEDS} survive what their seeds have in store for them`,
  async (t) => {
    const begin = performance.now();
    const { runs, steps, faults, failures, unlike, repeated } = await soak({
      from: FIRST,
      count: RUNS,
    });
    const seconds = (performance.now() - begin) / 1000;
    t.comment(
      `${runs} runs in ${seconds.toFixed(1)} s (goal ${SECONDS.toFixed(0)} s) on ${availableParallelism()} cores: ${steps} steps, ${faults} faults`,
    );
    t.ok(RUNS >= 1_000, 'they are many');
    t.equal(runs, RUNS);
    t.same(
      failures.map(({ line }) => line),
      [],
      'every invariant holds in every run',
    );
    t.ok(repeated >= RUNS / 200, `${repeated} seeds were run twice`);
    t.same(unlike, [], 'the same seed gives the same run');
    t.ok(faults > RUNS, 'and there was something to survive');
  },
);
