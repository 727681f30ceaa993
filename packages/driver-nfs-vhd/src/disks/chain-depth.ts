import type { Share } from '../share/share.js';
import { chainTooLong } from '../steps/step-failures.js';
import { readDisk } from './read-disk.js';

/** Files that a disk may read through, itself included: XenServer's own limit. */
export const MOST_CHAIN_FILES = 30;

/**
 * Throws `ChainTooLong` unless one more file may read from the disk `fileName`. Reads the heads of its chain, 30 at most,
 * so one that is its own ancestor is too long. Parents are looked for by plain names in the share's folder.
 */
export async function demandRoomInChain(share: Share, fileName: string): Promise<void> {
  const { files, paths } = share;
  let next: string | undefined = fileName;
  for (let count = 1; next !== undefined; count += 1) {
    if (count >= MOST_CHAIN_FILES) throw chainTooLong(paths, MOST_CHAIN_FILES);
    const parent: string | undefined = (await readDisk(files, `${paths.folder}/${next}`))?.head
      .header.parent?.fileName;
    next = parent !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(parent) ? parent : undefined;
  }
}
