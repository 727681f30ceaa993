import { errnoName } from './errno.js';
import type { FileSystem, OpenFile } from './file-system.js';

/** Opens a file for reading; absent when nothing has its name. Otherwise as {@link FileSystem.open}. */
export async function openIfThere(files: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await files.open(path);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
