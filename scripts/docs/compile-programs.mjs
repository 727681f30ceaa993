// Compiles programs of documents as their readers would: strictly, with packages found by name, and by no settings of ours.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../workspace.mjs';

const COMPILER = join(root, 'node_modules/@typescript/native/bin/tsc');
const OPTIONS = [
  '--ignoreConfig',
  '--strict',
  '--skipLibCheck',
  '--target',
  'es2022',
  '--module',
  'nodenext',
  '--types',
  'node',
];

/** Compiles these files of a folder inside the workspace, together, and returns what is wrong with them: '' for nothing. */
export async function compilePrograms(folder, files) {
  return promisify(execFile)(process.execPath, [COMPILER, ...OPTIONS, ...files], {
    cwd: folder,
  }).then(
    () => '',
    (failed) => failed.stdout || String(failed),
  );
}
