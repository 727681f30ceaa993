import type { KeyPair } from '@gdcloud/core';

/** The administrator's key of a measured cloud. */
export const KEY: KeyPair = { publicValue: 'bench', secretValue: 'not-a-secret-of-anything' };
