import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './report/figure.js';
import { chosen, partsInWords, publish, tell } from './report/parts.js';
import { cachedServers } from './xenserver/cached-servers.js';
import { callsPerSecond } from './xenserver/calls-per-second.js';
import { eventToPass } from './xenserver/event-to-pass.js';
import { serverStart } from './xenserver/server-start.js';
import type { XenserverPart } from './xenserver/xenserver-part.js';

/** In the order in which they are run and printed. */
const PARTS: readonly XenserverPart[] = [serverStart, cachedServers, eventToPass, callsPerSecond];

const HELP = `Usage: npm run bench:xenserver -- [options]

Compares the XenServer driver with the bare calls that it can't do without, on a simulated pool in another process whose
operations take no time of their own; and measures the simulator itself. Parts:

${partsInWords(PARTS)}
  --only NAME   run this part only; may be repeated
  --rounds N    how often what is compared is repeated (default: 5)
  --folder DIR  where pools keep their state (default: the system's folder for such things)
  --json        print one JSON object as the last thing
  --save        write bench/results/<date>-xenserver.json
  --help        show this
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
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
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(`--rounds must be a whole number of 1 or more, not ${values.rounds}`);
  }
  const figures: Figure[] = [];
  for (const part of chosen(PARTS, values.only)) {
    tell(`${part.name}: ${part.what}`);
    figures.push(...(await part.measure({ folder, rounds, tell })));
  }
  await publish('xenserver', figures, values);
}
