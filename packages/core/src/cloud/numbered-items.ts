import type { NumberedItems } from '../ports/store.js';

/** Digits of an item that is called by its number: enough for 32 bits, so that texts sort as their numbers do. */
const DIGITS = 10;

/** Which numbers are welcome. */
export interface Numbers {
  readonly first: number;
  readonly last: number;
  /** Where to begin; on from the last it goes to the first. */
  readonly from: number;
  /** Those between them that are not welcome. */
  readonly without: readonly number[];
}

/** Items for numbers in a row, of up to 32 bits, made one by one; called as `itemOf` says, or by ten digits. */
export function numberedItems(
  { first, last, from, without }: Numbers,
  itemOf: (number: number) => string = tenDigits,
): NumberedItems {
  const unwelcome = new Set(without);
  return {
    first,
    last,
    from,
    unwelcome,
    itemOf,
    *[Symbol.iterator]() {
      for (let number = from; number <= last; number += 1)
        if (!unwelcome.has(number)) yield itemOf(number);
      for (let number = first; number < from; number += 1)
        if (!unwelcome.has(number)) yield itemOf(number);
    },
  };
}

function tenDigits(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
