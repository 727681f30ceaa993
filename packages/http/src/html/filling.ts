import type { Field, JsonObject } from '@gdcloud/core';
import type { Form } from '../request/form.js';
import { plainText } from './plain-text.js';

/** What stands in the inputs of a form at first: a text, or several where a field is a list. */
export type Filling = (name: string, field: Field) => string | readonly string[];

/** What is known of each field, else its default. */
export function filledWith(values: JsonObject): Filling {
  return (name, field) => {
    if (field.kind === 'password') return '';
    const value = Object.hasOwn(values, name) ? values[name] : field.default;
    if (field.kind === 'array') return Array.isArray(value) ? value.map(plainText) : [];
    const isStructure = field.kind === 'json' || field.kind === 'map';
    return isStructure && typeof value === 'string' ? JSON.stringify(value) : plainText(value);
  };
}

/** What somebody entered and was refused, letter by letter, but no secrets. */
export function enteredAs(form: Form): Filling {
  return (name, field) => {
    const entered = Object.hasOwn(form, name) ? form[name] : undefined;
    if (field.kind === 'password' || entered === undefined) return '';
    if (field.kind !== 'array')
      return typeof entered === 'string' ? entered : plainText(asJson(entered));
    const items = Array.isArray(entered) ? entered : [entered];
    return items.flatMap((item) => (typeof item === 'string' && item !== '' ? [item] : []));
  };
}

// Nested names of a form make lists and objects of texts.
function asJson(entered: Form | readonly unknown[]): JsonObject {
  return JSON.parse(JSON.stringify(entered));
}
