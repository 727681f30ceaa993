/** Says numbers, sizes and moments as readers of one language do. */
export interface Quantities {
  /** `1,234.5` */
  number(value: number): string;
  /** Of bytes: `1.5 GB`, in steps of 1,024. */
  bytes(value: number): string;
  /** Of a share: `35 %` for 0.35. */
  percent(share: number): string;
  /** Date and time of a moment in milliseconds or ISO 8601. */
  moment(when: number | string): string;
  /** Time of day of a moment, to the minute. */
  clock(when: number): string;
  /** Day and month of a moment. */
  day(when: number): string;
  /** How long ago, or how long until: `3 minutes ago`. */
  since(when: number | string, now: number): string;
  /** A span: `350 ms`, `2.4 s`. */
  span(ms: number): string;
}

const STEPS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const AGES: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** Makes what says quantities in the reader’s locale: `de-AT`. */
export function quantitiesIn(locale: string): Quantities {
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const ages = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const units = STEPS.map(
    (unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }),
  );
  return {
    number: (value) => plain.format(value),
    bytes: (value) => {
      const step = value < 1 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log2(value) / 10));
      return units[step]?.format(value / 2 ** (10 * step)) ?? plain.format(value);
    },
    percent: (value) => share.format(value),
    clock: (when) => clock.format(when),
    day: (when) => days.format(when),
    moment: (when) => dates.format(new Date(when)),
    since: (when, now) => {
      const age = new Date(when).getTime() - now;
      const [unit, length] = AGES.find(([, ms]) => Math.abs(age) >= ms) ?? ['second', 1_000];
      return ages.format(Math.round(age / length), unit);
    },
    span: (ms) =>
      ms < 1_000 ? `${plain.format(Math.round(ms))} ms` : `${plain.format(ms / 1_000)} s`,
  };
}
