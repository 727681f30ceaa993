import type {
  ObjectKey,
  Observation,
  VolumeSnapshotActual,
  VolumeSnapshotDesired,
} from '@gdcloud/core';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { readRetiredRecord, readSnapshotRecord } from '../share/records/read-records.js';
import { attemptFiles } from '../share/records/step-files.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { attemptsOn } from '../steps/sweep-attempts.js';
import { diskExternalId, PUBLISHED, recordedBefore } from './observe-disk.js';
import { diskFileActual, readDisk } from './read-disk.js';

/**
 * Looks at a snapshot: present once its volume has taken it and its file is there. One that is to go is present as long as
 * it has a record, or something was prepared for it, and absent only once a loss of power can't bring it back.
 */
export async function observeSnapshot(
  share: Share,
  key: ObjectKey,
  desired: VolumeSnapshotDesired | undefined,
  checkpoint: Checkpoint,
): Promise<Observation<VolumeSnapshotActual>> {
  const { files, paths } = share;
  const external = diskExternalId(key.uuid);
  const verdict = await demandShare(share, recordedBefore(key));
  if (verdict.kind === 'firstUse') return { presence: 'absent' };
  const record = await readSnapshotRecord(share, key.uuid);
  checkpoint();
  const disk = await readDisk(files, `${paths.folder}/${diskFileName(key.uuid)}`);
  const takenAt = record?.step.takenAt ?? 0;
  if (desired === undefined) {
    if (record === undefined && !(await isPrepared(share, key))) {
      await syncIfThere(files, paths.snapshotFolder);
      await syncIfThere(files, paths.temporaryFolder);
      await demandShare(share, recordedBefore(key));
      return { presence: 'absent' };
    }
    const left = disk === undefined ? { virtualBytes: 0, physicalBytes: 0 } : diskFileActual(disk);
    return { presence: 'present', external, actual: { ...left, takenAt }, changes: [] };
  }
  checkpoint();
  const retired = await readRetiredRecord(share, key.uuid);
  if (record === undefined || retired !== undefined || disk === undefined) {
    await demandShare(share, recordedBefore(key));
    return { presence: 'absent' };
  }
  // Its volume may be on the way to finish: then its name may not be durable yet.
  const { todo } = attemptFiles(paths, {
    volume: record.volume,
    why: 'snapshot',
    subject: key.uuid,
    attempt: record.attempt,
  });
  const unfinished = (await files.status(todo)) !== undefined;
  if (unfinished) {
    // Whoever is told that it is there writes that down: a loss of power must not take it back from then on.
    await files.syncFolder(paths.folder);
    await files.syncFolder(paths.snapshotFolder);
  }
  return {
    presence: 'present',
    external,
    actual: { ...diskFileActual(disk), takenAt },
    changes: unfinished ? [{ field: PUBLISHED, desired: true, actual: false }] : [],
  };
}

/** Whether something was prepared to take the snapshot. */
async function isPrepared(share: Share, { uuid }: ObjectKey): Promise<boolean> {
  const attempts = await attemptsOn(
    share,
    ({ why, subject }) => why === 'snapshot' && subject === uuid,
  );
  return attempts.length > 0;
}
