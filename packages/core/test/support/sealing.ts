import { type SealingKeys, sealingKeysFrom } from '@gdcloud/core';

/** Keys that can be lost, and found again. */
export interface LosableKeys extends SealingKeys {
  lose(): void;
  regain(): void;
}

/** Keys from secrets of 32 equal bytes, the current one first. */
export function keysOf(...fillings: readonly number[]): SealingKeys {
  return sealingKeysFrom(fillings.map((filling) => new Uint8Array(32).fill(filling)));
}

/** One key, which is there until it is lost: what is sealed can then not be read. */
export function losableKeys(): LosableKeys {
  const keys = keysOf(1);
  let isLost = false;
  return {
    ...keys,
    find: (id) => (isLost ? undefined : keys.find(id)),
    lose: () => {
      isLost = true;
    },
    regain: () => {
      isLost = false;
    },
  };
}
