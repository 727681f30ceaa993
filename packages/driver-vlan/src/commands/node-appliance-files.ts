import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ApplianceFiles } from './command-runner.js';

/** This machine's files. They need not survive a loss of power: the namespaces don't either. */
export const nodeApplianceFiles: ApplianceFiles = {
  read: (path) => unlessMissing(() => readFile(path, 'utf8')),
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A dot-file: dnsmasq, which watches its folder, takes no notice of it.
    const temporary = join(dirname(path), `.${basename(path)}.tmp`);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  list: async (folder) => (await unlessMissing(() => readdir(folder))) ?? [],
};

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
