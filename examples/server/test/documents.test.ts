import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COMPILER = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

/** What a document's examples import from files that the reader is to write, or wrote in an earlier example. */
const OTHER_FILES: Readonly<Record<string, string>> = {
  'records.ts': `import type { Driver } from '@gdcloud/core';
    export declare const records: Driver<{ hostname: string; address: string }, unknown>;`,
};

for (const [document, files] of [
  ['README.md', ['embed.ts']],
  ['docs/architecture.md', ['dnsrecord.ts', 'dnsrecord-reconciler.ts', 'dns.ts']],
] as const) {
  t.test(`the examples of ${document} compile as they stand`, async (t) => {
    const blocks = [
      ...(await readFile(join(ROOT, document), 'utf8')).matchAll(/^ *```ts\n(.*?)^ *```$/gms),
    ];
    t.equal(blocks.length, files.length, 'every example is known by a file name');
    // Inside the workspace, so that packages are found by name.
    const folder = join(
      ROOT,
      'examples/server/dist-test/documents',
      document.replaceAll(/\W/g, '-'),
    );
    await mkdir(folder, { recursive: true });
    for (const [index, file] of files.entries())
      await writeFile(join(folder, file), blocks[index]?.[1] ?? '');
    for (const [file, text] of Object.entries(OTHER_FILES))
      await writeFile(join(folder, file), text);
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      'node',
    ];
    const problems = await promisify(execFile)(process.execPath, [COMPILER, ...options, ...files], {
      cwd: folder,
    }).then(
      () => '',
      (failed: { readonly stdout: string }) => failed.stdout,
    );
    t.equal(problems, '');
  });
}
