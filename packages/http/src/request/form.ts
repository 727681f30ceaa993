import { type FormValue, RequestError } from '@gdcloud/core';
import { parse } from 'qs';
import { FORBIDDEN_NAMES, findJsonFault, type JsonLimits } from './json-scanner.js';
import { decodeFormText } from './url-text.js';

/** A form's names and values, nested names resolved. */
export type Form = { readonly [name: string]: FormValue };

/** Nested deeper than any field can be. */
const MAX_DEPTH = 8;
const MAX_PARTS = 1000;

/**
 * Reads an urlencoded body; nested names are written `a[b]=1`, lists `a=1&a=2` or `a[]=1`. Throws BadRequest for broken
 * encodings, InvalidBodyContent for too much of anything, InvalidFormat for names that reach prototypes (bad inputs E1–E4, E12).
 */
export function parseForm(text: string, limits: JsonLimits): Form {
  const parts = text.split('&');
  if (parts.length > MAX_PARTS) throw tooMuch(`more than ${MAX_PARTS} values`);
  for (const part of parts) checkPart(part, limits);
  try {
    return asForm(
      parse(text, {
        depth: MAX_DEPTH,
        strictDepth: true,
        parameterLimit: MAX_PARTS,
        arrayLimit: MAX_PARTS,
        plainObjects: true,
        throwOnLimitExceeded: true,
        decoder: decodeFormText,
      }),
    );
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch('too deeply nested names', error);
    throw error;
  }
}

/** Reads the pairs of a multipart body like those of an urlencoded one. */
export function formOfPairs(
  pairs: readonly (readonly [name: string, value: string])[],
  limits: JsonLimits,
): Form {
  return parseForm(
    pairs
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&'),
    limits,
  );
}

function checkPart(part: string, limits: JsonLimits): void {
  const equals = part.indexOf('=');
  checkName(decodeFormText(equals === -1 ? part : part.slice(0, equals)));
  const value = equals === -1 ? '' : decodeFormText(part.slice(equals + 1)).trimStart();
  // Fields of free structure are written as JSON inside a form, and that is held to the rules for JSON.
  const fault = /^[{[]/.test(value) ? findJsonFault(value, limits) : undefined;
  if (fault !== undefined) throw fault;
  if (Buffer.byteLength(value) > limits.stringBytes) {
    throw new RequestError('BodyTooLarge', `a value has more than ${limits.stringBytes} bytes`);
  }
}

function checkName(name: string): void {
  for (const word of name.split(/[[\]]/)) {
    if (FORBIDDEN_NAMES.has(word)) {
      throw new RequestError('InvalidFormat', `${word} can't be the name of a field`, {
        fieldName: word,
      });
    }
  }
}

function tooMuch(what: string, cause?: unknown): RequestError {
  return new RequestError('InvalidBodyContent', `the form has ${what}`, { cause });
}

// qs makes nothing but texts, lists and null-prototype objects of a text.
function asForm(parsed: unknown): Form {
  return parsed as Form;
}
