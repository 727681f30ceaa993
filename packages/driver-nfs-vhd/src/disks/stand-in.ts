import type { ImageSource } from '@gdcloud/core';
import { SECTOR_BYTES } from '../vhd/sizes.js';

type StandIn = ImageSource & { readonly kind: 'generated' };

const PARTITION_TYPES: Readonly<Record<StandIn['osType'], number>> = {
  linux: 0x83,
  windows: 0x07,
};
const FIRST_SECTOR = 2048;

/**
 * The boot sector of a generated image: code that halts in place, a text that says what it stands for, and one
 * partition from 1 MiB to the end, so that tools which look at partition tables find one.
 */
export function standInBootSector(osType: StandIn['osType'], virtualBytes: number): Uint8Array {
  const sector = Buffer.alloc(SECTOR_BYTES);
  // "jmp $": a machine that boots it does nothing rather than something.
  sector.set([0xeb, 0xfe]);
  sector.write(
    `gdcloud stand-in for a ${osType} image: there is no system on this disk.`,
    16,
    'ascii',
  );
  const sectors = Math.min(virtualBytes / SECTOR_BYTES - FIRST_SECTOR, 0xffff_ffff);
  const beyondChs = [0xfe, 0xff, 0xff];
  sector.set([0x80, ...beyondChs, PARTITION_TYPES[osType], ...beyondChs], 446);
  sector.writeUInt32LE(FIRST_SECTOR, 454);
  sector.writeUInt32LE(sectors, 458);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
