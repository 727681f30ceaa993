import type { NumberStretch } from '../../ports/change-records.js';

/** How many gaps are remembered; where there are more, the oldest are given up. */
const MOST_GAPS = 64;

/**
 * How far somebody has read the records of changes: up to `last`, but for the gaps. A gap may be filled yet, by a unit
 * that drew its number before `last` was drawn and is committed after it; or never.
 */
export interface Position {
  readonly last: number;
  /** In ascending order; they neither meet nor overlap. */
  readonly gaps: readonly Gap[];
}

/** Numbers that have not turned up. */
export interface Gap extends NumberStretch {
  /** Since when they are missed; milliseconds of the monotonic clock. */
  readonly since: number;
}

/** Whether the record of that number has been read, or was given up. */
export function hasRead({ last, gaps }: Position, number: number): boolean {
  return number <= last && !gaps.some((gap) => gap.first <= number && number <= gap.last);
}

/** The position after one more record has been read. */
export function afterReading(position: Position, number: number, now: number): Position {
  const { last, gaps } = position;
  if (number === last + 1) return { last: number, gaps };
  if (number > last) {
    const gap = { first: last + 1, last: number - 1, since: now };
    return { last: number, gaps: [...gaps, gap].slice(-MOST_GAPS) };
  }
  return { last, gaps: gaps.flatMap((gap) => without(gap, number)).slice(-MOST_GAPS) };
}

/** The position without the gaps that are missed since `moment` or longer: nothing will fill them any more. */
export function withoutOldGaps(position: Position, moment: number): Position {
  const gaps = position.gaps.filter(({ since }) => since > moment);
  return gaps.length === position.gaps.length ? position : { ...position, gaps };
}

/**
 * The position of somebody who has read all that there is, given the numbers of the newest records, in ascending order:
 * `all` where there are no others. What is older than the newest, and has not turned up, never will.
 */
export function positionAtEnd(
  newest: readonly number[],
  which: 'all' | 'some',
  now: number,
): Position {
  const [first = 1] = newest;
  const begin: Position = { last: which === 'all' ? 0 : first - 1, gaps: [] };
  return newest.reduce((position, number) => afterReading(position, number, now), begin);
}

function without(gap: Gap, number: number): readonly Gap[] {
  if (number < gap.first || gap.last < number) return [gap];
  return [
    ...(gap.first < number ? [{ ...gap, last: number - 1 }] : []),
    ...(number < gap.last ? [{ ...gap, first: number + 1 }] : []),
  ];
}
