import type { Fence, ObjectKey } from '@gdcloud/core';
import { type RecordFolder, readRecord } from './record-folder.js';
import { superseded } from './record-refusals.js';

/** Throws `rejected` where a newer caller than `fence` has written the record of a key, or removed it. */
export async function demandNoNewer(
  kept: RecordFolder,
  key: ObjectKey,
  fence: Fence,
): Promise<void> {
  const found = await readRecord(kept, key);
  const isOurs =
    found.kind === 'record' && found.record.state === 'followed' && found.record.fence <= fence;
  if (!isOurs) throw superseded();
}

/**
 * Throws `rejected` where the record of a key is followed again, or a newer caller's than `fence`, since it was taken out of
 * use.
 */
export async function demandOutOfUse(
  kept: RecordFolder,
  key: ObjectKey,
  fence: Fence,
): Promise<void> {
  const found = await readRecord(kept, key);
  if (found.kind !== 'record') return;
  if (found.record.state === 'followed' || found.record.fence > fence) throw superseded();
}
