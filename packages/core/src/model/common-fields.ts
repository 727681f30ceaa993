import type { Field } from './field.js';
import { type Fields, map, string } from './field.js';
import type { JsonObject } from './json.js';

const note: Field<JsonObject> = { kind: 'json', description: 'Any JSON value.' };

/** What callers may write on every resource, besides its own fields. */
export const COMMON_FIELDS = {
  name: string({
    description: 'For people. Need not be unique.',
    minLength: 1,
    maxLength: 255,
    validChars: '^\\u0000-\\u001f\\u007f',
  }),
  description: string({ description: 'For people.', maxLength: 1024 }),
  data: map(note, { description: "The caller's own notes; nothing reads them.", default: {} }),
} satisfies Fields;
