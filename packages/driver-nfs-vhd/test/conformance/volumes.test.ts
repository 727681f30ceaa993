import type { VolumeDesired } from '@gdcloud/core';
import type { Specs } from '@gdcloud/core/testing';
import { GIB, MIB } from '../support/fixtures.js';
import { keepsTheContract } from './keeps-the-contract.js';
import { BASE } from './share-world.js';

const DATA: VolumeDesired = { name: 'data', sizeBytes: GIB };
const ROOT: VolumeDesired = { name: 'root', sizeBytes: 4 * GIB, origin: { image: BASE } };
const SMALL: VolumeDesired = { name: 'small', sizeBytes: 2 * MIB };

const blank: Specs<VolumeDesired> = {
  valid: [DATA, SMALL],
  changes: [],
  invalid: [0, -GIB, GIB - 1, MIB, 2042 * GIB, Number.NaN].map((sizeBytes) => ({
    ...DATA,
    sizeBytes,
  })),
  named: (name) => ({ ...DATA, name }),
  unforeseen: ['physicalBytes'],
};
const copies: Specs<VolumeDesired> = {
  ...blank,
  valid: [ROOT, DATA],
  invalid: [...blank.invalid, { ...ROOT, sizeBytes: GIB / 2 }],
  named: (name) => ({ ...ROOT, name }),
};

const changing: Specs<VolumeDesired> = {
  ...blank,
  changes: [[DATA, { ...DATA, use: 'free', sizeBytes: 2 * GIB }]],
};

keepsTheContract('volumes', ({ volumes }) => volumes, 'visible', [
  { specs: copies, levels: [1, 2], before: 'known', away: 'unreachable', death: 'powerToo' },
  // To a new machine a share that is not mounted is an empty folder: `refuse` is for that.
  {
    specs: copies,
    levels: [1, 2],
    before: 'newMachine',
    firstUse: 'refuse',
    away: 'unmounted',
    death: 'process',
  },
  { specs: blank, levels: [2], before: 'empty', away: 'unreachable', death: 'powerToo' },
  {
    specs: changing,
    levels: [1, 2],
    before: 'known',
    away: 'unmounted',
    death: 'powerToo',
    users: 'none',
  },
]);
