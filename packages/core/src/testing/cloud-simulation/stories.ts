import { noFaults } from '../simulator/fault.js';
import { SCENARIOS } from './scenario.js';
import type { Story } from './story.js';

/** What the matrix is told: every scenario by one kernel and by two. */
export const STORIES: readonly Story[] = SCENARIOS.flatMap((scenario) =>
  [1, 2].map(
    (kernels): Story => ({
      name: `${scenario.name}, ${kernels} kernels`,
      options: () => ({
        seed: 1,
        scenario,
        kernels,
        faults: noFaults,
        troubles: [],
        hooks: 'some',
        rest: 'not watched',
      }),
      end: 'same',
    }),
  ),
);
