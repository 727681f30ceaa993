/** A value as a SQL column has it: a boolean is 0 or 1. */
export type SqlValue = string | number | null;

/** How texts compare in SQLite: by code points, as their UTF-8 bytes do. JavaScript compares UTF-16 units. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  for (let n = 0; n < shorter; n += 1) {
    const a = left.charCodeAt(n);
    const b = right.charCodeAt(n);
    if (a !== b) return aboveSurrogates(a) - aboveSurrogates(b);
  }
  return left.length - right.length;
}

/** How values compare that are not null: numbers before texts, booleans having become numbers. */
export function compareValues(left: string | number, right: string | number): number {
  if (typeof left === 'number') return typeof right === 'number' ? left - right : -1;
  return typeof right === 'number' ? 1 : compareText(left, right);
}

// Half of a pair stands for a code point beyond all that one unit can say, also those above the halves.
function aboveSurrogates(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Whether a text is like a pattern with `%` and `_`: as SQLite has it, blind to the case of ASCII letters only. */
export function isLike(text: string, pattern: string): boolean {
  const source = lower(pattern).replaceAll(/[\\^$.*+?()[\]{}|/%_]/g, (each) =>
    each === '%' ? '[^]*' : each === '_' ? '[^]' : `\\${each}`,
  );
  return new RegExp(`^${source}$`, 'u').test(lower(text));
}

/** Whether a text begins with another, blind to the case of ASCII letters only. */
export function hasPrefix(text: string, prefix: string): boolean {
  return lower(text).startsWith(lower(prefix));
}

function lower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
