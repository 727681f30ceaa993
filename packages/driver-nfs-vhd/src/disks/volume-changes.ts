import type { Change, ResourceUuid, VolumeDesired } from '@gdcloud/core';
import type { VolumeUse } from '../share/records/volume-record.js';

/** The change that says whose the file is; first where others need it to be the driver's alone. */
export const USE = 'use';
/** The change that says by which move it leaves the share, or that it does not. */
export const LEAVING = 'leaving';
/** The change that goes back to a snapshot. */
export const RESTORES = 'restores';
/** The change that gives it what was brought. */
export const CONTENTS = 'contents';
/** The change of the size. */
export const SIZE = 'sizeBytes';

/** The change that joins the file with those below it that nobody wants any more. */
export const CHAIN = 'chain';

const SNAPSHOTS = 'snapshots.';

/** What counts of a volume as it is. */
export interface VolumeNow {
  readonly virtualBytes: number;
  readonly use: VolumeUse;
  readonly restores: number;
  readonly contents: number;
  readonly leaving?: number | undefined;
  /** Those of the wanted snapshots that were taken. */
  readonly taken: ReadonlySet<ResourceUuid>;
  /** `joinable`: upkeep has seen that it alone reads from something that nobody wants. */
  readonly chain?: 'short' | 'joinable' | undefined;
}

/**
 * What differs of a volume, in the order to be done: snapshots before anything that would change what they hold. While a
 * server may have the volume only that this is not recorded yet.
 */
export function volumeChanges(now: VolumeNow, desired: VolumeDesired): readonly Change[] {
  if (desired.use !== 'free') {
    if (now.use !== 'attached') return [{ field: USE, desired: 'attached', actual: now.use }];
    return now.leaving === desired.leaving
      ? []
      : [{ field: LEAVING, desired: desired.leaving ?? null, actual: now.leaving ?? null }];
  }
  const { snapshots = [], restore, content, sizeBytes } = desired;
  const changes: Change[] = snapshots
    .filter((snapshot) => !now.taken.has(snapshot))
    .map((snapshot) => ({ field: `${SNAPSHOTS}${snapshot}`, desired: true, actual: false }));
  if (restore !== undefined && restore.count > now.restores) {
    changes.push({ field: RESTORES, desired: restore.count, actual: now.restores });
  }
  if (content !== undefined && content.count > now.contents) {
    changes.push({ field: CONTENTS, desired: content.count, actual: now.contents });
  }
  if (sizeBytes !== now.virtualBytes) {
    changes.push({ field: SIZE, desired: sizeBytes, actual: now.virtualBytes });
  }
  if (now.chain === 'joinable' && changes.length === 0) {
    changes.push({ field: CHAIN, desired: 'short', actual: now.chain });
  }
  // That it can't shrink can be said of a volume in use too.
  const needed = changes.some(({ field }) => field !== SIZE) || sizeBytes > now.virtualBytes;
  return needed && now.use !== 'free'
    ? [{ field: USE, desired: 'free', actual: now.use }, ...changes]
    : changes;
}

/** The snapshot that a change takes; absent for every other change. */
export function snapshotOfChange(
  { field }: Change,
  desired: VolumeDesired,
): ResourceUuid | undefined {
  return desired.snapshots?.find((snapshot) => field === `${SNAPSHOTS}${snapshot}`);
}
