import type {
  ObjectKey,
  Observation,
  ResourceUuid,
  VolumeActual,
  VolumeDesired,
} from '@gdcloud/core';
import { isContentLeft } from '../content/taken-content.js';
import { syncIfThere } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import {
  isBranch,
  readVolumeState,
  recordsOf,
  type VolumeState,
} from '../share/records/read-records.js';
import type { Share } from '../share/share.js';
import { isUnfinished } from '../steps/finish-step.js';
import { attemptsOn } from '../steps/sweep-attempts.js';
import { mayBeJoined } from '../upkeep/join-wishes.js';
import { diskExternalId, observeDisk, PUBLISHED } from './observe-disk.js';
import { volumeChanges } from './volume-changes.js';

/**
 * Looks at a volume: its file, and what was decided of it. What is left to do of a decision comes first, whoever has the
 * volume. One that is to go is present as long as records or prepared files of it remain.
 */
export async function observeVolume(
  share: Share,
  key: ObjectKey,
  desired: VolumeDesired | undefined,
  checkpoint: Checkpoint,
): Promise<Observation<VolumeActual>> {
  const seen = await observeDisk(
    share,
    key,
    desired === undefined ? undefined : 'any',
    checkpoint,
    'volume',
  );
  if (seen.presence === 'unknown') return seen;
  const state = await readVolumeState(share, key.uuid);
  const unfinished = await isUnfinished(share, state.record);
  checkpoint();
  if (seen.presence === 'absent') {
    const remains =
      unfinished ||
      (desired === undefined && (state.generation > 0 || (await hasAttempts(share, key.uuid))));
    if (remains) return remainsOf(key.uuid, desired);
    if (desired === undefined) await syncForgotten(share, key.uuid);
    return seen;
  }
  const { restores = 0, contents } = state.record ?? {};
  const actual = {
    ...seen.actual,
    ...(restores === 0 ? {} : { restores }),
    ...(contents === undefined ? {} : { contents: contents.count }),
    ...(contents?.refused === undefined ? {} : { refused: contents.refused }),
  };
  if (desired === undefined) return { ...seen, actual };
  if (unfinished || (await isContentLeft(share, state.record)))
    return { ...seen, actual, changes: [TO_FINISH] };
  const now = {
    virtualBytes: seen.actual.virtualBytes,
    use: state.record?.use ?? 'attached',
    restores,
    contents: contents?.count ?? 0,
    leaving: state.record?.leaving,
    taken: await takenOf(share, desired, state),
    chain: desired.use === 'free' && (await mayBeJoined(share, key.uuid)) ? 'joinable' : 'short',
  } as const;
  return { ...seen, actual, changes: [...seen.changes, ...volumeChanges(now, desired)] };
}

const TO_FINISH = { field: PUBLISHED, desired: true, actual: false } as const;

function remainsOf(
  uuid: ResourceUuid,
  desired: VolumeDesired | undefined,
): Observation<VolumeActual> {
  return {
    presence: 'present',
    external: diskExternalId(uuid),
    actual: { virtualBytes: 0, physicalBytes: 0 },
    changes: desired === undefined ? [] : [TO_FINISH],
  };
}

// Taken, or taken and removed again since; a decision is made once.
async function takenOf(
  { files, paths }: Share,
  { snapshots = [], use }: VolumeDesired,
  { record }: VolumeState,
): Promise<ReadonlySet<ResourceUuid>> {
  const taken = new Set<ResourceUuid>();
  if (use !== 'free') return taken;
  if (record !== undefined && isBranch(record)) taken.add(record.step.base);
  for (const snapshot of snapshots) {
    for (const folder of [paths.snapshotFolder, paths.retiredFolder]) {
      if (taken.has(snapshot)) break;
      const found = await files.status(`${folder}/${snapshot}`);
      if (found === undefined) continue;
      taken.add(snapshot);
      // As long as it has another name, one taken while a server had the volume may not be durable, and this may be all
      // that is ever asked of it before the volume is changed.
      if (found.names > 1) await files.syncFolder(folder);
    }
  }
  return taken;
}

// Whoever removed its records may have died before its own sync, and nobody looks again once it is absent.
async function syncForgotten({ files, paths }: Share, uuid: ResourceUuid): Promise<void> {
  await syncIfThere(files, recordsOf(paths, uuid));
  await syncIfThere(files, paths.volumeFolder);
}

async function hasAttempts(share: Share, volume: ResourceUuid): Promise<boolean> {
  return (await attemptsOn(share, (attempt) => attempt.volume === volume)).length > 0;
}
