import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { StorageDriver } from '../../ports/drivers/storage.js';
import type { Reconciler } from '../../ports/reconciler.js';
import { keepServerSnapshot } from './server-snapshot.js';
import { snapshot, TAKEN_PART } from './snapshot.js';
import { keepVolumeSnapshot } from './volume-snapshot.js';
import { withoutSnapshots } from './without-snapshots.js';

/** What snapshots are kept by. */
export interface SnapshotDrivers {
  readonly compute: Pick<ComputeDriver, 'name' | 'snapshots'>;
  readonly storage: StorageDriver;
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
        return keepVolumeSnapshot(pass, storage, compute);
      }
      return compute.snapshots === undefined
        ? withoutSnapshots(pass, TAKEN_PART, compute.name)
        : keepServerSnapshot(pass, compute.snapshots);
    },
  };
}
