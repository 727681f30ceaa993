import { DriverFailure, type Fence, type ObjectKey } from '@gdcloud/core';
import { type RecordFolder, readRecord } from './record-folder.js';

/** Throws `rejected` where a newer caller than `fence` has written the record of a key, or removed it. */
export async function demandNoNewer(
  kept: RecordFolder,
  key: ObjectKey,
  fence: Fence,
): Promise<void> {
  const found = await readRecord(kept, key);
  const isOurs =
    found.kind === 'record' && found.record.state === 'followed' && found.record.fence <= fence;
  if (isOurs) return;
  throw new DriverFailure(
    'rejected',
    'Superseded',
    'a newer holder of the network has changed its record',
    { remedy: 'None is needed: the newer holder goes on.' },
  );
}
