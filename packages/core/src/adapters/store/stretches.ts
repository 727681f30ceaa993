import type { NumberedItems } from '../../ports/store.js';

/** Numbers in a row that begin at a multiple of how many they are. */
export interface Stretch {
  readonly size: number;
  readonly start: number;
}

/** How many stretches there are in one of the next size. */
const FAN = 64;

/** The smallest stretch: its numbers are looked at all at once. */
export const LEAF = FAN;

/** All sizes: the largest has every number of 32 bits in it. */
export const SIZES = [1, 2, 3, 4, 5, 6].map((level) => FAN ** level);

/** The stretch of a size that a number is in. */
export function stretchOf(number: number, size: number): Stretch {
  return { size, start: number - (number % size) };
}

/** Whether all numbers that are meant are in the stretch. */
export function coversAll({ first, last }: NumberedItems, { size, start }: Stretch): boolean {
  return start <= first && last < start + size;
}

/**
 * The parts of a stretch that have a number in them that may be meant. The first one is where `from` is in it or would be,
 * were it in this stretch: who begins elsewhere goes on elsewhere.
 */
export function partsOf(items: NumberedItems, { size, start }: Stretch): readonly Stretch[] {
  const part = size / FAN;
  const offset = Math.floor((items.from % size) / part);
  return Array.from({ length: FAN }, (_, index) => ({
    size: part,
    start: start + ((offset + index) % FAN) * part,
  })).filter((found) => found.start <= items.last && found.start + part > items.first);
}

/** The numbers of a {@link LEAF} that are meant, in the order of {@link partsOf}. */
export function numbersOf(items: NumberedItems, leaf: Stretch): readonly number[] {
  return partsOf(items, leaf)
    .map(({ start }) => start)
    .filter((number) => !items.unwelcome.has(number));
}
