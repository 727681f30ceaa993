import { exampleOf, type Field } from '@gdcloud/core';
import { fieldTypeName } from '../schema/field-schema.js';
import type { Speak } from '../texts/speak.js';
import { plainText } from './plain-text.js';

/** What a field takes, in few words: its type, limits, form, example and default. */
export function limitsOf(field: Field, say: Speak): readonly string[] {
  const { min, max, minLength, maxLength, format, validChars, atLeast } = field;
  const example = exampleOf(field);
  return [
    fieldTypeName(field),
    range(min, max, say),
    maxLength === undefined || field.kind === 'reference'
      ? ''
      : say('api.limit.length', { min: minLength ?? 0, max: maxLength }),
    format === undefined ? '' : say('api.limit.format', { format }),
    // What is forbidden is said when somebody sends it: control characters, mostly.
    validChars === undefined || validChars.startsWith('^')
      ? ''
      : say('api.limit.characters', { characters: `[${validChars}]` }),
    atLeast === undefined ? '' : say('api.limit.atLeast', { field: atLeast }),
    example === undefined ? '' : say('api.limit.example', { example: plainText(example) }),
    field.default === undefined
      ? ''
      : say('api.limit.default', { value: plainText(field.default) }),
  ].filter((text) => text !== '');
}

function range(min: number | undefined, max: number | undefined, say: Speak): string {
  if (min !== undefined && max !== undefined) return say('api.limit.range', { min, max });
  if (min !== undefined) return say('api.limit.min', { min });
  return max === undefined ? '' : say('api.limit.max', { max });
}
