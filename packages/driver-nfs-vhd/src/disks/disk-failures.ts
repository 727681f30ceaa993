import { DriverFailure } from '@gdcloud/core';

/** The file at a disk's name can't be read as a VHD. It is left as it is: it may hold a user's data. */
export function corruptDisk(path: string, cause: Error): DriverFailure {
  return new DriverFailure('rejected', 'CorruptDisk', `${path}: ${cause.message}`, {
    remedy: `Check ${path} (vhd-util check), repair it or restore it from a copy, or delete the resource.`,
    cause,
  });
}

/** There is something at a disk's name that no disk of ours can be: a symbolic link, a folder, a device. */
export function notADisk(path: string, kind: string): DriverFailure {
  return new DriverFailure(
    'rejected',
    kind === 'symbolicLink' ? 'SymbolicLink' : 'NotADisk',
    `${path} is no plain file`,
    {
      remedy: `Look what was put at ${path}, and remove it.`,
    },
  );
}

/** Another VHD has the name already. */
export function nameTaken(path: string, uuid: string): DriverFailure {
  return new DriverFailure('rejected', 'NameTaken', `${path} exists and is the disk ${uuid}`, {
    remedy: `Look where ${path} comes from, and move it away if it is not needed.`,
  });
}

/** Another process has taken the half-written file away: it has begun anew, or removes the disk. */
export function overtaken(path: string): DriverFailure {
  return new DriverFailure(
    'ambiguous',
    'Overtaken',
    `${path}: another process took over while it was written`,
    {
      remedy: 'None is needed: what there is now is looked at first.',
    },
  );
}

/** The image is the parent of a disk that there still is. */
export function imageInUse(path: string, child: string): DriverFailure {
  return new DriverFailure('rejected', 'ImageInUse', `${child} reads from ${path}`, {
    remedy: `Delete ${child} first.`,
  });
}

/** The image or snapshot to copy is not on the share. */
export function originMissing(path: string): DriverFailure {
  return new DriverFailure('rejected', 'OriginMissing', `${path} is not there to be copied`, {
    remedy: 'Wait until the image or snapshot is active, or choose another one.',
  });
}

/** The snapshot to copy is being removed. */
export function originRetired(path: string): DriverFailure {
  return new DriverFailure('rejected', 'OriginRetired', `${path} is about to go`, {
    remedy: 'Choose another snapshot.',
  });
}

/** The snapshot to go back to is one of another volume. */
export function snapshotOfAnother(path: string, volume: string): DriverFailure {
  return new DriverFailure('invalid', 'SnapshotOfAnother', `${path} is no snapshot of ${volume}`, {
    remedy: 'Choose a snapshot of this volume, or make a new volume from that snapshot.',
  });
}

/** Only its volume takes a snapshot, and it has not. */
export function notTaken(path: string): DriverFailure {
  return new DriverFailure('rejected', 'NotTaken', `${path} was not taken by its volume yet`, {
    remedy: 'Stop the server that has the volume, or detach it; then it is taken.',
  });
}

/** The file to copy is a volume: whoever writes to it would change the copy too. */
export function originNotAnImage(path: string): DriverFailure {
  return new DriverFailure('rejected', 'OriginNotAnImage', `${path} is not a read-only base`, {
    remedy: 'Choose an image, or take a snapshot of the volume first.',
  });
}

/** A disk's size can't be changed as asked; only another desired state helps. */
export function sizeIsFixed(code: string, message: string, remedy: string): DriverFailure {
  return new DriverFailure('invalid', code, message, { remedy });
}
