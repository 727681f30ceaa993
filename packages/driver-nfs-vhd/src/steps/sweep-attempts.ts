import type { ResourceUuid } from '@gdcloud/core';
import { namesIfThere } from '../files/names-if-there.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { isCopy, readSnapshotRecord, readVolumeState } from '../share/records/read-records.js';
import {
  attemptFiles,
  parseStepFileName,
  type StepFileName,
  type StepFiles,
} from '../share/records/step-files.js';
import type { Share } from '../share/share.js';

/** What was prepared for a decision of a volume, made or not. */
export type Attempt = Omit<StepFileName, 'part'>;

/** All attempts that have files in the temporary folder and that `wanted` wants. */
export async function attemptsOn(
  { files, paths }: Share,
  wanted: (attempt: Attempt) => boolean,
): Promise<readonly Attempt[]> {
  const found = new Map<string, Attempt>();
  for (const name of await namesIfThere(files, paths.temporaryFolder)) {
    const parsed = parseStepFileName(name);
    if (parsed === undefined || !wanted(parsed)) continue;
    const { part, ...attempt } = parsed;
    found.set(name.slice(0, -part.length), attempt);
  }
  return [...found.values()];
}

/**
 * Removes what was prepared for decisions of a volume that were never made, and can't be made any more: the chance to
 * publish one goes first, and only then is looked which one was. Returns how many there were.
 */
export async function sweepAttempts(
  share: Share,
  volume: ResourceUuid,
  wanted: (attempt: Attempt) => boolean = () => true,
): Promise<number> {
  const { files, paths } = share;
  const attempts = await attemptsOn(share, (one) => one.volume === volume && wanted(one));
  if (attempts.length === 0) return 0;
  const prepared = new Map(
    attempts.map((attempt) => [attempt.attempt, attemptFiles(paths, attempt)]),
  );
  for (const { record } of prepared.values()) await unlinkIfThere(files, record);
  const { record } = await readVolumeState(share, volume);
  const decided = await copiesDecided(share, attempts);
  let swept = 0;
  for (const [attempt, names] of prepared) {
    if (attempt === record?.attempt || decided.has(attempt)) continue;
    await removePrepared(share, names);
    await unlinkIfThere(files, names.todo);
    swept += 1;
  }
  return swept;
}

// Snapshots of a hypervisor's copies that are there by their records: what is left to do of them is theirs.
async function copiesDecided(
  share: Share,
  attempts: readonly Attempt[],
): Promise<ReadonlySet<string>> {
  const decided = new Set<string>();
  for (const { why, subject } of attempts) {
    if (why !== 'snapshot') continue;
    const record = await readSnapshotRecord(share, subject);
    if (record !== undefined && isCopy(record)) decided.add(record.attempt);
  }
  return decided;
}

/** Removes what was prepared for a decision that can't be made any more, or that was carried out; `todo` stays. */
export async function removePrepared({ files }: Share, names: StepFiles): Promise<void> {
  // The child before the name that is made from it; last the second name of the volume's file, which shows in its status.
  for (const name of [names.record, names.child, names.next, names.base]) {
    await unlinkIfThere(files, name);
  }
}
