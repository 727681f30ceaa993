import {
  coerceForm,
  type Field,
  type Fields,
  type FormValue,
  isNullable,
  type Json,
  type JsonObject,
  RequestError,
} from '@gdcloud/core';
import type { ApiRequest } from './api-request.js';
import { collect, decodeBody, startOf } from './body-bytes.js';
import { bodyKind } from './content-type.js';
import { type Form, formOfPairs, parseForm } from './form.js';
import type { JsonLimits } from './json-scanner.js';
import { parseMultipart } from './multipart.js';
import { isJsonObject, parseJsonObject } from './strict-json.js';

/** How much body is accepted. */
export interface BodyLimits extends JsonLimits {
  readonly bytes: number;
}

/** A body that was read but not yet held against any fields. */
export type Input =
  | { readonly kind: 'json'; readonly value: JsonObject }
  | { readonly kind: 'form'; readonly form: Form };

/** Reads a request's body to its end. Throws RequestError, having changed nothing. */
export async function readInput(request: ApiRequest, limits: BodyLimits): Promise<Input> {
  if (request.alreadyParsed !== undefined) return inputOfHost(request);
  const bytes = await collect(request.body, limits.bytes);
  const kind = bodyKind(request, startOf(bytes));
  if (kind === 'multipart') {
    const pairs = await parseMultipart(request.header('content-type') ?? '', bytes);
    // The reader replaces what is no UTF-8; nothing a caller sends is to be changed silently.
    decodeBody(bytes);
    return { kind: 'form', form: formOfPairs(pairs, limits) };
  }
  const text = decodeBody(bytes);
  return kind === 'json'
    ? { kind: 'json', value: parseJsonObject(text, limits) }
    : { kind: 'form', form: parseForm(text.trim(), limits) };
}

/** The names of {@link Input} that speak to the API itself rather than to a field. */
export function formWord(input: Input, name: '_method' | '_format'): string | undefined {
  const value = input.kind === 'form' && Object.hasOwn(input.form, name) ? input.form[name] : null;
  return typeof value === 'string' ? value : undefined;
}

/** An input as the body that the fields ask for. JSON is taken as it is, forms are coerced by core's one table. */
export function bodyFor(input: Input, fields: Fields, now: number): JsonObject {
  if (input.kind === 'json') return input.value;
  const { form } = input;
  return isOfPage(input) ? bodyOfPage(fields, form, now) : coerceForm(fields, form, now);
}

/** Whether one of our own pages' forms made it: those say what is left blank. */
export function isOfPage(input: Input): input is Extract<Input, { readonly kind: 'form' }> {
  return input.kind === 'form' && input.form['_blank'] === 'null';
}

// A browser sends every field of our own pages' forms: one left blank is null, or was not given where null is no value.
// Pages have room for more items of a list than there are: what is left blank of that is none.
function bodyOfPage(fields: Fields, form: Form, now: number): JsonObject {
  const entries = Object.entries(form).map(
    ([name, value]) => [name, Array.isArray(value) ? withoutBlanks(value) : value] as const,
  );
  const filled = entries.filter(([, value]) => value !== '');
  const blank = entries.flatMap(([name, value]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === '' && field !== undefined && meansNull(field) ? [[name, null] as const] : [];
  });
  return { ...coerceForm(fields, Object.fromEntries(filled), now), ...Object.fromEntries(blank) };
}

// What is never shown is blank on pages, whatever it is.
function meansNull(field: Field): boolean {
  return isNullable(field) && (field.show ?? 'always') === 'always' && field.kind !== 'password';
}

function withoutBlanks(items: readonly FormValue[]): FormValue {
  const filled = items.filter((item) => item !== '');
  return filled.length === 0 ? '' : filled;
}

function inputOfHost(request: ApiRequest): Input {
  const value = request.alreadyParsed;
  if (!isJsonObject(value)) {
    throw new RequestError('InvalidBodyContent', 'the body must be a JSON object or a form');
  }
  const declared = request.header('content-type') ?? '';
  return /json/i.test(declared) ? { kind: 'json', value } : { kind: 'form', form: textsOf(value) };
}

function textsOf(value: JsonObject): Form {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, textOf(item)]));
}

function textOf(value: Json): FormValue {
  if (Array.isArray(value)) return value.map(textOf);
  if (isJsonObject(value)) return textsOf(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
