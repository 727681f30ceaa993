import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ProgramName } from './command-runner.js';

/** Where programs of the system are; PATH is the user's to change, and these run as root. */
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** The absolute path of each program that is there. */
export type ProgramPaths = ReadonlyMap<ProgramName, string>;

/** Looks for `programs` in the system's folders, once, at the start. */
export async function findPrograms(programs: readonly ProgramName[]): Promise<ProgramPaths> {
  const found = new Map<ProgramName, string>();
  for (const program of programs) {
    const path = await firstExecutable(FOLDERS.map((folder) => `${folder}/${program}`));
    if (path !== undefined) found.set(program, path);
  }
  return found;
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {}
  }
  return undefined;
}
