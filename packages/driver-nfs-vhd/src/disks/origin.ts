import {
  type ArrivedVolume,
  DriverFailure,
  type ResourceUuid,
  type VolumeOrigin,
} from '@gdcloud/core';
import { readRetiredRecord, readSnapshotRecord } from '../share/records/read-records.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import type { ParentReference } from '../vhd/header.js';
import { demandRoomInChain } from './chain-depth.js';
import { originMissing, originNotAnImage, originRetired } from './disk-failures.js';
import { readDisk } from './read-disk.js';

/** What a new file may read from. */
export interface Origin {
  readonly reference: ParentReference;
  readonly virtualBytes: number;
  /** Throws where it is about to go. Asked once the new file is there to be seen. */
  readonly demand: () => Promise<void>;
}

/**
 * Looks at what a volume is to be a thin copy of. Throws DriverFailure: `OriginMissing`, `OriginRetired`,
 * `OriginNotAnImage`, `SmallerThanOrigin`, `ChainTooLong`.
 */
export async function originOf(
  share: Share,
  origin: Exclude<VolumeOrigin, ArrivedVolume>,
  sizeBytes: number,
): Promise<Origin> {
  const found =
    'image' in origin
      ? await imageOf(share, origin.image)
      : await snapshotOf(share, origin.snapshot);
  if (found.virtualBytes > sizeBytes) {
    throw new DriverFailure(
      'invalid',
      'SmallerThanOrigin',
      `the origin has ${found.virtualBytes} bytes, the volume less`,
      { remedy: 'Ask for a volume at least as big as what it is a copy of.' },
    );
  }
  await demandRoomInChain(share, found.reference.fileName);
  return found;
}

/** Looks at a snapshot that others are to read from. Throws DriverFailure `OriginMissing` or `OriginRetired`. */
export async function snapshotOf(share: Share, snapshot: ResourceUuid): Promise<Origin> {
  const demand = (): Promise<void> => demandTaken(share, snapshot);
  await demand();
  return baseOf(share, snapshot, demand);
}

async function imageOf(share: Share, image: ResourceUuid): Promise<Origin> {
  const { files, paths } = share;
  for (const folder of [paths.snapshotFolder, paths.retiredFolder]) {
    if ((await files.status(`${folder}/${image}`)) !== undefined) {
      throw originNotAnImage(`${paths.folder}/${diskFileName(image)}`);
    }
  }
  return baseOf(share, image, async () => undefined);
}

async function baseOf(
  share: Share,
  base: ResourceUuid,
  demand: () => Promise<void>,
): Promise<Origin> {
  const fileName = diskFileName(base);
  const path = `${share.paths.folder}/${fileName}`;
  const origin = await readDisk(share.files, path);
  if (origin === undefined) throw originMissing(path);
  const { uuid, virtualBytes, visibility } = origin.head.footer;
  if (visibility !== 'hidden') throw originNotAnImage(path);
  // The footer's uuid, not the name's: readers compare the two files' footers when they open a chain.
  const reference = { uuid, fileName, modifiedMs: origin.status.modifiedMs };
  return { reference, virtualBytes, demand };
}

async function demandTaken(share: Share, snapshot: ResourceUuid): Promise<void> {
  const path = `${share.paths.folder}/${diskFileName(snapshot)}`;
  if ((await readRetiredRecord(share, snapshot)) !== undefined) throw originRetired(path);
  if ((await readSnapshotRecord(share, snapshot)) === undefined) throw originMissing(path);
}
