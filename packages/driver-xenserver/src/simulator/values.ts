import type { Json } from '@gdcloud/core';
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

/** Brings an argument into the form in which the database keeps values of `type`; throws XAPI's fault if it is not one. */
export function storedValue(type: XapiType, value: Json | undefined): Json {
  switch (type.kind) {
    case 'int':
      return integerOf(value);
    case 'float':
      return floatOf(value);
    case 'bool':
      return flagOf(value);
    case 'set': {
      const of = type.of;
      return listOf(value).map((item) => storedValue(of, item));
    }
    case 'map': {
      const of = type.value;
      return Object.fromEntries(
        Object.entries(structOf(value)).map(([key, item]) => [key, storedValue(of, item)]),
      );
    }
    case 'record':
    case 'batch':
      return structOf(value);
    case 'option':
      return value ?? null;
    default:
      return textOf(value);
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
