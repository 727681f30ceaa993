import t from 'tap';
import { CAUSES, explanationsOf, names } from './causes.js';

/** Seeds for each cause: kernels and the moment of the question differ. */
const RUNS = 8;
/** In how many of a hundred runs the cause must be named. */
const GOAL = 95;

t.setTimeout(1_500_000);

t.test('what is not as asked is explained, and its cause is named', async (t) => {
  let runs = 0;
  let found = 0;
  for (const cause of CAUSES) {
    let named = 0;
    for (let seed = 0; seed < RUNS; seed += 1) {
      const explanations = await explanationsOf(cause, seed);
      runs += 1;
      if (explanations.some((explanation) => names(explanation, cause))) named += 1;
      else t.comment(`${cause.name}: ${explanations.map(({ verdict }) => verdict).join(' | ')}`);
    }
    found += named;
    t.comment(`${cause.name}: named in ${named} of ${RUNS} runs`);
  }
  const share = (100 * found) / runs;
  t.ok(share >= GOAL, `explain names the cause in ${share.toFixed(1)} % of ${runs} runs`);
});
