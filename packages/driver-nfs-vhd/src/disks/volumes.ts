import {
  asUuid,
  type DiskFileActual,
  type Driver,
  DriverFailure,
  type ObjectKey,
  type ResourceUuid,
  type VolumeDesired,
  type VolumeOrigin,
} from '@gdcloud/core';
import { guarded } from '../files/guarded.js';
import { prepareShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { type NewVhd, newDifferencingVhd, newDynamicVhd } from '../vhd/new-vhd.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { createDisk, finishDisk } from './create-disk.js';
import { deleteDisk } from './delete-disk.js';
import { originMissing, originNotAnImage, sizeIsFixed } from './disk-failures.js';
import { foreseenDisk } from './foreseen-disk.js';
import { listDisks } from './list-disks.js';
import { observeDisk, PUBLISHED, QUARANTINED, recordedBefore } from './observe-disk.js';
import { quarantineDisk, releaseDisk } from './quarantine-disk.js';
import { readDisk } from './read-disk.js';

/** Volumes: thin VHDs, empty or reading from an image what was not written yet. */
export function volumesOf(share: Share): Driver<VolumeDesired, DiskFileActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.volumes`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeDisk(share, key, desired?.sizeBytes, checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        checkedVirtualBytes(desired.sizeBytes);
        await prepareShare(share, recordedBefore(key), checkpoint);
        const content = await newVolume(share, key, desired);
        return await createDisk(share, key, { kind: 'volume', content }, call, checkpoint);
      }),
    update: async (key, desired, change, { signal }) => {
      if (change.field === QUARANTINED) {
        return guarded(signal, 'change', folder, (checkpoint) =>
          releaseDisk(share, key, checkpoint),
        );
      }
      if (change.field === PUBLISHED) {
        return guarded(signal, 'change', folder, (checkpoint) =>
          finishDisk(share, key, checkpoint),
        );
      }
      throw typeof change.actual === 'number' && desired.sizeBytes < change.actual
        ? sizeIsFixed(
            'ShrinkNotSupported',
            'a volume never shrinks',
            'Ask for at least the size it has.',
          )
        : sizeIsFixed(
            'GrowNotSupported',
            'a volume can not grow yet',
            'Make a bigger volume and copy the data.',
          );
    },
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) =>
        deleteDisk(share, key, 'volume', checkpoint),
      ),
    foresee: ({ sizeBytes, origin }, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        const actual = foreseenDisk(sizeBytes);
        if (origin === undefined) return { changes: [], actual };
        const { uuid } = await originOf(share, fileOfOrigin(origin), sizeBytes);
        return { changes: [], actual: { ...actual, parent: asUuid(uuid) } };
      }),
    quarantine: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => quarantineDisk(share, key, checkpoint)),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        listDisks(share, 'volume', cursor, checkpoint),
      ),
  };
}

async function newVolume(share: Share, key: ObjectKey, desired: VolumeDesired): Promise<NewVhd> {
  const description = {
    uuid: key.uuid,
    virtualBytes: desired.sizeBytes,
    createdMs: share.clock.now(),
    visibility: 'visible',
  } as const;
  if (desired.origin === undefined) return newDynamicVhd(description);
  return newDifferencingVhd(
    description,
    await originOf(share, fileOfOrigin(desired.origin), desired.sizeBytes),
  );
}

function fileOfOrigin(origin: VolumeOrigin): ResourceUuid {
  return 'image' in origin ? origin.image : origin.snapshot;
}

async function originOf(
  share: Share,
  image: ResourceUuid,
  sizeBytes: number,
): Promise<{ readonly uuid: string; readonly fileName: string; readonly modifiedMs: number }> {
  const fileName = diskFileName(image);
  const path = `${share.paths.folder}/${fileName}`;
  const origin = await readDisk(share.files, path);
  if (origin === undefined) throw originMissing(path);
  const { uuid, virtualBytes, visibility } = origin.head.footer;
  if (visibility !== 'hidden') throw originNotAnImage(path);
  if (virtualBytes > sizeBytes) {
    throw new DriverFailure(
      'invalid',
      'SmallerThanOrigin',
      `the image has ${virtualBytes} bytes, the volume less`,
      {
        remedy: 'Ask for a volume at least as big as its image.',
      },
    );
  }
  // The footer's uuid, not the name's: readers compare the two files' footers when they open a chain.
  return { uuid, fileName, modifiedMs: origin.status.modifiedMs };
}
