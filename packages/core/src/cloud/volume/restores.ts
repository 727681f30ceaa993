import type { Resource } from '../../model/resource.js';
import type { VolumeRestore } from '../../ports/drivers/storage.js';
import { isTaken, type snapshot } from '../snapshot/snapshot.js';

/** What of a volume's row tells of its restores. */
export interface Restores {
  readonly spec: { readonly restores?: number | undefined };
  readonly status: { readonly restoresDone?: number | null | undefined };
}

/** How many restores were asked for; rows of earlier versions say nothing of it. */
export function restoresAsked({ restores }: Restores['spec']): number {
  return restores ?? 0;
}

/** Whether a volume is to be restored still. */
export function isRestoring({ spec, status }: Restores): boolean {
  return restoresAsked(spec) > (status.restoresDone ?? 0);
}

/** What a volume's file is to be restored to; undefined where it is not, or where that is gone for good. */
export function restoreOf(
  row: Restores,
  source: Resource<typeof snapshot> | undefined,
): VolumeRestore | undefined {
  if (!isRestoring(row) || source === undefined) return undefined;
  // One that was never taken is not taken any more once it is to go.
  return isTaken(source) || source.deleteRequestedAt === null
    ? { snapshot: source.uuid, count: restoresAsked(row.spec) }
    : undefined;
}
