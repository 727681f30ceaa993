import { type Accepted, DriverFailure, type ObjectKey } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { FileSystem } from '../files/file-system.js';
import type { Checkpoint } from '../files/guarded.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { demandChildless } from './delete-disk.js';
import { nameTaken, notADisk } from './disk-failures.js';
import { diskExternalId, recordedBefore } from './observe-disk.js';
import { readDisk } from './read-disk.js';

/**
 * Moves a disk's file into the quarantine folder of the share, where no hypervisor looks. Nothing there is success. A
 * file that is not ours, or that another file reads from, stays where it is.
 */
export async function quarantineDisk(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  await demandShare(share, recordedBefore(key));
  const name = diskFileName(key.uuid);
  const path = `${paths.folder}/${name}`;
  const disk = await readDisk(files, path);
  if (disk === undefined) return { external: diskExternalId(key.uuid), settled: true };
  if (disk.head.footer.uuid !== key.uuid) throw nameTaken(path, disk.head.footer.uuid);
  await demandChildless(share, key.uuid, checkpoint);
  checkpoint();
  // Durable before anything is moved into it, or a loss of power would take all of that with it.
  await files.makeFolder(paths.quarantineFolder);
  await files.syncFolder(paths.ownFolder);
  await moveFile(files, { name, from: paths.folder, to: paths.quarantineFolder }, checkpoint);
  return { external: diskExternalId(key.uuid), settled: true };
}

/** Brings a disk back from quarantine: some resource claims it again. */
export async function releaseDisk(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  await demandShare(share, recordedBefore(key));
  const name = diskFileName(key.uuid);
  const path = `${paths.quarantineFolder}/${name}`;
  const status = await files.status(path);
  if (status !== undefined && status.kind !== 'file') throw notADisk(path, status.kind);
  await moveFile(files, { name, from: paths.quarantineFolder, to: paths.folder }, checkpoint);
  return { external: diskExternalId(key.uuid), settled: true };
}

// By a second name first, so that a crash at any point leaves one name or two, and never none.
async function moveFile(
  files: FileSystem,
  { name, from, to }: { readonly name: string; readonly from: string; readonly to: string },
  checkpoint: Checkpoint,
): Promise<void> {
  const [before, after] = [`${from}/${name}`, `${to}/${name}`];
  try {
    await files.link(before, after);
  } catch (thrown) {
    // Gone: an earlier try has moved it.
    if (errnoName(thrown) === 'ENOENT') return;
    if (errnoName(thrown) !== 'EEXIST') throw thrown;
    const [one, other] = [await files.status(before), await files.status(after)];
    if (one === undefined) return;
    if (one.identity !== other?.identity) throw occupied(after);
  }
  await files.syncFolder(to);
  checkpoint();
  await unlinkIfThere(files, before);
  await files.syncFolder(from);
}

function occupied(path: string): DriverFailure {
  return new DriverFailure('rejected', 'QuarantineOccupied', `${path} exists and is another file`, {
    remedy: `Look which of the two files is the right one, and move the other away.`,
  });
}
