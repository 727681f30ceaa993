import type { Field, Fields } from './field.js';
import { isNullable } from './field.js';
import type { Json, JsonObject } from './json.js';

/** Which side of a document a schema describes. */
export type Direction = 'create' | 'update' | 'action' | 'read';

/** The JSON Schema (2020-12) of one value, for validation and OpenAPI alike. */
export function valueSchema(field: Field): JsonObject {
  const schema: Record<string, Json> = { ...kindSchema(field) };
  if (field.min !== undefined) schema['minimum'] = field.min;
  if (field.max !== undefined) schema['maximum'] = field.max;
  if (field.kind === 'array') {
    if (field.minLength !== undefined) schema['minItems'] = field.minLength;
    if (field.maxLength !== undefined) schema['maxItems'] = field.maxLength;
  } else {
    if (field.minLength !== undefined) schema['minLength'] = field.minLength;
    if (field.maxLength !== undefined && schema['type'] === 'string')
      schema['maxLength'] = field.maxLength;
  }
  if (field.validChars !== undefined) schema['pattern'] = `^[${field.validChars}]*$`;
  if (field.format !== undefined) schema['format'] = field.format;
  // Any JSON is null, too.
  if (field.kind === 'json') return schema;
  return isNullable(field) ? { anyOf: [schema, { type: 'null' }] } : schema;
}

// The years 0 to 9999: those that a moment is written of with four digits (ISO 8601).
const FIRST_MOMENT = Date.parse('0000-01-01T00:00:00Z');
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

function kindSchema(field: Field): JsonObject {
  switch (field.kind) {
    case 'string':
    case 'password':
    case 'reference':
      return { type: 'string' };
    case 'enum':
      return { type: 'string', enum: field.options ?? [] };
    case 'int':
      return {
        type: 'integer',
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
      };
    case 'date':
      return { type: 'integer', minimum: FIRST_MOMENT, maximum: LAST_MOMENT };
    case 'boolean':
      return { type: 'boolean' };
    case 'json':
      return {};
    case 'array':
      return {
        type: 'array',
        items: field.element === undefined ? {} : elementSchema(field.element),
      };
    case 'map':
      return {
        type: 'object',
        additionalProperties: field.element === undefined ? {} : elementSchema(field.element),
      };
  }
}

// An element is there or not; null is never a value of one.
function elementSchema(element: Field): JsonObject {
  return valueSchema({ ...element, required: true });
}

/** The fields a caller may set in this direction. */
export function writableFields(fields: Fields, direction: Direction): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, field]) => isWritable(field, direction)),
  );
}

function isWritable(field: Field, direction: Direction): boolean {
  const write = field.write ?? 'always';
  if (direction === 'create') return write !== 'internal';
  return direction === 'action' || write === 'always';
}

/**
 * The JSON Schema of a whole body. Unknown fields pass: old clients send back all they have read
 * (reference/gdapi.md, rule 11), and only known fields are taken.
 */
export function bodySchema(fields: Fields, direction: Direction): JsonObject {
  const writable = writableFields(fields, direction);
  const required = Object.entries(writable)
    .filter(([, field]) => field.required === true)
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(writable).map(([name, field]) => [name, valueSchema(field)]),
    ),
    ...(direction === 'update' || required.length === 0 ? {} : { required }),
  };
}
