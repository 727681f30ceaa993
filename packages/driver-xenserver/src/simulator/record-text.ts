import type { Json, JsonObject } from '@gdcloud/core';
import type { Schema } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';
import { isList, isObject } from './arguments.js';
import { withPoints } from './json-floats.js';

/** By record: a row is shown as the same object until it is written. */
const TEXTS = new WeakMap<JsonObject, string>();

/** A whole number as the result of a call. */
const WHOLE = /^-?\d+$/;

/** The JSON of what a call of the result type `type` leads to, floats with their points. */
export function resultText(schema: Schema, type: XapiType | undefined, result: Json): string {
  if (type?.kind === 'record') return recordText(schema, result);
  if (type?.kind === 'map' && type.value.kind === 'record' && isObject(result)) {
    return objectText(result, (_, record) => recordText(schema, record));
  }
  if (type?.kind === 'batch' && isObject(result)) {
    return objectText(result, (name, value) =>
      name === 'events' && isList(value)
        ? `[${value.map((event) => eventText(schema, event)).join(',')}]`
        : JSON.stringify(value),
    );
  }
  const text = withPoints(schema, JSON.stringify(result));
  return type?.kind === 'float' && WHOLE.test(text) ? `${text}.0` : text;
}

function eventText(schema: Schema, event: Json): string {
  if (!isObject(event)) return JSON.stringify(event);
  return objectText(event, (name, value) =>
    name === 'snapshot' ? recordText(schema, value) : JSON.stringify(value),
  );
}

function objectText(value: JsonObject, write: (name: string, item: Json) => string): string {
  const members = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}:${write(name, item)}`,
  );
  return `{${members.join(',')}}`;
}

function recordText(schema: Schema, record: Json): string {
  if (!isObject(record)) return JSON.stringify(record);
  const known = TEXTS.get(record);
  if (known !== undefined) return known;
  const text = withPoints(schema, JSON.stringify(record));
  TEXTS.set(record, text);
  return text;
}
