import { errnoName } from './errno.js';
import type { FileSystem } from './file-system.js';

/**
 * Names in a folder; none where it is not there. What NFS keeps for a process that has a removed file open (`.nfs…`) is
 * left out: it is nobody's, and goes by itself.
 */
export async function namesIfThere(files: FileSystem, folder: string): Promise<readonly string[]> {
  try {
    return (await files.names(folder)).filter((name) => !name.startsWith('.nfs'));
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
