import type { ResourceUuid } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { publishFile, unlinkIfThere } from '../files/publish-file.js';
import { randomUuid } from '../share/random-uuid.js';
import { basesIn } from '../share/records/read-records.js';
import type { Share } from '../share/share.js';

/**
 * What upkeep has seen and must not do itself: that a volume's own file could be joined with what it reads from. It is a
 * hint, so that not every look at a volume has to look at all of the share; the volume's own pass looks again, and joins.
 */
export async function mayBeJoined({ files, paths }: Share, volume: ResourceUuid): Promise<boolean> {
  return (await files.status(`${paths.joinFolder}/${volume}`)) !== undefined;
}

/** Takes a hint back: it was followed, or can't be. */
export async function forgetWish({ files, paths }: Share, volume: ResourceUuid): Promise<void> {
  await unlinkIfThere(files, `${paths.joinFolder}/${volume}`);
}

/** Leaves hints for these volumes and for no others. Returns how many are new. */
export async function leaveWishes(
  share: Share,
  volumes: readonly ResourceUuid[],
  checkpoint: Checkpoint,
): Promise<number> {
  const { files, paths } = share;
  const known = await basesIn(share, paths.joinFolder);
  for (const volume of known) {
    if (!volumes.includes(volume)) await forgetWish(share, volume);
  }
  const fresh = volumes.filter((volume) => !known.has(volume));
  for (const volume of fresh) {
    checkpoint();
    const publication = {
      temporary: `${paths.temporaryFolder}/evidence.${randomUuid(share.random)}`,
      folder: paths.joinFolder,
      name: volume,
      mode: 0o644,
      content: { pieces: [] },
    };
    await publishFile(files, publication, checkpoint);
  }
  return fresh.length;
}
