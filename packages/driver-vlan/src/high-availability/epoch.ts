import type { Branded, Fence } from '@gdcloud/core';

/**
 * Which of the turns of a pair's appliances at carrying its networks is meant: later ones compare as greater, as text. It
 * begins with a letter for who has given it; those of another giver can't be compared.
 */
export type Epoch = Branded<'Epoch'>;

/** As much as fits into a gate. */
const LONGEST = 45;

/** The epoch of a lock's lease. Throws RangeError for a token that a gate can't hold. */
export function leaseEpoch(fence: Fence): Epoch {
  if (!/^[0-9a-z.]+$/.test(fence) || fence.length >= LONGEST) {
    throw new RangeError(`a gate holds no token like ${fence}`);
  }
  return `l${fence}` as Epoch;
}

/** The epoch that a machine gives to itself after `last`, where nobody gives tokens. */
export function nextOwnEpoch(last: Epoch | undefined): Epoch {
  const count = last?.startsWith('v') === true ? Number.parseInt(last.slice(1), 16) + 1 : 1;
  return `v${count.toString(16).padStart(12, '0')}` as Epoch;
}

/** Whether `one` is of an earlier turn than `other`. */
export function isEarlier(one: Epoch, other: Epoch): boolean {
  return one[0] === other[0] && one < other;
}

/** Reads what a gate holds. */
export function asEpoch(text: string): Epoch {
  return text as Epoch;
}
