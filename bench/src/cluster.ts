import { fileURLToPath } from 'node:url';
import { withBacking } from './cluster/backing.js';
import { hints } from './cluster/parts/hints.js';
import { memory } from './cluster/parts/memory.js';
import { provisioning } from './cluster/parts/provisioning.js';
import { resyncCost } from './cluster/parts/resync.js';
import { takeover } from './cluster/parts/takeover.js';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';

await runSuite({
  name: 'cluster',
  what: `Measures gdcloud as several processes on PostgreSQL, Redis and ZooKeeper, which are started for this run alone, beside
floor prototypes and BullMQ on the same servers. Drawings are saved beside the results.`,
  parts: [provisioning, hints, takeover, memory, resyncCost],
  numbers: {
    rounds: {
      what: 'rounds, all systems by turns; medians are reported',
      default: 5,
      least: 1,
    },
    servers: { what: 'servers measured in each round', default: 1_000, least: 1 },
    clients: { what: 'clients at a time', default: 10, least: 1 },
    'warm-up': { what: 'servers started before that', default: 500, least: 0 },
    'most-rows': { what: 'rows of the largest resync', default: 1_000_000, least: 1_000 },
  },
  texts: {},
  switches: { floors: { what: 'measure the floors only, and no part without one' } },
  measure: async (part, { numbers, switches, save }) => {
    if (switches.floors && part.floors === 'none') return [];
    const options = {
      rounds: numbers.rounds,
      servers: numbers.servers,
      clients: numbers.clients,
      warmUp: numbers['warm-up'],
      mostRows: numbers['most-rows'],
      systems: switches.floors ? ('floors' as const) : ('all' as const),
      drawings: save ? fileURLToPath(new URL('../results', import.meta.url)) : undefined,
      tell,
    };
    // Servers of its own: what one part leaves behind in their caches and files is no other part's burden.
    return withBacking((backing) => part.measure({ ...options, backing }));
  },
});
