import type { DiskFileActual } from '@gdcloud/core';
import { FOOTER_BYTES } from '../vhd/footer.js';
import { blockEnd, layoutFor, nextBitmapSector } from '../vhd/layout.js';
import { BLOCK_BYTES, checkedVirtualBytes, SECTOR_BYTES } from '../vhd/sizes.js';

/** Parent locators of a file of ours: room for as many is counted, whatever it reads from. */
const LOCATORS = 3;

/** A new disk's file as a plan shows it, before anybody writes to it. Throws VhdError. */
export function foreseenDisk(sizeBytes: number): DiskFileActual {
  return foreseenCopy(sizeBytes, 0);
}

/** A new disk's file that holds so many blocks from the beginning. Throws VhdError. */
export function foreseenCopy(sizeBytes: number, blocks: number): DiskFileActual {
  const virtualBytes = checkedVirtualBytes(sizeBytes);
  const { metadataBytes } = layoutFor(virtualBytes, LOCATORS);
  // Each lies at a page, so that all of them are as long.
  const first = nextBitmapSector(metadataBytes);
  const blockBytes = nextBitmapSector(blockEnd(first)) - first;
  const start = blocks === 0 ? metadataBytes : first * SECTOR_BYTES;
  const held = blocks * blockBytes * SECTOR_BYTES;
  return { virtualBytes, physicalBytes: start + held + FOOTER_BYTES };
}

/** How many blocks a copy of a disk holds, at most: those of which anything may be held. */
export function blocksHeld(disk: {
  readonly virtualBytes: number;
  mayHold(start: number, end: number): boolean;
}): number {
  let held = 0;
  for (let start = 0; start < disk.virtualBytes; start += BLOCK_BYTES)
    if (disk.mayHold(start, Math.min(start + BLOCK_BYTES, disk.virtualBytes))) held += 1;
  return held;
}
