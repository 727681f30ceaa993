/** A point of a line: a moment in milliseconds, and a value. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** In what steps values are read: thousands, or 1,024s where they are bytes. */
export type StepBase = 'decimal' | 'binary';

/**
 * Values for the lines of a grid from 0 upwards, about `wanted` steps and no more, in steps that people count in: 1, 2 or 5
 * times a power of ten; of bytes powers of two. The last is at least `most`.
 */
export function niceTicks(most: number, base: StepBase, wanted = 3): readonly number[] {
  const top = most > 0 && Number.isFinite(most) ? most : 1;
  const step = base === 'binary' ? binaryStep(top / wanted) : decimalStep(top / wanted);
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

const ROUND_SPANS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
  172_800, 432_000, 604_800,
].map((seconds) => seconds * 1_000);

/** Moments for the lines of a grid: round ones in the reader’s time, about `wanted` of them. */
export function niceMoments(
  from: number,
  to: number,
  wanted: number,
  zoneOffsetMs = 0,
): readonly number[] {
  const ideal = (to - from) / Math.max(1, wanted);
  const step = ROUND_SPANS_MS.find((span) => span >= ideal) ?? ROUND_SPANS_MS.at(-1) ?? ideal;
  if (!(step > 0) || to <= from) return [];
  const first = Math.ceil((from + zoneOffsetMs) / step) * step - zoneOffsetMs;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** A path through points, broken where a gap is longer than `gapMs`: nobody knows what was in it. */
export function pathThrough(
  points: readonly Point[],
  place: { readonly x: (at: number) => number; readonly y: (value: number) => number },
  gapMs: number,
): string {
  let before: number | undefined;
  return points
    .map(({ at, value }) => {
      const verb = before === undefined || at - before > gapMs ? 'M' : 'L';
      before = at;
      return `${verb}${place.x(at).toFixed(1)} ${place.y(value).toFixed(1)}`;
    })
    .join('');
}

/** The place of the point that is nearest to a moment; -1 where there is none. Points are in the order of time. */
export function nearest(points: readonly Point[], at: number): number {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? 0) < at) low = middle;
    else high = middle;
  }
  const distance = (index: number): number => Math.abs((points[index]?.at ?? Infinity) - at);
  if (points.length === 0) return -1;
  return distance(low) <= distance(high) ? low : high;
}

function decimalStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

function binaryStep(least: number): number {
  return 2 ** Math.ceil(Math.log2(least) - 1e-9);
}
