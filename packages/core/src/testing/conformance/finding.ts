/** A broken rule: what was expected, and what was seen instead. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}; seen: ${seen}`);
    this.expected = expected;
    this.seen = seen;
  }
}

/** A check that says nothing about this driver, and why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Fails the check unless `holds`. */
export function demand(holds: unknown, expected: string, seen: unknown): asserts holds {
  if (holds !== true) throw new Finding(expected, show(seen));
}

/** Fails the check unless both are the same data. */
export function demandSame(seen: unknown, wanted: unknown, expected: string): void {
  demand(same(seen, wanted), `${expected}: ${show(wanted)}`, seen);
}

/** Whether two values are the same data, whatever the order of their fields. */
export function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left, sorted) === JSON.stringify(right, sorted);
}

const LONGEST = 600;

/** A value in words, short enough for a report. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text = typeof value === 'string' ? value : (JSON.stringify(value, sorted) ?? String(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
