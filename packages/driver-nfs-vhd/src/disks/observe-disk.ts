import {
  asExternalId,
  type Change,
  type DiskFileActual,
  type ExternalId,
  type ObjectKey,
  type Observation,
  type ResourceUuid,
} from '@gdcloud/core';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { arrivedFilesOf } from '../share/arrived-files.js';
import { demandShare, type Share } from '../share/share.js';
import { type DiskKind, diskFileName, parseTemporaryName } from '../share/share-paths.js';
import { attemptsOn } from '../steps/sweep-attempts.js';
import { type DiskFile, diskFileActual, readDisk } from './read-disk.js';

/** Whether the caller has ever recorded that the object exists. */
export function recordedBefore(key: ObjectKey): 'recorded' | 'unrecorded' {
  return key.external === undefined ? 'unrecorded' : 'recorded';
}

/** A disk's name outside: its uuid, which XenServer makes of the file name too. */
export function diskExternalId(uuid: ResourceUuid): ExternalId {
  return asExternalId(uuid);
}

/** The change that brings a disk back from quarantine, the only one of a disk there. */
export const QUARANTINED = 'quarantined';

/** The change that finishes what a process that died has begun: a name of the file that may not be durable yet. */
export const PUBLISHED = 'published';

/**
 * Looks at a disk. `absent` only when the share is there, before and after the look. A disk that is to go
 * (`sizeBytes` absent) is present, with nothing in it, as long as a half-written file of it remains, and absent only
 * once a loss of power can't bring it back. In quarantine it is present, with nothing in it; a disk that is wanted is
 * brought back first.
 */
export async function observeDisk(
  share: Share,
  key: ObjectKey,
  sizeBytes: number | 'any' | undefined,
  checkpoint: Checkpoint,
  kind: DiskKind | 'any' = 'any',
): Promise<Observation<DiskFileActual>> {
  const { files, paths } = share;
  const external = diskExternalId(key.uuid);
  const verdict = await demandShare(share, recordedBefore(key));
  checkpoint();
  const disk = await readDisk(files, `${paths.folder}/${diskFileName(key.uuid)}`);
  checkpoint();
  if (disk !== undefined) {
    const unfinished =
      sizeBytes === undefined ? [] : await unfinishedChanges(share, key.uuid, disk, kind);
    return {
      presence: 'present',
      external,
      actual: diskFileActual(disk),
      changes: [...unfinished, ...sizeChanges(disk, sizeBytes)],
    };
  }
  if (verdict.kind === 'ready' && (await isQuarantined(share, key.uuid))) {
    return {
      presence: 'present',
      external,
      actual: { virtualBytes: 0, physicalBytes: 0 },
      changes:
        sizeBytes === undefined ? [] : [{ field: QUARANTINED, desired: false, actual: true }],
    };
  }
  if (
    sizeBytes === undefined &&
    verdict.kind === 'ready' &&
    (await leftoversOf(share, key.uuid)).length > 0
  ) {
    return {
      presence: 'present',
      external,
      actual: { virtualBytes: 0, physicalBytes: 0 },
      changes: [],
    };
  }
  if (sizeBytes === undefined && verdict.kind === 'ready') {
    // Whoever removed it may have died before its own sync, and nobody looks again once it is absent.
    await syncRemoval(share);
  }
  await demandShare(share, recordedBefore(key));
  return { presence: 'absent' };
}

/** Whether a disk's file is in quarantine. */
export async function isQuarantined({ files, paths }: Share, uuid: ResourceUuid): Promise<boolean> {
  return (await files.status(`${paths.quarantineFolder}/${diskFileName(uuid)}`)) !== undefined;
}

/** Removes a disk's file from quarantine, if it is there. */
export async function removeFromQuarantine(share: Share, uuid: ResourceUuid): Promise<void> {
  if (!(await isQuarantined(share, uuid))) return;
  await unlinkIfThere(share.files, `${share.paths.quarantineFolder}/${diskFileName(uuid)}`);
}

/** Makes it durable that a disk has no name any more, wherever it had one. */
export async function syncRemoval({ files, paths }: Share): Promise<void> {
  await files.syncFolder(paths.folder);
  await syncIfThere(files, paths.quarantineFolder);
  await syncIfThere(files, paths.temporaryFolder);
}

/**
 * Names of half-written files of a disk. Those of the kind `image` of a volume are content that was brought for it, which
 * is no part of its own file.
 */
export async function leftoversOf(
  share: Share,
  uuid: ResourceUuid,
  kind: DiskKind | 'any' = 'any',
): Promise<readonly string[]> {
  const { files, paths } = share;
  const names = await namesIfThere(files, paths.temporaryFolder);
  return names.filter((name) => {
    const parsed = parseTemporaryName(name);
    return parsed?.uuid === uuid && (kind === 'any' || parsed.kind === kind);
  });
}

// Of the two names that a disk in the making, one that is prepared to be replaced, or one on the way back from quarantine
// has, one is ours. Other second names
// are XenServer's business.
async function unfinishedChanges(
  share: Share,
  uuid: ResourceUuid,
  { status }: DiskFile,
  kind: DiskKind | 'any',
): Promise<readonly Change[]> {
  if (status.names < 2) return [];
  const attempts = await attemptsOn(share, ({ volume }) => volume === uuid);
  const arrived = await arrivedFilesOf(share, uuid);
  if (attempts.length + arrived.length > 0 || (await leftoversOf(share, uuid, kind)).length > 0) {
    // Whoever is told that it is there writes that down: a loss of power must not take it back from then on.
    await share.files.syncFolder(share.paths.folder);
    return [{ field: PUBLISHED, desired: true, actual: false }];
  }
  const quarantined = await isQuarantined(share, uuid);
  return quarantined ? [{ field: QUARANTINED, desired: false, actual: true }] : [];
}

// The parent is not compared: a snapshot puts a base of its own between a volume and its image.
function sizeChanges(disk: DiskFile, desired: number | 'any' | undefined): readonly Change[] {
  const actual = disk.head.footer.virtualBytes;
  return desired === undefined || desired === 'any' || desired === actual
    ? []
    : [{ field: 'sizeBytes', desired, actual }];
}
