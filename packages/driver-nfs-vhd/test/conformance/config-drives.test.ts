import type { ConfigDriveDesired } from '@gdcloud/core';
import type { Specs } from '@gdcloud/core/testing';
import { keepsTheContract } from './keeps-the-contract.js';

const SEED: ConfigDriveDesired = {
  name: 'web1',
  label: 'cidata',
  files: [
    { name: 'meta-data', text: '{"instance-id":"1"}' },
    { name: 'user-data', text: '#cloud-config\n' },
  ],
};

const specs: Specs<ConfigDriveDesired> = {
  valid: [SEED, { ...SEED, files: [{ name: 'user-data', text: 'x'.repeat(2 ** 20) }] }],
  changes: [],
  invalid: [
    { ...SEED, label: 'with a space' },
    { ...SEED, files: [{ name: '../user-data', text: '' }] },
    { ...SEED, files: [{ name: 'user-data', text: 'x'.repeat(2 ** 20 + 1) }] },
    { ...SEED, files: [...SEED.files, ...SEED.files] },
  ],
  named: (name) => ({ ...SEED, name }),
  unforeseen: ['physicalBytes'],
};

keepsTheContract(
  'config drives',
  ({ configDrives }) => {
    if (configDrives === undefined) throw new Error('the driver makes no config drives');
    return configDrives;
  },
  'visible',
  [
    { specs, levels: [1, 2], before: 'known', away: 'unreachable', death: 'powerToo' },
    { specs, levels: [2], before: 'empty', away: 'unmounted', death: 'process' },
  ],
);
