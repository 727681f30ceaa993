import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { stepFiles } from '../share/records/step-files.js';
import type { CopyRecord } from '../share/records/volume-record.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { baseNameTaken } from './step-failures.js';
import { removePrepared } from './sweep-attempts.js';

/**
 * Carries out what was decided of a snapshot that is made of a hypervisor's copy, all of it or what is left. May be
 * repeated at any point and long after it was done: then it finds none of the prepared files and does nothing.
 */
export async function finishCopy(
  share: Share,
  record: CopyRecord,
  checkpoint: Checkpoint,
): Promise<void> {
  const { files, paths } = share;
  const { base, below } = record.step;
  const names = stepFiles(paths, record);
  if ((await files.status(names.todo)) === undefined) return;
  // Before anything is done of it: a loss of power must not leave what was done, and forget that it was decided.
  await files.syncFolder(paths.snapshotFolder);
  checkpoint();
  const path = `${paths.folder}/${diskFileName(base)}`;
  if ((await linkOnce(files, names.child, path)) === 'taken') throw baseNameTaken(path);
  await files.syncFolder(paths.folder);
  if (below !== undefined) {
    // Only once the snapshot is there to be seen reading from it.
    await linkOnce(files, names.todo, `${paths.retiredFolder}/${below}`);
    await files.syncFolder(paths.retiredFolder);
  }
  await removePrepared(share, names);
  await files.syncFolder(paths.temporaryFolder);
  await unlinkIfThere(files, names.todo);
}
