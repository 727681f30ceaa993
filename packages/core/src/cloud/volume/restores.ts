import type { Resource } from '../../model/resource.js';
import type { VolumeRestore } from '../../ports/drivers/storage.js';
import { isTaken, type snapshot } from '../snapshot/snapshot.js';

/** What of a volume's row tells of its restores. */
export interface Restores {
  readonly spec: { readonly restores: number };
  readonly status: { readonly restoresDone?: number | null | undefined };
}

/** Whether a volume is to be restored still. */
export function isRestoring({ spec, status }: Restores): boolean {
  return spec.restores > (status.restoresDone ?? 0);
}

/** What a volume's file is to be restored to; undefined where it is not, or where that is gone for good. */
export function restoreOf(
  row: Restores,
  source: Resource<typeof snapshot> | undefined,
): VolumeRestore | undefined {
  if (!isRestoring(row) || source === undefined) return undefined;
  // One that was never taken is not taken any more once it is to go.
  return isTaken(source) || source.deleteRequestedAt === null
    ? { snapshot: source.uuid, count: row.spec.restores }
    : undefined;
}
