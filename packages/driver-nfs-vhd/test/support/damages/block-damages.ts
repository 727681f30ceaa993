import { type Damage, entry } from './damage.js';

/** Damages of the block table’s entries and of the bitmaps of blocks. */
export const BLOCK_DAMAGES: readonly Damage[] = [
  {
    name: 'block behind the end',
    of: 'sparse',
    finds: ['BlockOutside'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(0xffff_fff0, table),
  },
  {
    name: 'block over the last footer',
    of: 'sparse',
    finds: ['BlockOutside'],
    repaired: 'left',
    make: (b, { table, last }) => void b.writeUInt32BE(last / 512 - 4000, table),
  },
  {
    name: 'two blocks at one place',
    of: 'sparse',
    finds: ['BlocksOverlap'],
    repaired: 'left',
    make: (b, { table, blocks: [[block] = [0]] }) =>
      void b.writeUInt32BE(entry(b, table, block), table),
  },
  {
    name: 'two blocks eight sectors apart',
    of: 'sparse',
    finds: ['BlocksOverlap'],
    repaired: 'left',
    make: (b, { table, blocks: [[block] = [0]] }) =>
      void b.writeUInt32BE(entry(b, table, block) + 8, table),
  },
  {
    name: 'block over the header',
    of: 'sparse',
    finds: ['BlockOverStructure', 'BlocksOverlap'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(0, table),
  },
  {
    name: 'block over its table',
    of: 'sparse',
    finds: ['BlockOverStructure', 'BlocksOverlap'],
    repaired: 'left',
    make: (b, { table }) => void b.writeUInt32BE(table / 512, table),
  },
  {
    name: 'gaps in a block without parent',
    of: 'sparse',
    finds: ['BitmapHidesData', 'BitmapGaps'],
    repaired: 'left',
    make: (b, { blocks: [[, at] = [0, 0]] }) => void b.writeUInt8(0x7f, at),
  },
];
