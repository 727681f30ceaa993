import type { Json, JsonObject } from '@gdcloud/core';
import { asText } from './arguments.js';
import type { Row } from './database.js';

/** One field as the wire has it. */
export function fieldOf(row: Row, name: string): Json {
  const links = row.links.get(name);
  return links === undefined ? (row.fields.get(name) ?? '') : [...links];
}

interface Shown {
  readonly modified: number;
  readonly record: JsonObject;
}

/** Most rows are asked for far more often than they are written. */
const SHOWN = new WeakMap<Row, Shown>();

/** The whole row as the wire has it: the same object until the row is written. */
export function recordOf(row: Row): JsonObject {
  const known = SHOWN.get(row);
  if (known?.modified === row.modified) return known.record;
  const record: Record<string, Json> = {};
  for (const name of row.shown) record[name] = fieldOf(row, name);
  SHOWN.set(row, { modified: row.modified, record });
  return record;
}

/** A string field. */
export function textField(row: Row, name: string): string {
  return asText(row.fields.get(name));
}

/** A number field. */
export function numberField(row: Row, name: string): number {
  return Number(row.fields.get(name) ?? 0);
}
