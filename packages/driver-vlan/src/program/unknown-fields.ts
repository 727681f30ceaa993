/** A field of what was parsed from text; undefined where there is none, or no fields at all. */
export function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && field in value
    ? Reflect.get(value, field)
    : undefined;
}

/** What was parsed as a list; empty where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
