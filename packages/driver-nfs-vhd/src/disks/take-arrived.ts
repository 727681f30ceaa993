import type { Accepted, ArrivedVolume, ObjectKey } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { arrivedFilesOf } from '../share/arrived-files.js';
import { demandShare, type Share } from '../share/share.js';
import { arrivedName, diskFileName } from '../share/share-paths.js';
import { nameTaken, originMissing } from './disk-failures.js';
import { diskExternalId } from './observe-disk.js';
import { readDisk } from './read-disk.js';

/**
 * Makes a volume of what has come from another share: it gets a volume's name, and loses the other one once that is
 * durable. May be repeated at any point.
 */
export async function takeArrived(
  share: Share,
  key: ObjectKey,
  { move }: ArrivedVolume,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  const path = `${paths.folder}/${diskFileName(key.uuid)}`;
  const arrived = `${paths.arrivedFolder}/${arrivedName(key.uuid, move)}`;
  // Only a plain file that is this very volume gets its name.
  const found = (await readDisk(files, arrived))?.head.footer.uuid;
  if (found !== undefined && found !== key.uuid) throw nameTaken(arrived, found);
  checkpoint();
  const outcome = await linkOnce(files, arrived, path);
  if (outcome === 'taken') throw nameTaken(path, key.uuid);
  // Another has done all of it, or there was nothing.
  if (outcome === 'gone' && (await files.status(path)) === undefined) throw originMissing(arrived);
  await finishArrived(share, key);
  await demandShare(share, 'recorded');
  return { external: diskExternalId(key.uuid), settled: true };
}

/** Makes a volume's name durable that it was given by {@link takeArrived}, and takes the other one away. */
export async function finishArrived(
  share: Share,
  { uuid }: Pick<ObjectKey, 'uuid'>,
): Promise<void> {
  const { files, paths } = share;
  const arrived = await arrivedFilesOf(share, uuid);
  if (arrived.length === 0) return;
  const volume = await files.status(`${paths.folder}/${diskFileName(uuid)}`);
  await files.syncFolder(paths.folder);
  for (const { path } of arrived) {
    // Another that has come is none of its business.
    if ((await files.status(path))?.identity === volume?.identity) await unlinkIfThere(files, path);
  }
  await files.syncFolder(paths.arrivedFolder);
}
