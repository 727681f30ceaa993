import { type Damage, header } from './damage.js';

/** Damages of what a child says of its parent. */
export const LOCATOR_DAMAGES: readonly Damage[] = [
  {
    name: 'no name of the parent',
    of: 'child',
    finds: ['ParentNameMissing'],
    repaired: 'left',
    make: header((h) => h.fill(0, 64, 576)),
  },
  {
    name: 'no locators',
    of: 'child',
    finds: ['LocatorsMissing'],
    repaired: 'left',
    make: header((h) => h.fill(0, 576, 768)),
  },
  {
    name: 'locator behind the end',
    of: 'child',
    finds: ['LocatorOutside'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(1n << 61n, 576 + 16)),
  },
  {
    name: 'locator longer than its space',
    of: 'child',
    finds: ['LocatorInvalid'],
    repaired: 'left',
    make: header((h) => h.writeUInt32BE(600, 576 + 8)),
  },
  {
    name: 'locator over the table',
    of: 'child',
    finds: ['LocatorOverStructure', 'LocatorNameDiffers'],
    repaired: 'left',
    make: header((h) => h.writeBigUInt64BE(1536n, 576 + 16)),
  },
  {
    name: 'two locators with one code',
    of: 'child',
    finds: ['LocatorTwice'],
    repaired: 'left',
    make: header((h) => h.copyWithin(576 + 48, 576 + 24, 576 + 28)),
  },
  {
    name: 'locator with another name',
    of: 'child',
    finds: ['LocatorNameDiffers'],
    repaired: 'left',
    make: header((h) => h.writeUInt8(0x7a, 64 + 1)),
  },
];
