import { DriverFailure, type ResourceUuid } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { parseStepFileName } from '../share/records/step-files.js';
import type { Share } from '../share/share.js';
import { diskFileName, parseTemporaryName } from '../share/share-paths.js';
import { inLanes } from '../vhd/in-lanes.js';
import { readDisk } from './read-disk.js';

// Each look is a round trip to the server; more at a time would only queue there.
const LANES = 8;

/**
 * A file that reads from the disk `parent`, or may because it can't be read; absent when there is none. All of the share
 * is looked at, 1.5 KiB of each file: disks, those set aside, those in the trash, and those being made. Who makes a
 * child looks whether its parent is about to go only when the child is there to be seen, so one of the two sees the
 * other. Throws DriverFailure `ParentUnknown`.
 */
export async function firstReader(
  share: Share,
  parent: ResourceUuid,
  checkpoint: Checkpoint,
): Promise<string | undefined> {
  const { files, paths } = share;
  let reader: string | undefined;
  for (const [folder, isDisk] of [
    // First: a file being made goes from here to one of the others, and would be missed the other way round.
    [paths.temporaryFolder, mayBeDisk],
    [paths.folder, (name: string) => name.endsWith('.vhd')],
    [paths.quarantineFolder, (name: string) => name.endsWith('.vhd')],
    [paths.trashFolder, () => true],
  ] as const) {
    const names = (await namesIfThere(files, folder)).filter(isDisk);
    await inLanes(names, { lanes: LANES }, async (name) => {
      if (reader !== undefined || name === diskFileName(parent)) return;
      checkpoint();
      const path = `${folder}/${name}`;
      // What is half written yet has still to look whether its parent goes.
      const unreadable = folder === paths.temporaryFolder ? 'isNone' : 'isFailure';
      if (await readsFrom(share, path, parent, unreadable)) reader ??= path;
    });
    if (reader !== undefined) return reader;
  }
  return undefined;
}

// Not only ours: XenServer's own disks on the share may read from ours too.
async function readsFrom(
  { files }: Share,
  path: string,
  parent: ResourceUuid,
  unreadable: 'isNone' | 'isFailure',
): Promise<boolean> {
  try {
    const found = (await readDisk(files, path))?.head.header.parent;
    return found?.uuid === parent || found?.fileName === diskFileName(parent);
  } catch (thrown) {
    if (!(thrown instanceof DriverFailure)) throw thrown;
    if (unreadable === 'isNone') return false;
    // Whose child it is can't be known, so nothing may be taken from under it.
    throw new DriverFailure(
      'rejected',
      'ParentUnknown',
      `${path} can't be read, so it may need ${diskFileName(parent)}`,
      { remedy: thrown.remedy, cause: thrown },
    );
  }
}

function mayBeDisk(name: string): boolean {
  const step = parseStepFileName(name);
  if (step !== undefined) return step.part !== 'record' && step.part !== 'todo';
  return parseTemporaryName(name) !== undefined;
}
