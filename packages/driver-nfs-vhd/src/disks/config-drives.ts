import {
  type ConfigDriveDesired,
  type DiskFileActual,
  type Driver,
  DriverFailure,
} from '@gdcloud/core';
import { guarded } from '../files/guarded.js';
import { prepareShare, type Share } from '../share/share.js';
import { newDynamicVhdWithBlocks } from '../vhd/new-vhd.js';
import { configDriveContent } from './config-drive-content.js';
import { createDisk, finishDisk } from './create-disk.js';
import { deleteDisk } from './delete-disk.js';
import { foreseenDisk } from './foreseen-disk.js';
import { listDisks } from './list-disks.js';
import { observeDisk, PUBLISHED, QUARANTINED, recordedBefore } from './observe-disk.js';
import { quarantineDisk, releaseDisk } from './quarantine-disk.js';

/**
 * Config drives: ISO 9660 images as small VHDs, because that is what the repository of a hypervisor shows. Published
 * like images, and like them never written again, nor made anew by themselves when they are lost: a name that says no
 * epoch could not tell a new one from an old.
 */
export function configDrivesOf(share: Share): Driver<ConfigDriveDesired, DiskFileActual> {
  const { folder } = share.paths;
  return {
    name: `${share.name}.configdrives`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'none', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeDisk(share, key, desired === undefined ? undefined : 'any', checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        const { virtualBytes, blocks } = configDriveContent(desired);
        const description = {
          uuid: key.uuid,
          virtualBytes,
          createdMs: share.clock.now(),
          visibility: 'visible',
        } as const;
        const content = newDynamicVhdWithBlocks(description, blocks);
        await prepareShare(share, recordedBefore(key), checkpoint);
        return await createDisk(share, key, { kind: 'configdrive', content }, call, checkpoint);
      }),
    update: (key, _desired, { field }, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => {
        if (field === QUARANTINED) return releaseDisk(share, key, checkpoint);
        if (field === PUBLISHED) return finishDisk(share, key, checkpoint);
        throw new DriverFailure('invalid', 'ConfigDriveIsFixed', 'a config drive never changes', {
          remedy: 'Make a new server.',
        });
      }),
    delete: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) =>
        deleteDisk(share, key, 'configdrive', checkpoint),
      ),
    foresee: (desired, { signal }) =>
      guarded(signal, 'read', folder, async () => ({
        changes: [],
        actual: foreseenDisk(configDriveContent(desired).virtualBytes),
      })),
    quarantine: (key, { signal }) =>
      guarded(signal, 'change', folder, (checkpoint) => quarantineDisk(share, key, checkpoint)),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        listDisks(share, 'configdrive', cursor, checkpoint),
      ),
  };
}
