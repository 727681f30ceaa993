/** What of a volume's row tells of its moves. */
export interface Moves {
  readonly spec: { readonly moves?: number | undefined };
  readonly status: { readonly movesDone?: number | null | undefined };
}

/** How many moves were asked for; rows of earlier versions say nothing of it. */
export function movesAsked({ moves }: Moves['spec']): number {
  return moves ?? 0;
}

/** Whether a volume is to come to another storage pool still, or to leave one. */
export function isMoving({ spec, status }: Moves): boolean {
  return movesAsked(spec) > (status.movesDone ?? 0);
}

/** For how long a volume stays away from a pool that it has left: longer than any call lasts; milliseconds. */
const REST = 60 * 60_000;

/** When a volume left which pools, by their ids; milliseconds since the epoch. */
export type LeftPools = Readonly<Record<string, number>>;

/**
 * How long a volume still can't come to a pool, in milliseconds; 0 where it can. A process that was paused may have in
 * mind to remove the file of its earlier stay there, which has the same name.
 */
export function restBefore(left: LeftPools, pool: string, now: number): number {
  const at = left[pool];
  return at === undefined ? 0 : Math.max(0, at + REST - now);
}

/** Notes that a volume has left a pool, and forgets what does not count any more. */
export function leftAfter(left: LeftPools, pool: string, now: number): LeftPools {
  const recent = Object.entries(left).filter(([id]) => restBefore(left, id, now) > 0);
  return { ...Object.fromEntries(recent), [pool]: now };
}
