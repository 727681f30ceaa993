import { DriverFailure } from '@gdcloud/core';
import { errnoName } from './errno.js';
import type { FileSystem } from './file-system.js';

/**
 * Names in a folder of ours; none where it is not there. Fails `NotAFolder` where something else is: a symbolic link
 * that somebody has put there would lead out of the share.
 */
export async function namesIfThere(files: FileSystem, folder: string): Promise<readonly string[]> {
  if ((await folderIfThere(files, folder)) === undefined) return [];
  try {
    return await files.names(folder);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** `folder` when it is one; absent where nothing is. Fails `NotAFolder` where something else is. */
export async function folderIfThere(
  files: FileSystem,
  folder: string,
): Promise<string | undefined> {
  const status = await files.status(folder);
  if (status === undefined) return undefined;
  if (status.kind === 'folder') return folder;
  throw notAFolder(folder);
}

/** There is something else where a folder of ours has to be. */
export function notAFolder(path: string): DriverFailure {
  return new DriverFailure('rejected', 'NotAFolder', `${path} is not a folder`, {
    remedy: `Look what was put at ${path}, and remove it.`,
  });
}
