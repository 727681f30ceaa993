import type { Json, JsonObject } from '@gdcloud/core';
import type { Calls } from '../datamodel/calls.generated.js';
import { emptyValue } from '../datamodel/initial-value.js';
import { SCHEMA } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';

/** An answer that does not have the type the datamodel says. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/**
 * Checks a result against the datamodel and types it. Records of newer hosts may have more fields, which pass; fields
 * that older hosts lack get the datamodel's default.
 */
export function readAnswer<Method extends keyof Calls>(
  method: Method,
  result: Json,
): Calls[Method]['result'] {
  const [className = '', messageName = ''] = method.split('.');
  const message = SCHEMA.get(className)?.messages.get(messageName);
  if (message === undefined) throw new MalformedAnswer(`the datamodel has no ${method}`);
  return readValue(message.result, result, method) as Calls[Method]['result'];
}

function readValue(type: XapiType, value: Json, where: string): Json {
  switch (type.kind) {
    case 'int':
    case 'float':
      return expectKind('number', value, where);
    case 'bool':
      return expectKind('boolean', value, where);
    case 'set':
      if (!isList(value)) throw new MalformedAnswer(`${where}: a list was expected`);
      return type.of.kind === 'ref' || type.of.kind === 'string'
        ? value
        : value.map((item) => readValue(type.of, item, where));
    case 'map': {
      const entries = Object.entries(readObject(value, where));
      return Object.fromEntries(
        entries.map(([key, item]) => [key, readValue(type.value, item, where)]),
      );
    }
    case 'record':
      return readRecord(type.class, value, where);
    case 'batch':
      return readObject(value, where);
    case 'void':
    case 'option':
      return value;
    default:
      return expectKind('string', value, where);
  }
}

function readRecord(className: string, value: Json, where: string): Json {
  const given = readObject(value, where);
  const fields = SCHEMA.get(className)?.fields;
  if (fields === undefined) return given;
  const record: Record<string, Json> = {};
  for (const [name, field] of fields) {
    if (field.removed) continue;
    const item = given[name];
    record[name] =
      item === undefined
        ? (field.initial ?? emptyValue(field.type))
        : readValue(field.type, item, `${className}.${name}`);
  }
  return record;
}

function readObject(value: Json, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !isList(value)) return value;
  throw new MalformedAnswer(`${where}: an object was expected`);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function expectKind(kind: 'string' | 'number' | 'boolean', value: Json, where: string): Json {
  if (typeof value === kind) return value;
  throw new MalformedAnswer(`${where}: a ${kind} was expected`);
}
