import type { Json, JsonObject } from '../../model/json.js';

/** Whether a value from the wire is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

/** Whether a value from the wire is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a value from the wire is a text of 1 to `longest` characters. */
export function isText(value: Json | undefined, longest = 1_024): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest;
}

/** Whether a value from the wire is a finite number. */
export function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Each item of a list as `parse` reads it; undefined when there is no list, or an item that can't be read. */
export function listOf<Item>(
  value: Json | undefined,
  parse: (item: Json) => Item | undefined,
): readonly Item[] | undefined {
  if (!isList(value)) return undefined;
  const items: Item[] = [];
  for (const each of value) {
    const item = parse(each);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

/** Reads a text as JSON; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Plain data as it arrives on the other side: keys without a value are gone. Throws what JSON.stringify throws. */
export function asSent(plain: unknown): Json {
  return JSON.parse(JSON.stringify(plain ?? null));
}
