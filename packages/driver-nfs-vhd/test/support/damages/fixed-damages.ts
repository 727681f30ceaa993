import { type Damage, FIELD, only } from './damage.js';

/** Damages of fixed disks. */
export const FIXED_DAMAGES: readonly Damage[] = [
  {
    name: 'fixed disk cut',
    of: 'fixed',
    finds: ['FixedDataMissing'],
    repaired: 'left',
    make: (b) => b.subarray(4096),
  },
  {
    name: 'fixed disk without footer',
    of: 'fixed',
    finds: ['NoFooter'],
    repaired: 'left',
    make: (b) => b.subarray(0, b.length - 512),
  },
  {
    name: 'fixed disk with a header',
    of: 'fixed',
    finds: ['FooterDataOffset'],
    repaired: 'left',
    make: only('last', (f) => f.writeBigUInt64BE(512n, FIELD.offset)),
  },
];
