import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type MatrixReport, runMatrix } from '../../../dist/testing/cloud-simulation/matrix.js';
import { STORIES } from '../../../dist/testing/cloud-simulation/stories.js';
import { Awaits } from './awaits.js';

t.setTimeout(0);
const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));
const awaits = new Awaits(DIST, ['kernel', 'cloud', 'create-cloud.js']);
const report: MatrixReport = await runMatrix({ stories: STORIES, visitsPerPoint: 1 });
for (const v of report.violations) console.log(v.story,"|",v.cell?.visit.chain.slice(0,200),v.cell?.visit.nth,v.cell?.fault,"|",v.violation.invariant,v.violation.message.slice(0,300),v.violation.at);
console.log(report.missed, report.runs, report.steps,process.cpuUsage().user/1e6);
const reached = new Set(report.crashedAt.flatMap(({ frames }) => awaits.in(frames)));
for (const each of awaits.all) if (!reached.has(each)) console.log(each.written, each.text);
console.log(awaits.all.length, reached.size, JSON.stringify(report.figures));
t.pass('x');
