import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runMatrix } from '../../../dist/testing/cloud-simulation/matrix.js';
import { cellInWords, figureLine } from '../../../dist/testing/cloud-simulation/matrix-figures.js';
import { STORIES } from '../../../dist/testing/cloud-simulation/stories.js';
import { Awaits } from './awaits.js';
import { isUnreached, UNREACHED } from './unreached-awaits.js';

const MINUTE = 60_000;
// It gets what other tests leave of the cores.
t.setTimeout(25 * MINUTE);

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));
const awaits = new Awaits(DIST, ['kernel', 'cloud', 'cloud-container.js', 'create-cloud.js']);
const report = await runMatrix({ stories: STORIES, visitsPerPoint: 1 });
t.comment(figureLine(report));
t.comment(`${report.runs} runs, ${report.steps} steps, ${report.sites} sites`);

t.test('no single fault at any call of any story breaks an invariant', async (t) => {
  const broken = report.violations.map(
    ({ story, cell, violation: { invariant, message } }) =>
      `${cell === undefined ? story : cellInWords(cell)}: ${invariant}: ${message}`,
  );
  t.same(broken, []);
});

t.test('every call was struck by every fault that it can meet', async (t) => {
  t.same(report.missed, []);
  for (const [fault, { struck, possible }] of Object.entries(report.figures)) {
    t.equal(struck, possible, fault);
    t.ok(possible > 100, `${fault} can strike at many calls`);
  }
});

t.test('some run has crashed at every await of the kernel and the cloud', async (t) => {
  const reached = new Set(report.crashedAt.flatMap(({ frames }) => awaits.in(frames)));
  const excused = awaits.all.filter(isUnreached);
  t.comment(`awaits ${reached.size}/${awaits.all.length}, ${excused.length} can't be reached`);
  const missed = awaits.all.filter((each) => !reached.has(each) && !excused.includes(each));
  t.same(
    missed.map(({ written, text }) => `${written}: no run crashed at ${text}`),
    [],
  );
  t.ok(awaits.all.length > 200, 'all files were found');
});

t.test('every await that can’t be reached is still there, and not reached', async (t) => {
  const reached = new Set(report.crashedAt.flatMap(({ frames }) => awaits.in(frames)));
  for (const known of UNREACHED) {
    const found = awaits.all.filter(
      ({ file, within, text }) =>
        file === known.file && within === known.within && text.startsWith(known.text),
    );
    t.equal(found.length, 1, `${known.file}: ${known.text}`);
    t.notOk(
      found.some((each) => reached.has(each)),
      known.why,
    );
  }
});
