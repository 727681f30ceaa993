/** One measured value, and what it is to be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words; null when there is none. */
  readonly goal: string | null;
  /** Whether the goal is met; null without one. */
  readonly ok: boolean | null;
}

/** A goal. */
export interface Goal {
  readonly least?: number;
  readonly most?: number;
  /** What is aimed at later. */
  readonly later?: string;
}

/** A value, rounded to what can be told apart, and judged by its goal. */
export function figure(name: string, value: number, unit: string, goal?: Goal): Figure {
  const rounded = Number(value.toPrecision(4));
  if (goal === undefined) return { name, value: rounded, unit, goal: null, ok: null };
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, later } = goal;
  const bounds = [
    ...(goal.least === undefined ? [] : [`≥ ${goal.least}`]),
    ...(goal.most === undefined ? [] : [`≤ ${goal.most}`]),
    ...(later === undefined ? [] : [`(later ${later})`]),
  ];
  return {
    name,
    value: rounded,
    unit,
    goal: bounds.join(' '),
    ok: value >= least && value <= most,
  };
}
