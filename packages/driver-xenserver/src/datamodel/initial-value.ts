import type { Json } from '@gdcloud/core';
import { NULL_REF } from './ref.js';
import type { XapiType } from './type-text.js';

/** The value a field of `type` has when neither the datamodel nor the creator says one. */
export function emptyValue(type: XapiType): Json {
  switch (type.kind) {
    case 'int':
    case 'float':
      return 0;
    case 'bool':
      return false;
    case 'datetime':
      return '19700101T00:00:00Z';
    case 'set':
      return [];
    case 'map':
    case 'record':
    case 'batch':
      return {};
    case 'ref':
      return NULL_REF;
    case 'option':
      return null;
    default:
      return '';
  }
}

/** Reads the default that the datamodel gives a field of `type`. */
export function initialValue(type: XapiType, text: string | undefined): Json {
  if (text === undefined || text === 'Null' || text === '{}' || type.kind === 'option') {
    return emptyValue(type);
  }
  switch (type.kind) {
    case 'int':
    case 'float':
      return Number(text);
    case 'bool':
      return text === 'true';
    case 'map':
      return Object.fromEntries(
        [...text.matchAll(/"([^"]*)" -> "([^"]*)"/g)].map(([, key = '', value = '']) => [
          key,
          value,
        ]),
      );
    case 'set': {
      const { of } = type;
      const items = text.replace(/^\{(.*)\}$/, '$1').split(', ');
      return items.map((item) => initialValue(of, item));
    }
    default:
      return text.replace(/^"(.*)"$/, '$1');
  }
}
