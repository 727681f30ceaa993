import t from 'tap';
import { EXCEPTIONS } from './exceptions.js';
import { playFiles } from './play-files.js';
import { recordings } from './scenario.js';

/** The share of steps that have to agree, exceptions and all. */
const LEAST_SHARE = 0.97;

const files = recordings();

// What pauses does so in virtual time; a busy machine takes several times as long for the rest.
t.setTimeout(900_000);

t.test(
  'recordings of a real XAPI are answered as it answered',
  { skip: files.length === 0, timeout: 890_000 },
  async (t) => {
    const scenarios = await playFiles(files, 'virtual');
    const differing = scenarios.flatMap(({ name, reports }) =>
      reports
        .filter(({ differences }) => differences.length > 0)
        .map(({ id, what, differences }) => ({ name, id, what, differences })),
    );
    for (const { scenario, step, reason } of EXCEPTIONS) {
      const needed = differing.some(({ name, id }) => name === scenario && id === step);
      t.ok(needed, `${scenario} ${step} differs: ${reason}`);
    }
    const unexplained = differing.filter(
      ({ name, id }) => !EXCEPTIONS.some(({ scenario, step }) => scenario === name && step === id),
    );
    t.same(unexplained, [], 'every other step agrees');
    const total = scenarios.reduce((sum, { reports }) => sum + reports.length, 0);
    const share = 1 - differing.length / total;
    t.ok(share >= LEAST_SHARE, `${(100 * share).toFixed(2)} % of ${total} steps agree`);
  },
);
