import { dirname } from 'node:path';
import { errnoName } from './errno.js';
import type { FileSystem } from './file-system.js';

/** The folder itself, or the nearest one above it that is there. */
export async function nearestFolder(files: FileSystem, path: string): Promise<string> {
  let place = path;
  while (place !== dirname(place) && (await files.status(place)) === undefined) {
    place = dirname(place);
  }
  return place;
}

/**
 * Makes a folder and those above it so that they survive a loss of power. One at a time from above, each synced before
 * the next is made, so that after a crash only the lowest that is there may still be unsynced.
 */
export async function makeFolderDurably(files: FileSystem, path: string): Promise<void> {
  const nearest = await nearestFolder(files, path);
  await syncIfReadable(files, dirname(nearest));
  const missing: string[] = [];
  for (let place = path; place !== nearest; place = dirname(place)) missing.unshift(place);
  for (const folder of missing) {
    await files.makeFolder(folder);
    await files.syncFolder(dirname(folder));
  }
}

/** Makes the names in a folder durable; where it is not there, there are none. */
export async function syncIfThere(files: FileSystem, folder: string): Promise<void> {
  try {
    await files.syncFolder(folder);
  } catch (thrown) {
    if (errnoName(thrown) !== 'ENOENT') throw thrown;
  }
}

// A folder that this process may not read is none that it has made something in.
async function syncIfReadable(files: FileSystem, folder: string): Promise<void> {
  try {
    await files.syncFolder(folder);
  } catch (thrown) {
    if (errnoName(thrown) !== 'EACCES') throw thrown;
  }
}
