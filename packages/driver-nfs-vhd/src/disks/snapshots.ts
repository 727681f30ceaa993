import {
  type Accepted,
  asUuid,
  type Driver,
  DriverFailure,
  type ObjectKey,
  type VolumeSnapshotActual,
  type VolumeSnapshotDesired,
} from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { guarded } from '../files/guarded.js';
import { isCopy, readSnapshotRecord } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { finishCopy } from '../steps/finish-copy.js';
import { finishStep } from '../steps/finish-step.js';
import { deleteSnapshot } from './delete-snapshot.js';
import { notTaken } from './disk-failures.js';
import { listSnapshots } from './list-snapshots.js';
import { diskExternalId, PUBLISHED, recordedBefore } from './observe-disk.js';
import { observeSnapshot } from './observe-snapshot.js';
import { readDisk } from './read-disk.js';
import { snapshotOfCopy } from './snapshot-of-copy.js';

/**
 * Snapshots of volumes. Each is the file that its volume had; volumes take them, and here they are seen and removed. Those
 * of volumes that a server has are made here, of what the hypervisor has copied.
 */
export function snapshotsOf(share: Share): Driver<VolumeSnapshotDesired, VolumeSnapshotActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.snapshots`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeSnapshot(share, key, desired, checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        const seen = await observeSnapshot(share, key, desired, checkpoint);
        if (seen.presence === 'present') return { external: seen.external, settled: true };
        if (desired.copy === undefined) throw notTaken(`${folder}/${diskFileName(key.uuid)}`);
        return snapshotOfCopy(share, key, { ...desired, copy: desired.copy }, call, checkpoint);
      }),
    update: (key, _desired, { field }, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => {
        if (field === PUBLISHED) return finishTaking(share, key, checkpoint);
        throw new DriverFailure('invalid', 'SnapshotIsFixed', 'a snapshot never changes', {
          remedy: 'Take another one.',
        });
      }),
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => deleteSnapshot(share, key, checkpoint)),
    foresee: ({ volume }, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        const path = `${folder}/${diskFileName(volume)}`;
        const disk = await readDisk(share.files, path);
        if (disk === undefined) throw notTaken(path);
        const { virtualBytes } = disk.head.footer;
        const parent = disk.head.header.parent?.uuid;
        // It is the volume's file as it is, and takes what that takes.
        const { physicalBytes } = disk.status;
        const actual = { virtualBytes, physicalBytes, takenAt: share.clock.now() };
        return {
          changes: [],
          actual: parent === undefined ? actual : { ...actual, parent: asUuid(parent) },
        };
      }),
    // Hidden and never written again, it does no work and is in nobody's way: it is aside as it is.
    quarantine: () => Promise.resolve({ settled: true }),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, () => listSnapshots(share, cursor)),
  };
}

async function finishTaking(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  await demandShare(share, recordedBefore(key));
  const record = await readSnapshotRecord(share, key.uuid);
  if (record !== undefined && isCopy(record)) await finishCopy(share, record, checkpoint);
  else if (record !== undefined) await finishStep(share, record, checkpoint);
  return { external: diskExternalId(key.uuid), settled: true };
}
