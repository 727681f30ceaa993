import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { THREATS } from './threats.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

t.test('each of the 48 threats is in the table', (t) => {
  const numbers = THREATS.map(({ number }) => number);
  t.same(
    numbers,
    Array.from({ length: 48 }, (_, index) => `T${index + 1}`),
  );
  t.end();
});

t.test('each has a test that is there, and is run', (t) => {
  for (const { number, threat, proofs } of THREATS) {
    t.ok(proofs.length > 0, `${number} ${threat}`);
    for (const { file, test } of proofs) {
      const source = readFileSync(join(ROOT, file), 'utf8');
      t.ok(source.includes(test), `${number}: ${file} has "${test}"`);
      t.notMatch(source, /\b(todo|only|skip): true|\bt\.(todo|skip|only)\(/, `${number}: ${file}`);
    }
  }
  t.end();
});

t.test('docs/security.md tells of each', (t) => {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  for (const { number } of THREATS) t.match(text, new RegExp(`\\b${number}\\b`), number);
  t.end();
});
