import {
  asUuid,
  type Driver,
  type ObjectKey,
  type VolumeActual,
  type VolumeDesired,
} from '@gdcloud/core';
import { VolumeContents } from '../content/volume-contents.js';
import { guarded } from '../files/guarded.js';
import { LongJobs } from '../jobs/long-jobs.js';
import { readVolumeState } from '../share/records/read-records.js';
import { demandShare, prepareShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { demandNewest } from '../steps/decide-step.js';
import { VolumeJoins } from '../upkeep/join-volume.js';
import { type UpkeepSettings, upkeepSettings } from '../upkeep/upkeep-settings.js';
import { newDifferencingVhd, newDynamicVhd } from '../vhd/new-vhd.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { changeVolume } from './change-volume.js';
import { createDisk } from './create-disk.js';
import { deleteVolume } from './delete-volume.js';
import { foreseenDisk } from './foreseen-disk.js';
import { listDisks } from './list-disks.js';
import { recordedBefore } from './observe-disk.js';
import { observeVolume } from './observe-volume.js';
import { type Origin, originOf } from './origin.js';
import { quarantineDisk } from './quarantine-disk.js';
import { takeArrived } from './take-arrived.js';
import { volumeChanges } from './volume-changes.js';

/** Volumes: thin VHDs, empty or reading from an image or a snapshot what was not written yet. */
export function volumesOf(
  share: Share,
  settings: UpkeepSettings = upkeepSettings(),
  jobs: LongJobs = new LongJobs(share.clock),
): Driver<VolumeDesired, VolumeActual> {
  const work = {
    joins: new VolumeJoins(share, settings),
    contents: new VolumeContents(share, jobs),
  };
  const { folder } = share.paths;
  return {
    name: `${share.name}.volumes`,
    backend: share.name,
    traits: { identity: 'chosen', fencing: 'checked', dataBearing: true },
    observe: (key, desired, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        observeVolume(share, key, desired, checkpoint),
      ),
    create: (key, desired, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        checkedVirtualBytes(desired.sizeBytes);
        await prepareShare(share, recordedBefore(key), checkpoint);
        const { origin: from } = desired;
        if (from !== undefined && 'volume' in from)
          return await takeArrived(share, key, from, checkpoint);
        const origin = await foundOrigin(share, desired);
        const content = newVolume(share, key, desired, origin);
        const disk = { kind: 'volume', content, demand: origin?.demand } as const;
        return await createDisk(share, key, disk, call, checkpoint);
      }),
    update: (key, desired, change, call) =>
      guarded(call.signal, 'change', folder, (checkpoint) =>
        changeVolume(share, key, desired, change, call, work, checkpoint),
      ),
    delete: (key, call) =>
      guarded(call.signal, 'change', folder, async (checkpoint) => {
        await jobs.drop(key.uuid);
        return deleteVolume(share, key, call, checkpoint);
      }),
    foresee: (desired, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        const { virtualBytes, physicalBytes } = foreseenDisk(desired.sizeBytes);
        const origin = await foundOrigin(share, desired);
        const now = {
          virtualBytes,
          use: 'attached',
          restores: 0,
          contents: 0,
          taken: new Set<never>(),
        } as const;
        const changes = volumeChanges(now, desired);
        const parent = parentAfter(desired, origin);
        const restores = desired.use === 'free' ? desired.restore?.count : undefined;
        const contents = desired.use === 'free' ? desired.content?.count : undefined;
        return {
          changes,
          actual: {
            virtualBytes,
            physicalBytes,
            ...(parent === undefined ? {} : { parent: asUuid(parent) }),
            ...(restores === undefined || restores === 0 ? {} : { restores }),
            ...(contents === undefined || contents === 0 ? {} : { contents }),
          },
        };
      }),
    quarantine: (key, { signal, fence }) =>
      guarded(signal, 'change', folder, async (checkpoint) => {
        // Before anything of it is believed.
        await demandShare(share, recordedBefore(key));
        const state = await readVolumeState(share, key.uuid);
        demandNewest(`${folder}/${diskFileName(key.uuid)}`, state, fence);
        return await quarantineDisk(share, key, checkpoint);
      }),
    list: (cursor, { signal }) =>
      guarded(signal, 'read', folder, (checkpoint) =>
        listDisks(share, 'volume', cursor, checkpoint),
      ),
  };
}

async function foundOrigin(
  share: Share,
  { origin, sizeBytes }: VolumeDesired,
): Promise<Origin | undefined> {
  // What has arrived is a volume by itself, and reads from nothing.
  if (origin === undefined || 'volume' in origin) return undefined;
  return originOf(share, origin, sizeBytes);
}

function newVolume(
  share: Share,
  { uuid }: ObjectKey,
  { sizeBytes }: VolumeDesired,
  origin: Origin | undefined,
): ReturnType<typeof newDynamicVhd> {
  const description = {
    uuid,
    virtualBytes: sizeBytes,
    createdMs: share.clock.now(),
    visibility: 'visible',
  } as const;
  return origin === undefined
    ? newDynamicVhd(description)
    : newDifferencingVhd(description, origin.reference);
}

// Of the file as it is once all changes are made: each of them puts another one below.
function parentAfter(desired: VolumeDesired, origin: Origin | undefined): string | undefined {
  const { use, restore, snapshots, content } = desired;
  if (use === 'free' && content !== undefined && content.count > 0) return undefined;
  if (use === 'free' && restore !== undefined && restore.count > 0) return restore.snapshot;
  return (use === 'free' ? snapshots?.at(-1) : undefined) ?? origin?.reference.uuid;
}
