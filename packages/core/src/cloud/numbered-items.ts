import type { NumberedItems } from '../ports/store.js';

/** Digits of an item: enough for 32 bits, so that texts sort as their numbers do. */
const DIGITS = 10;

/** Which numbers are welcome. */
export interface Numbers {
  readonly first: number;
  readonly last: number;
  /** Where to begin; on from the last it goes to the first. */
  readonly from: number;
  /** In order: those between them that are not welcome. */
  readonly without: readonly number[];
}

/** Items that are numbers in a row, of up to 32 bits, made one by one. */
export function numberedItems({ first, last, from, without }: Numbers): NumberedItems {
  const unwelcome = new Set(without);
  return {
    numbers: { first: itemOf(first), last: itemOf(last), from: itemOf(from) },
    unwelcome: new Set(without.map(itemOf)),
    *[Symbol.iterator]() {
      for (let number = from; number <= last; number += 1)
        if (!unwelcome.has(number)) yield itemOf(number);
      for (let number = first; number < from; number += 1)
        if (!unwelcome.has(number)) yield itemOf(number);
    },
  };
}

function itemOf(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
