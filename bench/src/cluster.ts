import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withBacking } from './cluster/backing.js';
import type { ClusterPart } from './cluster/cluster-part.js';
import { hints } from './cluster/parts/hints.js';
import { memory } from './cluster/parts/memory.js';
import { provisioning } from './cluster/parts/provisioning.js';
import { resyncCost } from './cluster/parts/resync.js';
import { takeover } from './cluster/parts/takeover.js';
import type { Figure } from './report/figure.js';
import { chosen, partsInWords, publish, tell } from './report/parts.js';

/** In the order in which they are run and printed. */
const PARTS: readonly ClusterPart[] = [provisioning, hints, takeover, memory, resyncCost];

const HELP = `Usage: npm run bench:cluster -- [options]

Measures gdcloud as several processes on PostgreSQL, Redis and ZooKeeper, which are started
for this run alone, beside floor prototypes and BullMQ on the same servers. Parts:

${partsInWords(PARTS)}
  --only NAME   run this part only; may be repeated
  --floors      measure the floors only; parts without a floor are left out
  --rounds N    rounds, all systems by turns; medians are reported (default 5)
  --servers N   servers measured in each round (default 1000)
  --clients N   clients at a time (default 10)
  --warm-up N   servers started before that (default 500)
  --most-rows N rows of the largest resync (default 1000000)
  --json        print one JSON object as the last thing
  --save        write bench/results/<date>-cluster.json, and drawings beside it
  --help        show this
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    floors: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    servers: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '500' },
    'most-rows': { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const parts = chosen(PARTS, values.only).filter(
    ({ floors }) => floors === 'some' || !values.floors,
  );
  const options = {
    rounds: count('rounds', values.rounds, 1),
    servers: count('servers', values.servers, 1),
    clients: count('clients', values.clients, 1),
    warmUp: count('warm-up', values['warm-up'], 0),
    mostRows: count('most-rows', values['most-rows'], 1_000),
    systems: values.floors ? ('floors' as const) : ('all' as const),
    drawings: values.save ? fileURLToPath(new URL('../results', import.meta.url)) : undefined,
    tell,
  };
  const figures: Figure[] = [];
  for (const part of parts) {
    tell(`${part.name}: ${part.what}`);
    // Servers of its own: what one part leaves behind in their caches and files is no other part's burden.
    figures.push(...(await withBacking((backing) => part.measure({ ...options, backing }))));
  }
  await publish('cluster', figures, values);
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new TypeError(`--${name} must be a whole number of ${least} or more, not ${text}`);
  }
  return value;
}
