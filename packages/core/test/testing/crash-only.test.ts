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

t.test('the page has all invariants as the code has them', async (t) => {
  const rows = table('Invariants');
  const ids = [...new Set(rows.map(([id]) => id))];
  t.ok(ids.length >= 20, `${ids.length} of them`);
  t.same(
    ids,
    ids.map((_id, index) => `I${index + 1}`),
  );
  const known = INVARIANTS.map(({ id, name, reason }) => [id, name, reason].join(' | '));
  for (const row of rows) {
    const [id = '', name = '', reason = ''] = row;
    if (known.includes(row.join(' | '))) continue;
    t.match(run, `'${id} ${name}'`, `${id} is judged by the run: ${name}`);
    t.match(reason, /\w \w/, `${id} says why`);
  }
  const told = rows.map((row) => row.join(' | '));
  for (const invariant of known) t.ok(told.includes(invariant), invariant);
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
