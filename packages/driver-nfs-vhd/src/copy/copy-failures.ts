import { DriverFailure, ensureError } from '@gdcloud/core';

/**
 * The share that is copied from can't be read. `rejected`, and not `unavailable`: the share that is written to is not
 * away, and its other disks need not wait.
 */
export function sourceAway(path: string, cause: unknown): DriverFailure {
  const remedy =
    cause instanceof DriverFailure
      ? cause.remedy
      : `Check the share of ${path}; it is tried again.`;
  return new DriverFailure(
    'rejected',
    'SourceAway',
    `${path} can't be read to be copied: ${ensureError(cause).message}`,
    { remedy, cause },
  );
}

/** What was written is not what was read. Nothing of it is published. */
export function copyDiffers(path: string, position: number): DriverFailure {
  return new DriverFailure(
    'rejected',
    'CopyDiffers',
    `the copy of ${path} differs from it at byte ${position}`,
    {
      remedy:
        'It is made anew by itself. If it repeats, check memory, disks and network of both shares.',
    },
  );
}

/** No share of this driver is called so. */
export function shareUnknown(share: string): DriverFailure {
  return new DriverFailure(
    'rejected',
    'SourceAway',
    `${share} is no share of this driver any more`,
    {
      remedy: 'Name the folder among the shares in the configuration again.',
    },
  );
}

/** What was to arrive does not leave, or not by this move: it was given up. */
export function notLeaving(path: string, move: number): DriverFailure {
  return new DriverFailure('rejected', 'NotLeaving', `${path} does not leave by move ${move}`, {
    remedy: 'None is needed: the volume is looked at again.',
  });
}
