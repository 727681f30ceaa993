import type { Accepted, ObjectKey, ResourceUuid } from '@gdcloud/core';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { linkOnce } from '../files/link-once.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { readSnapshotRecord } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { settleTaking } from '../steps/settle-taking.js';
import { sweepJoins } from '../upkeep/joiner.js';
import { firstReader } from './first-reader.js';
import { recordedBefore } from './observe-disk.js';

/**
 * Removes a snapshot. Its file goes where nothing reads from it; else it is retired: absent, and there for its readers
 * until upkeep joins or removes it. Nothing there is success.
 */
export async function deleteSnapshot(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  const verdict = await demandShare(share, recordedBefore(key));
  if (verdict.kind === 'firstUse') return { settled: true };
  await settleTaking(share, key.uuid, checkpoint);
  const record = `${paths.snapshotFolder}/${key.uuid}`;
  const retired = `${paths.retiredFolder}/${key.uuid}`;
  if ((await readSnapshotRecord(share, key.uuid)) !== undefined) {
    // From here on nobody makes a child of it, or whoever did is found.
    await linkOnce(files, record, retired);
    await files.syncFolder(paths.retiredFolder);
    checkpoint();
    if ((await firstReader(share, key.uuid, checkpoint)) === undefined) {
      await removeBase(share, key.uuid);
    }
    // Last: as long as it is there, so is the snapshot, and its removal is tried again.
    await unlinkIfThere(files, record);
  }
  // Also when it was gone: the process that removed it may have died before its own sync.
  await syncIfThere(files, paths.snapshotFolder);
  return { settled: true };
}

/** Removes a base that nothing reads from: its file, and then the record that says that it is to go. Durable. */
export async function removeBase(share: Share, base: ResourceUuid): Promise<void> {
  const { files, paths } = share;
  const path = `${paths.folder}/${diskFileName(base)}`;
  await unlinkIfThere(files, path);
  // A paused joiner then finds nothing to publish; what one published just before goes too.
  await sweepJoins(share, base);
  await unlinkIfThere(files, path);
  await files.syncFolder(paths.folder);
  await unlinkIfThere(files, `${paths.retiredFolder}/${base}`);
  await files.syncFolder(paths.retiredFolder);
}
