import { tmpdir } from 'node:os';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';
import { cachedServers } from './xenserver/cached-servers.js';
import { callsPerSecond } from './xenserver/calls-per-second.js';
import { eventToPass } from './xenserver/event-to-pass.js';
import { serverStart } from './xenserver/server-start.js';

await runSuite({
  name: 'xenserver',
  what: `Compares the XenServer driver with the bare calls that it can't do without, on a simulated pool in another process whose
operations take no time of their own; and measures the simulator itself.`,
  parts: [serverStart, cachedServers, eventToPass, callsPerSecond],
  numbers: { rounds: { what: 'how often what is compared is repeated', default: 5, least: 1 } },
  texts: { folder: { what: 'where pools keep their state', default: tmpdir() } },
  switches: {},
  measure: (part, { numbers, texts }) =>
    part.measure({ folder: texts.folder, rounds: numbers.rounds, tell }),
});
