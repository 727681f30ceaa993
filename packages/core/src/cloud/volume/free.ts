import { isRootDisk } from './devices.js';

/** What of a volume's row tells who may have it. */
export interface Holding {
  readonly spec: { readonly adopted: boolean; readonly device: number | null };
  readonly status: { readonly attachedToId?: string | null | undefined };
}

/**
 * Whether a volume is in no server, and none may have it, by its own row. Its own pass is the only one that lets a
 * server have it (`attachment`), and it does so only when the file is as asked; so nothing of the file is changed while
 * a server may have it open, and no server gets it while a change of it is unfinished. A root disk never is free.
 */
export function isFree(row: Holding): boolean {
  return !isRootDisk(row.spec) && !isJustAdopted(row) && (row.status.attachedToId ?? null) === null;
}

/** Whether a volume came with a server that was adopted: it is in there, though its row does not say so yet. */
export function isJustAdopted({ spec, status }: Holding): boolean {
  return spec.adopted && status.attachedToId === undefined;
}
