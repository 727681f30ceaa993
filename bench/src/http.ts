import { tmpdir } from 'node:os';
import { creating } from './http/creating.js';
import { crowd } from './http/crowd.js';
import { endurance } from './http/endurance.js';
import { streams } from './http/idle-streams.js';
import { reading } from './http/reading.js';
import { withFolder } from './measure.js';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';

await runSuite({
  name: 'http',
  what: 'Compares the HTTP API with bare node:http, Fastify and bare commits, side by side in one run.',
  parts: [reading, creating, crowd, endurance, streams],
  numbers: {
    rounds: { what: 'how often what is compared is repeated', default: 5, least: 1 },
    requests: { what: 'how many show whether memory grows', default: 1_000_000, least: 1_000 },
    streams: { what: 'how many event streams are held open', default: 10_000, least: 1 },
  },
  texts: {
    folder: { what: 'where databases are put, on the disk to be measured', default: tmpdir() },
  },
  switches: {},
  measure: (part, { numbers, texts }) =>
    withFolder(texts.folder, (folder) => part.measure({ ...numbers, folder, tell })),
});
