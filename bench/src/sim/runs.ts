import { soak } from '@gdcloud/core/testing';
import { type Figure, figure } from '../report/figure.js';
import type { SimPart } from './sim-part.js';

const RUNS = 20_000;

/** How many simulated clouds a change is shown to before it is merged, and how long that takes. */
export const runs: SimPart = {
  name: 'runs',
  what: 'simulated clouds among faults and troubles, with every invariant checked at every step',
  async measure({ tell }): Promise<readonly Figure[]> {
    const begin = performance.now();
    const report = await soak({ from: 0, count: RUNS });
    const seconds = (performance.now() - begin) / 1000;
    for (const { line } of report.failures) tell(line);
    return [
      figure('seeded runs', report.runs, 'runs', { least: RUNS }),
      figure('their time', seconds, 's', { most: 120 }),
      figure('their speed', report.runs / seconds, 'runs/s'),
      figure('steps in them', report.steps, 'steps'),
      figure('faults in them', report.faults, 'faults'),
      figure('runs that broke an invariant', report.failures.length, 'runs', { most: 0 }),
      figure('runs that went differently a second time', report.unlike.length, 'runs', { most: 0 }),
    ];
  },
};
