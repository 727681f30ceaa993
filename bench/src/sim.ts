import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './report/figure.js';
import { chosen, partsInWords, publish, tell } from './report/parts.js';
import { fairness } from './sim/fairness.js';
import { proofs } from './sim/proofs.js';
import { runs } from './sim/runs.js';
import type { SimPart } from './sim/sim-part.js';

/** In the order in which they are run and printed. */
const PARTS: readonly SimPart[] = [fairness, runs, proofs];

const HELP = `Usage: npm run bench:sim -- [options]

Shows that work survives crashes and is shared fairly, in figures. Parts:

${partsInWords(PARTS)}
  --only NAME   run this part only; may be repeated
  --crowd N     resources that others keep the cloud busy with; the goals are for the default, 10000
  --folder DIR  where databases are put (default: the system's folder for such things)
  --json        print one JSON object as the last thing
  --save        write bench/results/<date>-sim.json
  --help        show this
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    crowd: { type: 'string', default: '10000' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const { folder } = values;
  const crowd = Number(values.crowd);
  if (!Number.isInteger(crowd) || crowd < 1000) {
    throw new TypeError(`--crowd must be a whole number of 1000 or more, not ${values.crowd}`);
  }
  const figures: Figure[] = [];
  for (const part of chosen(PARTS, values.only)) {
    tell(`${part.name}: ${part.what}`);
    figures.push(...(await part.measure({ folder, crowd, tell })));
  }
  await publish('sim', figures, values);
}
