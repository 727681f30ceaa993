import { DriverFailure } from '@gdcloud/core';
import type { SharePaths } from '../share/share-paths.js';

/** A newer holder has decided something of the volume since. */
export function fenced(path: string): DriverFailure {
  return new DriverFailure('rejected', 'Fenced', `${path}: a newer process looks after it`, {
    remedy: 'None is needed: the newer process goes on.',
  });
}

/** A server has the volume, or may have, by what was decided last. */
export function volumeInUse(path: string): DriverFailure {
  return new DriverFailure('rejected', 'VolumeInUse', `${path}: a server has it, or may have`, {
    remedy: 'Stop the server, or detach the volume, and try again.',
  });
}

/** Another process decided first, or has swept what was prepared. */
export function decidedElsewhere(path: string): DriverFailure {
  return new DriverFailure('ambiguous', 'Overtaken', `${path}: another process decided first`, {
    remedy: 'None is needed: what there is now is looked at first.',
  });
}

/** Another file has the name that a base is to get. */
export function baseNameTaken(path: string): DriverFailure {
  return new DriverFailure('rejected', 'NameTaken', `${path} exists and is another file`, {
    remedy: `Look where ${path} comes from, and move it away.`,
  });
}

/** A chain can't get longer. */
export function chainTooLong({ folder }: SharePaths, files: number): DriverFailure {
  return new DriverFailure(
    'rejected',
    'ChainTooLong',
    `${folder}: a disk would read through more than ${files} files`,
    { remedy: 'Wait until upkeep has joined some of them, or remove snapshots.' },
  );
}
