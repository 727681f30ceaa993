import { RequestError } from '@gdcloud/core';
import { decodeFormText } from './url-text.js';

/** One name and value of a query; value-less names have an empty value (rule 14). */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Words of a query that are never filters (reference/gdapi.md 1.1). */
export const RESERVED: ReadonlySet<string> = new Set([
  '_accept',
  '_format',
  '_method',
  'action',
  'dryRun',
  'include',
  'limit',
  'marker',
  'order',
  'sort',
  'total',
]);

/** Those of them that may be given several times. */
const REPEATABLE: ReadonlySet<string> = new Set(['include']);

/** Parameters that together are one filter: `_where=name_like&_value=web%25` is `name_like=web%25`. Forms can't name an input after another. */
export const FILTER_FIELD = '_where';
export const FILTER_VALUE = '_value';

const MAX_PARAMETERS = 1000;
const CREDENTIALS =
  /^(access_?key|secret_?key|public_?value|secret_?value|access_?token|token|password)$/i;

/** The parameters of a URL, in order. */
export class Query {
  static readonly #none: Query = new Query([]);
  readonly parameters: readonly Parameter[];

  private constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
  }

  /**
   * Reads the part of a URL after `?`. Throws InvalidQuery for too many parameters, nested names, repeated reserved words and
   * anything that looks like a credential: URLs end up in logs (bad inputs B9, B11, B14, C16).
   */
  static parse(text: string): Query {
    if (text === '') return Query.#none;
    const parts = text.split('&').filter((part) => part !== '');
    if (parts.length > MAX_PARAMETERS) {
      throw new RequestError('InvalidQuery', `there are more than ${MAX_PARAMETERS} parameters`);
    }
    const parameters = withFilter(parts.map(parameterOf));
    const seen = new Set<string>();
    for (const { name } of parameters) {
      if (name.includes('[') || name.includes(']')) {
        throw new RequestError('InvalidQuery', 'query parameters have no nested names');
      }
      if (CREDENTIALS.test(name)) {
        throw new RequestError('InvalidQuery', 'credentials do not belong in a URL', {
          fieldName: name,
        });
      }
      if (RESERVED.has(name) && !REPEATABLE.has(name) && seen.has(name)) {
        throw new RequestError('InvalidQuery', `${name} is given twice`, { fieldName: name });
      }
      seen.add(name);
    }
    return new Query(parameters);
  }

  /** The value of a parameter that occurs at most once. */
  get(name: string): string | undefined {
    for (const parameter of this.parameters) if (parameter.name === name) return parameter.value;
    return undefined;
  }

  /** All values of a parameter, in order. */
  all(name: string): readonly string[] {
    return this.parameters.filter((parameter) => parameter.name === name).map(({ value }) => value);
  }

  /** Everything that may be a filter, in order. */
  filters(): readonly Parameter[] {
    return this.parameters.filter(({ name }) => !RESERVED.has(name));
  }

  /** This query as text with some parameters replaced, or left out where the new value is undefined. */
  with(changes: { readonly [name: string]: string | undefined }): string {
    const kept = this.parameters.filter(({ name }) => !Object.hasOwn(changes, name));
    const added = Object.entries(changes).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value }],
    );
    const text = [...kept, ...added]
      .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    return text === '' ? '' : `?${text}`;
  }
}

// Whatever the filter is called is looked at like any other parameter.
function withFilter(parameters: readonly Parameter[]): readonly Parameter[] {
  const field = parameters.find(({ name }) => name === FILTER_FIELD)?.value;
  if (field === undefined) return parameters;
  const value = parameters.find(({ name }) => name === FILTER_VALUE)?.value ?? '';
  // Forms send what is left blank, too.
  const kept = parameters.filter(
    (one) =>
      one.name !== FILTER_FIELD &&
      one.name !== FILTER_VALUE &&
      (one.name !== 'limit' || one.value !== ''),
  );
  return field === '' ? kept : [...kept, { name: field, value }];
}

function parameterOf(part: string): Parameter {
  const equals = part.indexOf('=');
  return equals === -1
    ? { name: decodeFormText(part), value: '' }
    : {
        name: decodeFormText(part.slice(0, equals)),
        value: decodeFormText(part.slice(equals + 1)),
      };
}
