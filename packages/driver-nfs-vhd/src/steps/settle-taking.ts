import type { ResourceUuid } from '@gdcloud/core';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { isCopy, readSnapshotRecord, readVolumeState } from '../share/records/read-records.js';
import type { Share } from '../share/share.js';
import { finishCopy } from './finish-copy.js';
import { finishStep } from './finish-step.js';
import { attemptsOn, sweepAttempts } from './sweep-attempts.js';

/**
 * Does what was decided of a snapshot, and undoes what was only prepared for it; durably, so that no loss of power brings
 * it back once the snapshot is removed.
 */
export async function settleTaking(
  share: Share,
  snapshot: ResourceUuid,
  checkpoint: Checkpoint,
): Promise<void> {
  const isOfIt = ({ why, subject }: { readonly why: string; readonly subject: string }): boolean =>
    why === 'snapshot' && subject === snapshot;
  for (const { volume, attempt } of await attemptsOn(share, isOfIt)) {
    const { record } = await readVolumeState(share, volume);
    if (record?.attempt === attempt) await finishStep(share, record, checkpoint);
    else await sweepAttempts(share, volume, isOfIt);
  }
  const record = await readSnapshotRecord(share, snapshot);
  if (record !== undefined && isCopy(record)) await finishCopy(share, record, checkpoint);
  await syncIfThere(share.files, share.paths.temporaryFolder);
}
