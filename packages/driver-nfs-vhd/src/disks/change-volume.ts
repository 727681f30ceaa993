import {
  type Accepted,
  type Change,
  type DriverCall,
  DriverFailure,
  type ObjectKey,
  type ResourceUuid,
  type VolumeDesired,
  type VolumeRestore,
} from '@gdcloud/core';
import { removeTaken } from '../content/taken-content.js';
import type { VolumeContents } from '../content/volume-contents.js';
import type { Checkpoint } from '../files/guarded.js';
import { randomUuid } from '../share/random-uuid.js';
import { readSnapshotRecord, type VolumeState } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { decideStep, demandNewest, type StepPlan, settledState } from '../steps/decide-step.js';
import { baseNameTaken } from '../steps/step-failures.js';
import { sweepAttempts } from '../steps/sweep-attempts.js';
import type { VolumeJoins } from '../upkeep/join-volume.js';
import {
  type NewVhd,
  newDifferencingVhd,
  newDynamicVhd,
  type VhdDescription,
} from '../vhd/new-vhd.js';
import type { SparseVhd } from '../vhd/open-vhd.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { demandRoomInChain } from './chain-depth.js';
import { finishDisk } from './create-disk.js';
import { corruptDisk, originMissing, sizeIsFixed, snapshotOfAnother } from './disk-failures.js';
import { diskExternalId, PUBLISHED, QUARANTINED, recordedBefore } from './observe-disk.js';
import { snapshotOf } from './origin.js';
import { releaseDisk } from './quarantine-disk.js';
import { readSoundDisk, type SoundDisk } from './read-disk.js';
import { finishArrived } from './take-arrived.js';
import {
  CHAIN,
  CONTENTS,
  LEAVING,
  RESTORES,
  SIZE,
  snapshotOfChange,
  USE,
} from './volume-changes.js';

/** What takes more than one call. */
export interface VolumeWork {
  readonly joins: VolumeJoins;
  readonly contents: VolumeContents;
}

/** Makes one of the changes that `observeVolume` lists. */
export async function changeVolume(
  share: Share,
  key: ObjectKey,
  desired: VolumeDesired,
  change: Change,
  call: DriverCall,
  { joins, contents }: VolumeWork,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  if (change.field === QUARANTINED) return releaseDisk(share, key, checkpoint);
  await demandShare(share, recordedBefore(key));
  const state = await settledState(share, key.uuid, checkpoint);
  demandNewest(pathOf(share, key.uuid), state, call.fence);
  if (change.field === PUBLISHED) {
    await sweepAttempts(share, key.uuid);
    await finishArrived(share, key);
    await removeTaken(share, state.record);
    return finishDisk(share, key, checkpoint, 'volume');
  }
  if (change.field === CHAIN) return joins.step(key.uuid, state, call, checkpoint);
  if (change.field === CONTENTS && desired.content !== undefined)
    return contents.step(key.uuid, state, desired, call, checkpoint);
  const plan = await planOf(share, key.uuid, state, desired, change);
  if (plan !== undefined) {
    await decideStep(share, key.uuid, state, plan, call.fence, checkpoint);
    // Or it was written under a mount point whose share has just gone.
    await demandShare(share, 'recorded');
  }
  return { external: diskExternalId(key.uuid), settled: true };
}

// Absent where it was done already.
async function planOf(
  share: Share,
  volume: ResourceUuid,
  state: VolumeState,
  desired: VolumeDesired,
  change: Change,
): Promise<StepPlan | undefined> {
  const snapshot = snapshotOfChange(change, desired);
  if (snapshot !== undefined) return planSnapshot(share, volume, state, snapshot);
  if (change.field === SIZE) return planGrowth(share, volume, state, desired.sizeBytes);
  if (change.field === RESTORES && desired.restore !== undefined) {
    return planRestore(share, volume, state, desired.restore);
  }
  const { restores = 0, use = 'attached', leaving } = state.record ?? {};
  const wanted = desired.use ?? 'attached';
  if (change.field === USE || change.field === LEAVING) {
    const goes = wanted === 'attached' ? desired.leaving : undefined;
    return use === wanted && leaving === goes
      ? undefined
      : { step: { kind: 'use' }, use: wanted, restores, leaving: goes };
  }
  throw new DriverFailure('invalid', 'UnknownChange', `a volume has no ${change.field}`, {
    remedy: 'Report it: a change was asked for that was never listed.',
  });
}

