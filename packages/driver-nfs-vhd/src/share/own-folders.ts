import { errnoName } from '../files/errno.js';
import type { FileSystem, FolderEntry } from '../files/file-system.js';
import { folderIfThere, notAFolder } from '../files/names-if-there.js';
import { foldersIn, type SharePaths } from './share-paths.js';

/**
 * Fails `NotAFolder` where something else has the name of a folder of ours: a symbolic link there would lead out of the share,
 * with all that we read, make and remove. Every operation begins with this look; a mount with `nosymfollow` holds as well
 * against links that are put there later.
 */
export async function demandOwnFolders(files: FileSystem, paths: SharePaths): Promise<void> {
  if ((await folderIfThere(files, paths.ownFolder)) === undefined) return;
  const folders = new Set(foldersIn(paths));
  for (const { name, kind } of await entriesIfThere(files, paths.ownFolder)) {
    const path = `${paths.ownFolder}/${name}`;
    if (kind !== 'folder' && folders.has(path)) throw notAFolder(path);
  }
}

async function entriesIfThere(files: FileSystem, folder: string): Promise<readonly FolderEntry[]> {
  try {
    return await files.entries(folder);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
