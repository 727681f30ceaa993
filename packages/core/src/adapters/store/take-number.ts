import type { NumberedItems } from '../../ports/store.js';
import {
  coversAll,
  LEAF,
  numbersOf,
  partsOf,
  SIZES,
  type Stretch,
  stretchOf,
} from './stretches.js';

/** What a search for a free number is given. */
export interface NumberSearch {
  /** Takes one if it is free. `elsewhere`: its owner holds another one by now. */
  take(number: number): Promise<'taken' | 'not free' | 'elsewhere'>;
  /** Which of these are held. */
  held(numbers: readonly number[]): Promise<ReadonlyMap<number, unknown>>;
  /** The sizes of those stretches around a number that are known to be full. */
  fullAround(number: number): Promise<ReadonlySet<number>>;
  /** The starts of those parts of a stretch that are known to be full. */
  fullWithin(stretch: Stretch): Promise<ReadonlySet<number>>;
  /** These numbers are all there are of a leaf, and were held: puts on record that it is full, if that still is so. */
  leafIsFull(leaf: Stretch, numbers: readonly number[]): Promise<void>;
  /** These parts are all there are of a stretch, and each was found full: puts that on record, if it still is so. */
  isFull(stretch: Stretch, parts: readonly Stretch[]): Promise<void>;
}

/** What a search found: a number that is the owner's now; `elsewhere`, see {@link NumberSearch}; undefined, none is free. */
export type Taken = number | 'elsewhere' | undefined;

/**
 * Takes a free one of numbered items. `from` is tried first; then the numbers next to it are looked at, then ever larger
 * stretches around it, but none that is known to be full. What is found to be full is put on record, once, so that each
 * search looks at a few stretches of each size only, however full the pool is.
 */
export async function takeNumber(items: NumberedItems, search: NumberSearch): Promise<Taken> {
  const { from, unwelcome } = items;
  if (!unwelcome.has(from)) {
    const result = await search.take(from);
    if (result !== 'not free') return result === 'taken' ? from : result;
  }
  const leaf = stretchOf(from, LEAF);
  if (coversAll(items, leaf)) return (await takeFirst(numbersOf(items, leaf), search)).found;
  const walk = new Walk(items, search);
  const full = await search.fullAround(from);
  for (const size of SIZES) {
    const around = stretchOf(from, size);
    const found = full.has(size) ? undefined : await walk.takeIn(around);
    if (found !== undefined || coversAll(items, around)) return found;
  }
  return undefined;
}

/** One walk through stretches, each of which it goes into once. */
class Walk {
  readonly #items: NumberedItems;
  readonly #search: NumberSearch;
  readonly #seen = new Set<string>();

  constructor(items: NumberedItems, search: NumberSearch) {
    this.#items = items;
    this.#search = search;
  }

  async takeIn(stretch: Stretch): Promise<Taken> {
    const key = `${stretch.size} ${stretch.start}`;
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    return stretch.size === LEAF ? this.#takeInLeaf(stretch) : this.#takeInParts(stretch);
  }

  async #takeInLeaf(leaf: Stretch): Promise<Taken> {
    const numbers = numbersOf(this.#items, leaf);
    const { found, left } = await takeFirst(numbers, this.#search);
    if (left === 0) await this.#search.leafIsFull(leaf, numbers);
    return found;
  }

  async #takeInParts(stretch: Stretch): Promise<Taken> {
    const parts = partsOf(this.#items, stretch);
    const full = await this.#search.fullWithin(stretch);
    for (const part of parts) {
      if (full.has(part.start)) continue;
      const found = await this.takeIn(part);
      if (found !== undefined) return found;
    }
    await this.#search.isFull(stretch, parts);
    return undefined;
  }
}

// How many are free then, as far as was seen: who takes the last one knows that the leaf is full.
async function takeFirst(
  numbers: readonly number[],
  search: NumberSearch,
): Promise<{ readonly found: Taken; readonly left: number }> {
  const held = numbers.length === 0 ? new Map() : await search.held(numbers);
  let left = numbers.length - held.size;
  for (const number of numbers) {
    if (held.has(number)) continue;
    const result = await search.take(number);
    if (result === 'elsewhere') return { found: result, left };
    left -= 1;
    if (result === 'taken') return { found: number, left };
  }
  return { found: undefined, left };
}
