import { VhdError } from './vhd-error.js';

/** Bytes of a sector: every position in a VHD counts in these. */
export const SECTOR_BYTES = 512;

/** Guest bytes that one entry of the block table stands for, in every file this codec writes. */
export const BLOCK_BYTES: number = 2 * 1024 * 1024;

/** The greatest virtual size that Microsoft, qemu and XenServer all accept: 2040 GiB. */
export const MAX_VIRTUAL_BYTES: number = 2040 * 1024 ** 3;

/** Rounds bytes up to whole sectors. */
export function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/**
 * Returns `bytes` if a virtual disk may have this size: a positive multiple of 2 MiB up to 2040 GiB. XenServer rounds
 * up silently; we refuse instead, so that desired and actual size can't differ. Throws {@link VhdError} `InvalidSize`.
 */
export function checkedVirtualBytes(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % BLOCK_BYTES !== 0) {
    throw new VhdError('InvalidSize', `${bytes} bytes is not a positive multiple of 2 MiB`);
  }
  if (bytes > MAX_VIRTUAL_BYTES) {
    throw new VhdError('InvalidSize', `${bytes} bytes is more than the 2040 GiB a VHD can have`);
  }
  return bytes;
}
