import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FAULTS, INVARIANTS, TROUBLES } from '@gdcloud/core/testing';
import t from 'tap';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const page = await readFile(`${ROOT}/docs/crash-only.md`, 'utf8');
const run = await readFile(
  `${ROOT}/packages/core/src/testing/cloud-simulation/simulation.ts`,
  'utf8',
);

/** The rows of the table under a heading, cell by cell. */
function table(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`### ${heading}`);
  const [text = ''] = section.split('\n#');
  return [...text.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split(' | '))
    .filter(([first]) => first !== 'id' && first !== 'fault' && first !== 'trouble');
}

t.test('the page has the twenty invariants as the code has them', async (t) => {
  const rows = table('Invariants');
  t.same(
    rows.map(([id]) => id),
    Array.from({ length: 20 }, (_, index) => `I${index + 1}`),
  );
  for (const [id = '', name = '', reason = ''] of rows) {
    const invariant = INVARIANTS.find((one) => one.id === id);
    if (invariant === undefined) t.match(run, `'${id} ${name}'`, `${id} is judged by the run`);
    else t.same([name, reason], [invariant.name, invariant.reason], id);
    t.not(reason, '', `${id} says why`);
  }
});

t.test('the page has all faults and all troubles', async (t) => {
  const named = (heading: string): readonly string[] =>
    table(heading).map(([name = '']) => name.replaceAll('`', ''));
  t.same(named('Faults'), FAULTS);
  t.same(named('Troubles'), TROUBLES);
});

t.test('the page is short', async (t) => {
  t.ok(page.split('\n').length <= 200);
});
