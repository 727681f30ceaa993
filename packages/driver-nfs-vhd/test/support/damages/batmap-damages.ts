import type { Damage } from './damage.js';

/** Damages of the batmap. */
export const BATMAP_DAMAGES: readonly Damage[] = [
  {
    name: 'no batmap',
    of: 'tap',
    finds: ['BatmapMissing'],
    repaired: 'whole',
    make: (b, { batmap }) => b.fill(0, batmap, batmap + 512),
  },
  {
    name: 'batmap with a wrong checksum',
    of: 'tap',
    finds: ['BatmapDamaged'],
    repaired: 'whole',
    make: (b, { batmap }) => void b.writeUInt32BE(1, batmap + 24),
  },
  {
    name: 'batmap of nothing',
    of: 'tap',
    finds: ['BatmapSizeInvalid'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeUInt32BE(0, batmap + 16),
  },
  {
    name: 'batmap of 2 TB',
    of: 'tap',
    finds: ['BatmapSizeInvalid'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeUInt32BE(0xffff_ffff, batmap + 16),
  },
  {
    name: 'batmap elsewhere',
    of: 'tap',
    finds: ['BatmapOutside'],
    repaired: 'left',
    make: (b, { batmap }) => void b.writeBigUInt64BE(1n << 60n, batmap + 8),
  },
  {
    name: 'batmap calls an absent block full',
    of: 'tap',
    finds: ['BatmapBitWithoutBlock'],
    repaired: 'whole',
    make: (b, { batmap }) => void b.writeUInt8(0x80, batmap + 512),
  },
  {
    name: 'batmap calls a block with gaps full',
    of: 'child',
    finds: ['BatmapBitOverGaps'],
    repaired: 'whole',
    make: (b, { batmap, blocks: [[block] = [0]] }) =>
      void b.writeUInt8(0x80 >> block, batmap + 512),
  },
];
