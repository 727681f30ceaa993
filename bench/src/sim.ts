import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './report/figure.js';
import { reportOf, saveReport, tableOf } from './report/report.js';
import { fairness } from './sim/fairness.js';
import { proofs } from './sim/proofs.js';
import { runs } from './sim/runs.js';
import type { SimPart } from './sim/sim-part.js';

/** In the order in which they are run and printed. */
const PARTS: readonly SimPart[] = [fairness, runs, proofs];

const HELP = `Usage: npm run bench:sim -- [options]

Shows that work survives crashes and is shared fairly, in figures. Parts:

${PARTS.map(({ name, what }) => `  ${name.padEnd(14)}${what}\n`).join('')}
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
  for (const part of chosen(values.only)) {
    tell(`${part.name}: ${part.what}`);
    figures.push(...(await part.measure({ folder, crowd, tell })));
  }
  const report = reportOf('sim', figures);
  if (values.save) tell(`saved ${await saveReport(report)}`);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : tableOf(report));
}

function chosen(names: readonly string[]): readonly SimPart[] {
  const unknown = names.find((name) => PARTS.every((part) => part.name !== name));
  if (unknown !== undefined) {
    throw new TypeError(
      `there is no part ${unknown}; there are ${PARTS.map(({ name }) => name).join(', ')}`,
    );
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}

// Progress goes to stderr: with --json, stdout holds nothing but the report.
function tell(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}
