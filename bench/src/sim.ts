import { tmpdir } from 'node:os';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';
import { fairness } from './sim/fairness.js';
import { proofs } from './sim/proofs.js';
import { runs } from './sim/runs.js';

await runSuite({
  name: 'sim',
  what: 'Shows that work survives crashes and is shared fairly, in figures.',
  parts: [fairness, runs, proofs],
  numbers: {
    crowd: {
      what: 'resources that others keep the cloud busy with; the goals are for the default',
      default: 10_000,
      least: 1_000,
    },
  },
  texts: { folder: { what: 'where databases are put', default: tmpdir() } },
  switches: {},
  measure: (part, { numbers, texts }) =>
    part.measure({ folder: texts.folder, crowd: numbers.crowd, tell }),
});
