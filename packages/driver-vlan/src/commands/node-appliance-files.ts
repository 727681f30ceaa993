import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ApplianceFiles } from './command-runner.js';

/** This machine's files. They need not survive a loss of power: the namespaces don't either. */
export const nodeApplianceFiles: ApplianceFiles = {
  read: (path) => unlessMissing(() => readFile(path, 'utf8')),
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = temporaryOf(path);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  },
  async remove(path) {
    // Who died while writing has left it, secrets and all.
    await rm(temporaryOf(path), { force: true });
    await rm(path, { recursive: true, force: true });
  },
  list: async (folder) => (await unlessMissing(() => readdir(folder))) ?? [],
};

// A dot-file: dnsmasq, which watches its folder, takes no notice of it.
function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`);
}

async function unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    // ESRCH: of a process that has ended since its file was opened.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw thrown;
  }
}
