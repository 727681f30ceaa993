import type { DiskFileActual, Driver, ImageDesired } from '@gdcloud/core';
import { type Copying, copyImage } from '../copy/copy-image.js';
import { guarded } from '../files/guarded.js';
import { prepareShare, type Share } from '../share/share.js';
import { newDynamicVhdWithBlocks } from '../vhd/new-vhd.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { createDisk, finishDisk } from './create-disk.js';
import { deleteDisk } from './delete-disk.js';
import { sizeIsFixed } from './disk-failures.js';
import { foreseenDisk } from './foreseen-disk.js';
import { listDisks } from './list-disks.js';
import { observeDisk, PUBLISHED, QUARANTINED, recordedBefore } from './observe-disk.js';
import { quarantineDisk, releaseDisk } from './quarantine-disk.js';
import { standInBootSector } from './stand-in.js';

/** Images: hidden, read-only dynamic VHDs that volumes are thin copies of. */
export function imagesOf(share: Share, copying: Copying): Driver<ImageDesired, DiskFileActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.images`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeDisk(share, key, desired?.sizeBytes, checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        checkedVirtualBytes(desired.sizeBytes);
        const { source, sizeBytes } = desired;
        if (source.kind === 'copy')
          return copyImage(share, copying, { key, source, sizeBytes }, call, checkpoint);
        const bootSector = standInBootSector(source.osType, sizeBytes);
        const description = {
          uuid: key.uuid,
          virtualBytes: desired.sizeBytes,
          createdMs: share.clock.now(),
          visibility: 'hidden',
        } as const;
        const content = newDynamicVhdWithBlocks(description, new Map([[0, bootSector]]));
        await prepareShare(share, recordedBefore(key), checkpoint);
        return await createDisk(share, key, { kind: 'image', content }, call, checkpoint);
      }),
    update: async (key, _desired, change, { signal }) => {
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
      throw sizeIsFixed(
        'ImageIsFixed',
        'an image never changes its size',
        'Make a new image of the size you need.',
      );
    },
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, async (checkpoint) => {
        await copying.jobs.drop(key.uuid);
        return deleteDisk(share, key, 'image', checkpoint);
      }),
    foresee: ({ sizeBytes }, { signal }) =>
      guarded(signal, 'read', folder, async () => ({
        changes: [],
        actual: foreseenDisk(sizeBytes),
      })),
    quarantine: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => quarantineDisk(share, key, checkpoint)),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        listDisks(share, 'image', cursor, checkpoint),
      ),
  };
}
