import type { Json } from '@gdcloud/core';
import { XapiError } from './xapi-error.js';

/** A call in JSON-RPC 2.0, parameters by position. Releases before 7.3 take it for their own older form. */
export function encodeCall(id: number, method: string, parameters: readonly Json[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params: parameters });
}

/**
 * The result of an answer in JSON-RPC, 2.0 or XAPI's own 1.0; throws {@link XapiError} if it is an error, SyntaxError if
 * it is not JSON-RPC.
 */
export function decodeAnswer(text: string): Json {
  const answer = parseJson(text);
  if (!isObject(answer)) throw new SyntaxError('the answer is no JSON-RPC object');
  const { error, result } = answer;
  if (error !== undefined && error !== null) throw readError(error);
  if (result === undefined) throw new SyntaxError('the answer has neither result nor error');
  return result;
}

/** Texts, which stay as they are, and the numbers that JSON lacks and XAPI writes all the same. */
const TEXT_OR_SPECIAL = /"(?:[^"\\]|\\.)*"|[+-]?Infinity|NaN/g;

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/Infinity|NaN/.test(text)) throw error;
    return JSON.parse(
      text.replace(TEXT_OR_SPECIAL, (found) => (found.startsWith('"') ? found : `"${found}"`)),
    );
  }
}

/** Releases before 7.3 answer errors as `[code, …parameters]`, later ones as the standard says. */
function readError(error: Json): XapiError {
  if (isList(error)) {
    const [code = 'UNKNOWN', ...parameters] = error.map(asParameter);
    return new XapiError(code, parameters);
  }
  if (!isObject(error)) throw new SyntaxError('the error of the answer is no object');
  const { message, data } = error;
  const code = typeof message === 'string' ? message : 'UNKNOWN';
  if (data === undefined || data === null) return new XapiError(code, []);
  return new XapiError(code, isList(data) ? data.map(asParameter) : [asParameter(data)]);
}

/** A parameter of an error as text. */
export function asParameter(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
