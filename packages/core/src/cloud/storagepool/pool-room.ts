/** The capacity class that disks are charged in: GiB, by their sizes as guests see them. */
export const STORAGE_ROOM = 'storageGb';

/** More than all disks there can be: the room of a share that may be promised any number of times. */
const UNBOUNDED_GB = Number.MAX_SAFE_INTEGER;

/** How much disks may be promised of a share, in GiB. */
export function promisableGb(capacityGb: number, overcommit: number | null | undefined): number {
  return typeof overcommit === 'number' ? capacityGb * overcommit : UNBOUNDED_GB;
}

/** How full a share is. */
export interface PoolLoad {
  readonly capacityGb: number;
  readonly usedGb: number;
  /** What the disks on it would take if they were full. */
  readonly promisedGb: number;
  readonly weight: number;
}

/**
 * How good a share is for one more disk, 0 to 1: the emptier, for its weight, the better. What is promised counts as
 * well as what is taken, because disks that were just made take nothing yet.
 */
export function emptiness({ capacityGb, usedGb, promisedGb, weight }: PoolLoad): number {
  if (capacityGb <= 0 || weight <= 0) return 0;
  return 1 / (1 + Math.max(usedGb, promisedGb) / (capacityGb * weight));
}
