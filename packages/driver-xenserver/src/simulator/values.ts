import type { Json, JsonObject } from '@gdcloud/core';
import type { XapiType } from '../datamodel/type-text.js';
import {
  asText,
  flagOf,
  floatOf,
  integerOf,
  isList,
  isObject,
  listOf,
  structOf,
  textOf,
} from './arguments.js';
import { enumerationValue } from './enumeration.js';
import { XapiFault } from './fault.js';

/** Brings an argument into the form in which the database keeps values of `type`; throws XAPI's fault if it is not one. */
export function storedValue(type: XapiType, value: Json | undefined): Json {
  switch (type.kind) {
    case 'int':
      return integerOf(value);
    case 'float':
      return floatOf(value);
    case 'bool':
      return flagOf(value);
    case 'enum':
      return enumerationValue(type.name, textOf(value));
    case 'set': {
      const of = type.of;
      return listOf(value).map((item) => storedValue(of, item));
    }
    case 'map':
      return storedMap(type, structOf(value));
    case 'record':
    case 'batch':
      return structOf(value);
    case 'option':
      return value === undefined || value === null ? null : storedValue(type.of, value);
    default:
      return textOf(value);
  }
}

function storedMap(type: XapiType & { readonly kind: 'map' }, map: JsonObject): JsonObject {
  const { key: keyType, value: valueType } = type;
  return Object.fromEntries(
    Object.entries(map).map(([key, item]) => [
      asText(storedValue(keyType, key)),
      storedValue(valueType, item),
    ]),
  );
}

/** Throws the fault of a map that the database refuses to keep. */
export function assertKeys(value: Json): void {
  if (isObject(value) && Object.hasOwn(value, '')) {
    throw new XapiFault('INTERNAL_ERROR', 'Db_exn.Empty_key_in_map');
  }
}

/** Whether a stored value is true. */
export function isTrue(value: Json | undefined): boolean {
  return value === true;
}

/** A stored value as a map of strings; empty when it is none. */
export function textMap(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
}

/** A stored value as a list of strings; empty when it is none. */
export function textList(value: Json | undefined): readonly string[] {
  return isList(value) ? value.map(asText) : [];
}
