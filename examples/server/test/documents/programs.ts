import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compilePrograms } from '../../../../scripts/docs/compile-programs.mjs';
import type { Program } from './cases.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

const ANY_PORT = new URL('./any-port.js', import.meta.url).href;

/** How long a program of a document may run; milliseconds. */
const RUN_MS = 60_000;

/** The folder of a document's programs. */
export function folderOf(document: string): string {
  return join(ROOT, 'examples/server/dist-test/examples', document.replaceAll(/\W/g, '-'));
}

/** Writes the programs of a document where packages are found by name, and compiles them together. Returns the folder. */
export async function compiled(
  document: string,
  programs: readonly (Program & { readonly text: string })[],
  otherFiles: Readonly<Record<string, string>>,
): Promise<{ readonly folder: string; readonly problems: string }> {
  const folder = folderOf(document);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(otherFiles)) await writeFile(join(folder, file), text);
  for (const { file, text, before = '', after = '' } of programs)
    await writeFile(join(folder, file), `${before}${text}${after}\n`);
  const files = programs.map(({ file }) => file);
  return { folder, problems: await compilePrograms(folder, files) };
}

/** Runs a compiled program to its end and returns what it printed. Throws, with that, where it fails or does not end. */
export async function ran(
  folder: string,
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [file.replace(/\.ts$/, '.js')], {
    cwd: folder,
    env: { ...process.env, ...environment },
    timeout: RUN_MS,
  });
  return stdout;
}

/** A compiled program that serves: where its API is, and its end. */
export interface ServingProgram {
  readonly url: string;
  kill(): Promise<void>;
}

/** Starts a compiled program in `home`, on a port that is free whatever it says, and resolves when it takes requests. */
export async function serving(folder: string, file: string, home: string): Promise<ServingProgram> {
  const args = ['--import', ANY_PORT, join(folder, file.replace(/\.ts$/, '.js'))];
  const child = spawn(process.execPath, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /^listening on (\d+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    void gone.then(() => reject(new Error(`${file} ended before it served: ${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/v1`,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
