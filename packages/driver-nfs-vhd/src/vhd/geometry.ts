import { SECTOR_BYTES } from './sizes.js';

/** Cylinders, heads and sectors per track as an old BIOS would see the disk. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

const MOST_SECTORS = 65535 * 16 * 255;

/**
 * The geometry for a virtual size by the appendix of Microsoft's VHD specification 1.0, rounding down everywhere and
 * saturating at 127.5 GiB. It covers at most the disk, so nobody may take the size from it.
 */
export function geometryFor(virtualBytes: number): Geometry {
  const sectors = Math.min(Math.floor(virtualBytes / SECTOR_BYTES), MOST_SECTORS);
  if (sectors >= 65535 * 16 * 63) return laidOut(sectors, 16, 255);

  const tracks = Math.floor(sectors / 17);
  const heads = Math.max(4, Math.ceil(tracks / 1024));
  if (heads <= 16 && tracks < heads * 1024) return laidOut(sectors, heads, 17);

  if (Math.floor(sectors / 31) < 16 * 1024) return laidOut(sectors, 16, 31);
  return laidOut(sectors, 16, 63);
}

function laidOut(sectors: number, heads: number, sectorsPerTrack: number): Geometry {
  const cylinders = Math.floor(Math.floor(sectors / sectorsPerTrack) / heads);
  return { cylinders, heads, sectorsPerTrack };
}
