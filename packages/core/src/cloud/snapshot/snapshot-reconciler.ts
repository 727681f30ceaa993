import { stall } from '../../model/stall.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { keepServerSnapshot } from './server-snapshot.js';
import { SNAPSHOT_FILE, snapshot, TAKEN_PART } from './snapshot.js';
import { keepVolumeSnapshot } from './volume-snapshot.js';

/** What snapshots are kept by. */
export interface SnapshotDrivers {
  readonly compute: Pick<ComputeDriver, 'name' | 'snapshots'>;
  readonly storage: Pick<StorageDriver, 'name' | 'snapshots'>;
}

/** Takes a snapshot of a server or has one of a volume taken, once, and keeps it. */
export function snapshotReconciler({
  compute,
  storage,
}: SnapshotDrivers): Reconciler<typeof snapshot> {
  return {
    type: snapshot,
    reconcile: async (pass) => {
      if (typeof pass.resource.spec.volumeId === 'string') {
        return storage.snapshots === undefined
          ? withoutDriver(pass, SNAPSHOT_FILE, storage.name)
          : keepVolumeSnapshot(pass, storage.snapshots);
      }
      return compute.snapshots === undefined
        ? withoutDriver(pass, TAKEN_PART, compute.name)
        : keepServerSnapshot(pass, compute.snapshots);
    },
  };
}

function withoutDriver(
  { resource: { deleteRequestedAt, parts } }: Pass<typeof snapshot>,
  part: string,
  driver: string,
): Outcome {
  if (deleteRequestedAt !== null && parts[part] === undefined) return { kind: 'gone' };
  return stall('InvalidDesired', `${driver} takes no snapshots`, { code: 'NoSnapshots' });
}
