import type { Accepted, DriverCall, ObjectKey, ResourceUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { generationsIn, readVolumeState, recordsOf } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { demandNewest, settledState } from '../steps/decide-step.js';
import { decidedElsewhere } from '../steps/step-failures.js';
import { sweepAttempts } from '../steps/sweep-attempts.js';
import { notADisk } from './disk-failures.js';
import { leftoversOf, recordedBefore, removeFromQuarantine, syncRemoval } from './observe-disk.js';

/**
 * Removes a volume: its file, what is half written of it, what it was before, and last what was decided of it. Its
 * snapshots stay. Nothing there is success. Throws DriverFailure `Fenced` for an older holder.
 */
export async function deleteVolume(
  share: Share,
  key: ObjectKey,
  { fence }: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  const verdict = await demandShare(share, recordedBefore(key));
  if (verdict.kind === 'firstUse') return { settled: true };
  const path = `${paths.folder}/${diskFileName(key.uuid)}`;
  const state = await readVolumeState(share, key.uuid);
  demandNewest(path, state, fence);
  // A snapshot that was decided is to be whole.
  await settledState(share, key.uuid, checkpoint);
  // First what is half written: a paused writer then finds nothing to publish after the disk has gone.
  for (const leftover of await leftoversOf(share, key.uuid)) {
    await unlinkIfThere(files, `${paths.temporaryFolder}/${leftover}`);
  }
  const status = await files.status(path);
  if (status !== undefined && status.kind !== 'file') throw notADisk(path, status.kind);
  checkpoint();
  if (status !== undefined) await unlinkIfThere(files, path);
  await removeFromQuarantine(share, key.uuid);
  // After the file: who prepares something from now on finds that there is none.
  await sweepAttempts(share, key.uuid);
  // Also when it was gone: the process that removed it may have died before its own sync.
  await syncRemoval(share);
  const after = await readVolumeState(share, key.uuid);
  if (after.generation !== state.generation) throw decidedElsewhere(path);
  await forgetVolume(share, key.uuid);
  return { settled: true };
}

async function forgetVolume(share: Share, volume: ResourceUuid): Promise<void> {
  const { files, paths } = share;
  for (const name of await namesIfThere(files, paths.trashFolder)) {
    if (name.startsWith(`${volume}.`)) await unlinkIfThere(files, `${paths.trashFolder}/${name}`);
  }
  const folder = recordsOf(paths, volume);
  if ((await files.status(folder)) === undefined) return syncIfThere(files, paths.volumeFolder);
  await syncIfThere(files, paths.trashFolder);
  // The last one last: as long as there is any, it says what the volume has come to.
  for (const generation of (await generationsIn(share, volume)).toSorted((a, b) => a - b)) {
    await unlinkIfThere(files, `${folder}/${generation}`);
  }
  try {
    await files.removeFolder(folder);
  } catch (thrown) {
    // What NFS keeps in it for a while is nobody's.
    if (errnoName(thrown) !== 'ENOENT' && errnoName(thrown) !== 'ENOTEMPTY') throw thrown;
  }
  await files.syncFolder(paths.volumeFolder);
}
