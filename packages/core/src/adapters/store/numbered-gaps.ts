import type { NumberedItems } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

/** As the items have: see {@link NumberedItems}. */
const DIGITS = 10;

/** Where the items of a pool are looked at: from one to another, which is not looked at itself. */
interface Stretch {
  readonly pool: string;
  readonly from: string;
  readonly before: string;
}

/** Finds the first item from `from` on that is held while the one after it, which is no later than `before`, is not. */
export type LastBeforeGap = Prepared<Stretch, { item: string }>;

/**
 * Prepares that search. It goes along the key of the table from one held item to the next, so among items that are given
 * at random it ends after as many as there are held for each free one.
 */
export function lastBeforeGap({ builder, flavour }: SqlConnection): LastBeforeGap {
  return prepare((p) =>
    builder
      .selectFrom('allocation as held')
      .select('held.item')
      .where('held.pool', '=', p.pool)
      .where('held.item', '>=', p.from)
      .where('held.item', '<', p.before)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('allocation as next')
              .select('next.item')
              .where('next.pool', '=', p.pool)
              .where('next.item', '=', flavour.successor(eb.ref('held.item'))),
          ),
        ),
      )
      .orderBy('held.item')
      .limit(1),
  );
}

/** Whether items are numbers in a row. */
export function isNumbered(items: Iterable<string> | NumberedItems): items is NumberedItems {
  return 'numbers' in items;
}

/** Counts the items from one to another that are held. */
export type HeldBetween = Prepared<Stretch, { held: number }>;

/** Prepares that count. */
export function heldBetween({ builder }: SqlConnection): HeldBetween {
  return prepare((p) =>
    builder
      .selectFrom('allocation')
      .select(({ fn }) => fn.countAll<number>().as('held'))
      .where('pool', '=', p.pool)
      .where('item', '>=', p.from)
      .where('item', '<', p.before),
  );
}

/** What a search for a free number is given. */
export interface NumberSearch {
  /** Takes one if it is free. `elsewhere`: its owner holds another one by now. */
  take(item: string): Promise<'taken' | 'not free' | 'elsewhere'>;
  /** See {@link LastBeforeGap}. */
  lastBefore(from: string, before: string): Promise<string | undefined>;
  /** See {@link HeldBetween}. */
  held(from: string, before: string): Promise<number>;
}

/** How many numbers are looked at first, and how many times as many then, until one of them is free. */
const FEWEST = 64;
const GROWTH = 8;

/**
 * Takes a free one of numbered items; undefined when there is none, `elsewhere` when its owner got another one meanwhile.
 * Whether there is one among those around `from` is
 * counted, among ever more of them: going along an index is what databases do fastest, and among numbers that are given at
 * random as many are counted as are held for each free one. Who went on to the next free one from where others have would
 * make ever longer rows without a gap.
 */
export async function takeNumber(
  items: NumberedItems,
  search: NumberSearch,
): Promise<string | undefined> {
  const { numbers, unwelcome } = items;
  const [first, last, from] = [Number(numbers.first), Number(numbers.last), Number(numbers.from)];
  if (!unwelcome.has(numbers.from)) {
    const result = await search.take(numbers.from);
    if (result !== 'not free') return result === 'taken' ? numbers.from : result;
  }
  const prefer = from % 2 === 0 ? 'lower' : 'upper';
  for (let size = FEWEST; ; size *= GROWTH) {
    const start = from - ((from - first) % size);
    const around = { first: start, last: Math.min(last, start + size - 1) };
    const found = await takeAmong(items, around, prefer, search);
    if (found !== undefined) return found;
    if (around.first === first && around.last === last) return undefined;
  }
}

async function takeAmong(
  items: NumberedItems,
  { first, last }: { readonly first: number; readonly last: number },
  prefer: 'lower' | 'upper',
  search: NumberSearch,
): Promise<string | undefined> {
  if (last < first || !(await hasRoom(items, first, last, search))) return undefined;
  if (last - first < FEWEST) return takeBetween(items, first, last, search);
  const middle = Math.floor((first + last) / 2);
  const halves = [
    { first, last: middle },
    { first: middle + 1, last },
  ];
  for (const half of prefer === 'lower' ? halves : halves.toReversed()) {
    const found = await takeAmong(items, half, prefer, search);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function hasRoom(
  { unwelcome }: NumberedItems,
  first: number,
  last: number,
  search: NumberSearch,
): Promise<boolean> {
  const kept = [...unwelcome].filter((item) => Number(item) >= first && Number(item) <= last);
  return (await search.held(textOf(first), textOf(last + 1))) + kept.length < last - first + 1;
}

async function takeBetween(
  { unwelcome }: NumberedItems,
  start: number,
  end: number,
  search: NumberSearch,
): Promise<string | undefined> {
  for (let number = start; number <= end; ) {
    const candidate = textOf(number);
    if (!unwelcome.has(candidate)) {
      const result = await search.take(candidate);
      if (result !== 'not free') return result === 'taken' ? candidate : result;
      const held = await search.lastBefore(candidate, textOf(end));
      if (held === undefined) return undefined;
      number = Number(held);
    }
    number += 1;
  }
  return undefined;
}

function textOf(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
