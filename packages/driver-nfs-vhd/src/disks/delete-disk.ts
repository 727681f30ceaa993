import type { Accepted, ObjectKey, ResourceUuid } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { demandShare, type Share } from '../share/share.js';
import { type DiskKind, diskFileName } from '../share/share-paths.js';
import { imageInUse, notADisk } from './disk-failures.js';
import { firstReader } from './first-reader.js';
import { leftoversOf, recordedBefore, removeFromQuarantine, syncRemoval } from './observe-disk.js';

/**
 * Removes a disk's file and what is half written of it. Nothing there is success. An image that another file reads
 * from is `ImageInUse`.
 */
export async function deleteDisk(
  share: Share,
  key: ObjectKey,
  kind: DiskKind,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  const verdict = await demandShare(share, recordedBefore(key));
  if (verdict.kind === 'firstUse') return { settled: true };

  // First what is half written: a paused writer then finds nothing to publish after the disk has gone.
  for (const leftover of await leftoversOf(share, key.uuid)) {
    await unlinkIfThere(files, `${paths.temporaryFolder}/${leftover}`);
  }
  const path = `${paths.folder}/${diskFileName(key.uuid)}`;
  const status = await files.status(path);
  if (status !== undefined && status.kind !== 'file') throw notADisk(path, status.kind);
  if (status !== undefined && kind === 'image') await demandChildless(share, key.uuid, checkpoint);
  checkpoint();
  if (status !== undefined) await unlinkIfThere(files, path);
  await removeFromQuarantine(share, key.uuid);
  // Also when it was gone: the process that removed it may have died before its own sync.
  await syncRemoval(share);
  return { settled: true };
}

/** Throws `ImageInUse` when another file on the share reads from the disk, or may. */
export async function demandChildless(
  share: Share,
  parent: ResourceUuid,
  checkpoint: Checkpoint,
): Promise<void> {
  const reader = await firstReader(share, parent, checkpoint);
  if (reader !== undefined) throw imageInUse(diskFileName(parent), reader);
}
