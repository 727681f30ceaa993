import type { ParsedFooter } from './footer.js';
import { SECTOR_BYTES } from './sizes.js';

/** Virtual PC and qemu before `force_size` meant the geometry; everybody else means the size. */
export const BY_GEOMETRY: ReadonlySet<string> = new Set(['vpc ', 'qemu']);

/**
 * The size that the writer of a footer meant, in bytes: the current size, except for creators `vpc ` and `qemu`, whose
 * disks end where their geometry does unless that is at its maximum. The same rule as qemu 10 has.
 */
export function virtualBytesOf(footer: ParsedFooter): number {
  const { cylinders, heads, sectorsPerTrack } = footer.geometry;
  const saturated = cylinders === 65_535 && heads === 16 && sectorsPerTrack === 255;
  const product = cylinders * heads * sectorsPerTrack * SECTOR_BYTES;
  return BY_GEOMETRY.has(footer.creator) && !saturated && product > 0
    ? product
    : footer.virtualBytes;
}
