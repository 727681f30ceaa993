import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { stallOf } from '../../model/stall.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { DISK_FILE } from '../disk-file.js';
import { isTaken, snapshot, TAKEN_PART } from '../snapshot/snapshot.js';
import { isFree } from './free.js';
import type { volume } from './volume.js';

/** The snapshots that a pass may take of a volume. */
export type SnapshotsToTake =
  | {
      readonly kind: 'have';
      readonly uuids: readonly ResourceUuid[];
      /** Those that are asked for too, and have not recorded yet that they are meant to be. */
      readonly coming: readonly Resource<typeof snapshot>[];
    }
  /** Further ones are to be noted down first. */
  | { readonly kind: 'end'; readonly outcome: Outcome };

const NONE: SnapshotsToTake = { kind: 'have', uuids: [], coming: [] };

/**
 * Collects the snapshots that are to be taken of a volume, the oldest first. Two rows must agree, and each has one
 * writer: a snapshot records that it is meant to be (its part's intent), the volume notes it down (`snapshotsToTake`) in
 * one pass and takes it in a later one that has read the snapshot again. One that the hypervisor was asked to copy is not
 * taken here, as long as that is recorded. A snapshot that is removed goes only when its
 * volume has not noted it, so none is taken that nobody looks for any more.
 */
export async function snapshotsToTake(pass: Pass<typeof volume>): Promise<SnapshotsToTake> {
  const noted = pass.resource.status.snapshotsToTake ?? [];
  const free = isFree(pass.resource);
  if (!free && noted.length === 0) return NONE;
  const all = await pass.children(snapshot, 'volumeId');
  const due = all.filter(isDue);
  const wanted = due.map(({ id }) => String(id)).filter((id) => free || noted.includes(id));
  const fresh = wanted.filter((id) => !noted.includes(id));
  const struckOff = noted.filter((id) => !wanted.includes(id));
  if (fresh.length > 0 || struckOff.length > 0) pass.report({ snapshotsToTake: wanted });
  // Those that are removed wait for it.
  pass.wakeAfterwards(
    all.filter(({ id, deleteRequestedAt }) => deleteRequestedAt !== null && struckOff.includes(id)),
  );
  // Those that the hypervisor was to copy before it left its server are told that it has.
  if (free) pass.wakeAfterwards(all.filter((row) => isAwaited(row) && isForHypervisor(row)));
  if (fresh.length > 0) {
    const message = `snapshot ${fresh.join(', ')} is to be taken`;
    return { kind: 'end', outcome: { kind: 'wait', on: 'progress', afterMs: 0, message } };
  }
  if (!free) return NONE;
  const coming = all.filter((row) => isAwaited(row) && !isDue(row) && stallOf(row) === undefined);
  return { kind: 'have', uuids: due.map(({ uuid }) => uuid), coming };
}

/** Whether a snapshot of a volume is to be and not there yet, as far as is recorded. */
export function isAwaited(row: Pick<Resource, 'deleteRequestedAt' | 'parts'>): boolean {
  return row.deleteRequestedAt === null && !isTaken(row);
}

// Nobody may make what is not recorded as meant: it would not be looked for.
function isDue(row: Resource<typeof snapshot>): boolean {
  return isAwaited(row) && row.parts[DISK_FILE] !== undefined && !isForHypervisor(row);
}

function isForHypervisor({ parts }: Pick<Resource, 'parts'>): boolean {
  return parts[TAKEN_PART] !== undefined;
}
