import type { Resource } from '../../model/resource.js';
import type { VolumeContent } from '../../ports/drivers/storage.js';
import { isFree } from './free.js';
import { isMoving } from './moves.js';
import { isRestoring } from './restores.js';
import type { volume } from './volume.js';

/** The action by which a volume is given what was brought for it. */
export const REPLACE = 'replace';

/** What of a volume's row tells of the contents that were brought for it. */
export interface Contents {
  readonly spec: { readonly contents?: number | undefined; readonly uploadId?: string | null };
  readonly status: { readonly contentsDone?: number | null | undefined };
}

/** How many contents it was asked to be given; rows of earlier versions say nothing of it. */
export function contentsAsked({ contents }: Contents['spec']): number {
  return contents ?? 0;
}

/** Whether a volume is to be given what was brought still. */
export function isReplacing({ spec, status }: Contents): boolean {
  return contentsAsked(spec) > (status.contentsDone ?? 0);
}

/** What a volume's file is to hold; undefined where it is to stay as it is. */
export function contentOf(row: Contents): VolumeContent | undefined {
  const { uploadId } = row.spec;
  if (!isReplacing(row) || typeof uploadId !== 'string') return undefined;
  return { upload: uploadId, count: contentsAsked(row.spec) };
}

/** Why a volume can't be given other content now, and what to do; undefined where it can. */
export function obstacleToContent(row: Resource<typeof volume>): string | undefined {
  const { virtualmachineId, device } = row.spec;
  if (device === 0 && virtualmachineId !== null)
    return 'is the root disk of a server: make an image of it, and a server from that';
  if (virtualmachineId !== null) return 'is in a server: detach it first';
  if (!isFree(row)) return 'is still in a server: ask again once it is detached';
  if (isReplacing(row)) return 'is being given what was brought before: ask again once it is';
  if (isRestoring(row)) return 'is being restored: ask again once it is';
  if (isMoving(row)) return 'is being moved to another storage pool: ask again once it is there';
  return undefined;
}
