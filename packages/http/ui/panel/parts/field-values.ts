import { isList } from '../../hypermedia/catalogue.js';
import { type Document, type Field, type Fields, textOf } from '../../hypermedia/documents.js';

/** What is written in the inputs of a form: a text for each field. */
export type Written = { readonly [name: string]: string };

/** The texts that a form begins with: values that are known, else defaults. */
export function writtenOf(fields: Fields, values: Document): Written {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = Object.hasOwn(values, name) ? values[name] : field.default;
      return [name, writtenAs(field, value)];
    }),
  );
}

function writtenAs({ type }: Field, value: unknown): string {
  return Array.isArray(value) && isList(type) && value.every((item) => typeof item === 'string')
    ? value.join('\n')
    : textOf(value);
}

/**
 * The body that a form means: what differs from how it began, and on a creation all that is not empty. Texts that are no
 * numbers or no JSON are sent as they are, so that the API says what is wrong with them.
 */
export function bodyOf(fields: Fields, written: Written, began: Written | undefined): Document {
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const text = written[name] ?? '';
    if (began !== undefined && text === began[name]) return [];
    if (began === undefined && text === '') return [];
    return [[name, valueIn(field, text)] as const];
  });
  return Object.fromEntries(entries);
}

function valueIn({ type }: Field, text: string): unknown {
  if (type.startsWith('array[string]') || type.startsWith('array[reference['))
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  if (text === '') return type === 'string' ? '' : null;
  if (type === 'int' || type === 'float')
    return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true';
  if (type === 'json' || type.startsWith('map[') || isList(type)) return parsed(text);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
