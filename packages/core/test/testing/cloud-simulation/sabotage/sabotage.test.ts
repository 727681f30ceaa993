import t from 'tap';
import { MUTATIONS } from './mutations.js';
import { BUDGET, search } from './search.js';

// A search that has to begin anew takes its time; the runner limits the whole file.
t.setTimeout(0);

t.test('whatever is taken away is missed by the simulator', { timeout: 0 }, async (t) => {
  let red = 0;
  for (const mutation of MUTATIONS) {
    const { name, reason } = mutation;
    const found = await search(mutation);
    if (found.kind === 'green') {
      t.fail(`${name}: not noticed in ${BUDGET} runs, although ${reason}`);
      continue;
    }
    red += 1;
    const { seed, violation, runs } = found;
    t.pass(`${name}: seed ${seed}, run ${runs}: ${violation.invariant}: ${violation.message}`);
  }
  t.comment(`sabotage ${red}/${MUTATIONS.length} red`);
});
