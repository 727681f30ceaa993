import type { DiskFileActual, ResourceUuid } from '@gdcloud/core';
import { openDiskChain } from '../content/open-disk.js';
import { blocksHeld, foreseenCopy } from '../disks/foreseen-disk.js';
import type { Share } from '../share/share.js';

/** What a copy of a disk, with all that it reads from, would be like on another share. Fails as opening it does. */
export async function foreseenCopyOf(
  from: Share,
  disk: ResourceUuid,
  signal: AbortSignal,
): Promise<DiskFileActual> {
  const opened = await openDiskChain(from, disk, signal);
  const { chain } = opened;
  try {
    return foreseenCopy(chain.virtualBytes, blocksHeld(chain));
  } finally {
    await opened.close();
  }
}
