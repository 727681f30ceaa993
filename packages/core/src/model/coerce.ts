import type { Field, Fields } from './field.js';
import type { Json, JsonObject } from './json.js';

/** What a form can say of a field: text, text several times over, or nested names. */
export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue };

/**
 * Reads a form's texts as the values its fields ask for. This is the one table of coercions; JSON is never coerced.
 * What does not fit is passed on as it is, so that validation names the field.
 *
 * | field | text | becomes |
 * |---|---|---|
 * | int | digits without leading zeros, `-` before them | number |
 * | boolean | true, True, yes, on, 1 · false, False, no, off, 0 | boolean |
 * | date | `now`, ISO 8601, digits | milliseconds |
 * | array | one text, several | a list of each |
 * | json | JSON text | its value |
 */
export function coerceForm(
  fields: Fields,
  form: { readonly [name: string]: FormValue },
  now: number,
): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(form)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field !== undefined) body[name] = coerce(field, value, now);
  }
  return body;
}

const TRUE = new Set(['true', 'yes', 'on', '1']);
const FALSE = new Set(['false', 'no', 'off', '0']);

function coerce(field: Field, value: FormValue, now: number): Json {
  if (field.kind === 'array') {
    const items = Array.isArray(value)
      ? value
      : typeof value === 'string'
        ? [value]
        : Object.values(value);
    return items.map((item: FormValue) =>
      field.element === undefined ? asJson(item) : coerce(field.element, item, now),
    );
  }
  if (field.kind === 'map' && typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        field.element === undefined ? asJson(item) : coerce(field.element, item, now),
      ]),
    );
  }
  if (typeof value !== 'string') return asJson(value);
  switch (field.kind) {
    case 'int':
      return /^(?:0|-?[1-9][0-9]{0,15})$/.test(value) ? Number(value) : value;
    case 'boolean':
      return TRUE.has(value.toLowerCase()) ? true : FALSE.has(value.toLowerCase()) ? false : value;
    case 'date':
      return value === 'now' ? now : /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
    case 'json':
    case 'map':
      return parsed(value);
    default:
      return value;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function asJson(value: FormValue): Json {
  return value as Json;
}
