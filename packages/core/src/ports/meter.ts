/**
 * Where numbers go. Names are `gdcloud_*` with the unit at the end, and labels come from small fixed sets: a type, an
 * outcome, a driver; never a uuid, an id or a text that somebody wrote.
 */
export interface Meter {
  /** False for one that keeps nothing: then callers need not even measure. */
  readonly isActive: boolean;

  /** A number that only grows. */
  counter<Label extends string>(metric: Metric<Label>): Counter<Label>;

  /** How values are spread. */
  histogram<Label extends string>(
    metric: Metric<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label>;

  /** A number that is asked for whenever somebody reads it. What fails is left out of that reading. */
  gauge<Label extends string>(
    metric: Metric<Label>,
    read: () => readonly Reading<Label>[] | Promise<readonly Reading<Label>[]>,
  ): void;
}

/** What a metric is called and what it says. */
export interface Metric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

/** A value for each label of a metric. */
export type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** One value of a gauge. */
export interface Reading<Label extends string> {
  readonly labels: Labels<Label>;
  readonly value: number;
}

/** See {@link Meter.counter}. */
export interface Counter<Label extends string> {
  /** Adds `amount`, 1 unless it is given. */
  add(labels: Labels<Label>, amount?: number): void;
}

/** See {@link Meter.histogram}. */
export interface Histogram<Label extends string> {
  record(labels: Labels<Label>, value: number): void;
}

/** Bounds for anything from one row to one slow backend; seconds. */
export const SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Keeps nothing: what a cloud has unless a plug-in registers another. */
export const NO_METER: Meter = {
  isActive: false,
  counter: () => ({ add: () => undefined }),
  histogram: () => ({ record: () => undefined }),
  gauge: () => undefined,
};