async function planSnapshot(
  share: Share,
  volume: ResourceUuid,
  { record }: VolumeState,
  snapshot: ResourceUuid,
): Promise<StepPlan | undefined> {
  const { files, paths } = share;
  if (record?.step.kind === 'branch' && record.step.base === snapshot) return undefined;
  for (const folder of [paths.snapshotFolder, paths.retiredFolder]) {
    if ((await files.status(`${folder}/${snapshot}`)) !== undefined) return undefined;
  }
  const path = pathOf(share, snapshot);
  if ((await files.status(path)) !== undefined) throw baseNameTaken(path);
  const disk = await soundVolume(share, volume);
  return branch(share, volume, record?.restores ?? 0, disk, {
    why: 'snapshot',
    base: snapshot,
    virtualBytes: disk.vhd.virtualBytes,
  });
}

/**
 * A larger file takes the place of the volume's: one that reads from it, or, where it holds nothing, from what it read
 * from. Footers are never written in place: a process that was paused before it does would, once it wakes up, write
 * into the data of a disk that is in use.
 */
async function planGrowth(
  share: Share,
  volume: ResourceUuid,
  { record }: VolumeState,
  sizeBytes: number,
): Promise<StepPlan | undefined> {
  const virtualBytes = checkedVirtualBytes(sizeBytes);
  const disk = await soundVolume(share, volume);
  if (virtualBytes === disk.vhd.virtualBytes) return undefined;
  if (virtualBytes < disk.vhd.virtualBytes) {
    throw sizeIsFixed(
      'ShrinkNotSupported',
      'a volume never shrinks',
      'Ask for at least the size it has.',
    );
  }
  const restores = record?.restores ?? 0;
  if (disk.vhd.allocatedBlocks > 0) {
    return branch(share, volume, restores, disk, {
      why: 'grow',
      base: randomUuid(share.random),
      virtualBytes,
    });
  }
  const description = describe(share, volume, virtualBytes);
  const { parent } = disk.vhd.header;
  return {
    step: { kind: 'replace', why: 'grow' },
    use: 'free',
    restores,
    child:
      parent === undefined ? newDynamicVhd(description) : newDifferencingVhd(description, parent),
  };
}

async function planRestore(
  share: Share,
  volume: ResourceUuid,
  { record }: VolumeState,
  { snapshot, count }: VolumeRestore,
): Promise<StepPlan | undefined> {
  if (count <= (record?.restores ?? 0)) return undefined;
  const { reference, virtualBytes, demand } = await snapshotOf(share, snapshot);
  const taken = await readSnapshotRecord(share, snapshot);
  if (taken?.volume !== volume) throw snapshotOfAnother(pathOf(share, snapshot), volume);
  await demandRoomInChain(share, reference.fileName);
  const { vhd } = await soundVolume(share, volume);
  // It never shrinks, not even to the size it had.
  const description = describe(share, volume, Math.max(virtualBytes, vhd.virtualBytes));
  return {
    step: { kind: 'replace', why: 'restore' },
    use: 'free',
    restores: count,
    child: newDifferencingVhd(description, reference),
    demand,
  };
}

async function branch(
  share: Share,
  volume: ResourceUuid,
  restores: number,
  { status }: SoundDisk,
  {
    why,
    base,
    virtualBytes,
  }: {
    readonly why: 'snapshot' | 'grow';
    readonly base: ResourceUuid;
    readonly virtualBytes: number;
  },
): Promise<StepPlan> {
  await demandRoomInChain(share, diskFileName(volume));
  return {
    step: { kind: 'branch', why, base, takenAt: share.clock.now() },
    use: 'free',
    restores,
    child: childOf(share, volume, virtualBytes, {
      uuid: base,
      fileName: diskFileName(base),
      modifiedMs: status.modifiedMs,
    }),
  };
}

function childOf(
  share: Share,
  volume: ResourceUuid,
  virtualBytes: number,
  parent: Parameters<typeof newDifferencingVhd>[1],
): NewVhd {
  return newDifferencingVhd(describe(share, volume, virtualBytes), parent);
}

function describe(share: Share, uuid: ResourceUuid, virtualBytes: number): VhdDescription {
  return { uuid, virtualBytes, createdMs: share.clock.now(), visibility: 'visible' };
}

// Read whole, so that nothing is decided that can't be carried out.
async function soundVolume(
  share: Share,
  volume: ResourceUuid,
): Promise<SoundDisk & { readonly vhd: SparseVhd }> {
  const path = pathOf(share, volume);
  const disk = await readSoundDisk(share.files, path);
  if (disk === undefined) throw originMissing(path);
  const { vhd, status } = disk;
  if (vhd.kind === 'fixed') throw corruptDisk(path, new Error('a fixed disk'));
  return { vhd, status };
}

function pathOf({ paths }: Share, uuid: ResourceUuid): string {
  return `${paths.folder}/${diskFileName(uuid)}`;
}
