/**
 * What a value reads back as from a database that keeps JSON: no undefined members, no number that JSON can't say. Gives
 * the very value back when nothing of it would change, which is nearly always.
 */
export function asStored<Value>(value: Value): Value {
  return survives(value) ? value : (JSON.parse(JSON.stringify(value)) as Value);
}

function survives(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Array.isArray(value) ? value.every(survives) : Object.values(value).every(survives);
}
