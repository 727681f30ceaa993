import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CheckResult } from '@gdcloud/core/testing';
import t from 'tap';
import { compilePrograms } from '../../../../../scripts/docs/compile-programs.mjs';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));

const guide = await readFile(join(ROOT, 'docs/writing-a-driver.md'), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)].map(
  ([, file = '', code = '']) => ({ file, code }),
);

// A busy machine takes its time.
t.setTimeout(600_000);

t.test('the guide makes a driver in fewer than 150 lines', async (t) => {
  t.same(
    blocks.map(({ file }) => file),
    ['notes-driver.ts', 'notes-driver.test.ts'],
  );
  t.ok(
    blocks
      .map(({ code }) => code)
      .join('')
      .split('\n').length < 150,
  );
});

t.test('the driver of the guide is green', async (t) => {
  const report = await examine('as-it-stands', (code) => code);
  t.match(report, { summary: { failed: 0 }, driver: 'files.notes' });
});

t.test('the mistake that the guide suggests is found as the guide says', async (t) => {
  const report = await examine('careless', (code) =>
    code
      .replace(", { flag: 'wx' })", ')')
      .replace('  });\n  console.log', '  }, { levels: [1] });\n  console.log'),
  );
  const [broken, ...others] = report.checks.filter(({ state }) => state === 'failed');
  t.same(others, []);
  t.equal(broken?.id, 'create-late');
  t.ok(guide.includes(`✘ create-late: ${broken?.rule}\n    expected  ${broken?.expected}\n`));
  t.ok(guide.includes(`    written   ${broken?.where}\n`));
});

interface Report {
  readonly checks: readonly CheckResult[];
}

/** Does what the guide says, in a folder inside the workspace so that packages are found by name, and not among the tests. */
async function examine(name: string, edit: (code: string) => string): Promise<Report> {
  const folder = join(ROOT, '.tap/guide', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { file, code } of blocks) await writeFile(join(folder, file), edit(code));
  const files = blocks.map(({ file }) => file);
  const problems = await compilePrograms(folder, files);
  if (problems !== '') throw new Error(problems);
  await node(folder, '--test', 'notes-driver.test.js').catch(() => undefined);
  return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
}

// As the reader's own process: the test runner loads itself into every node that it sees being started.
async function node(folder: string, ...args: readonly string[]): Promise<void> {
  const command = ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath, ...args];
  await promisify(execFile)('/bin/sh', command, { cwd: folder });
}
