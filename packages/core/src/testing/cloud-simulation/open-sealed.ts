import { sealingKeysFrom } from '../../adapters/system/sealing-keys-from.js';
import { Sealing } from '../../kernel/sealing/sealing.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import { PEPPER } from './kernel-process.js';

const NO_CHANCE = {
  bytes: (): never => {
    throw new TypeError('who only looks seals nothing');
  },
};

/** Opens what simulated kernels have sealed. */
export const openSealed: OpenSealed = new Sealing(sealingKeysFrom([PEPPER]), NO_CHANCE).open;
