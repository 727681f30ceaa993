import type { ImageDesired } from '@gdcloud/core';
import type { Specs } from '@gdcloud/core/testing';
import { GIB, MIB } from '../support/fixtures.js';
import { keepsTheContract } from './keeps-the-contract.js';

const LINUX: ImageDesired = {
  name: 'debian',
  sizeBytes: GIB,
  source: { kind: 'generated', osType: 'linux' },
};
const WINDOWS: ImageDesired = {
  name: 'windows',
  sizeBytes: 20 * GIB,
  source: { kind: 'generated', osType: 'windows' },
};

const specs: Specs<ImageDesired> = {
  valid: [LINUX, WINDOWS],
  changes: [],
  invalid: [0, -GIB, GIB - 1, MIB, 2042 * GIB, Number.NaN].map((sizeBytes) => ({
    ...LINUX,
    sizeBytes,
  })),
  named: (name) => ({ ...LINUX, name }),
  unforeseen: ['physicalBytes'],
};

keepsTheContract('images', ({ images }) => images, 'hidden', [
  { specs, levels: [1, 2], before: 'known', away: 'unmounted', death: 'powerToo' },
  { specs, levels: [2], before: 'empty', away: 'unreachable', death: 'process' },
]);
