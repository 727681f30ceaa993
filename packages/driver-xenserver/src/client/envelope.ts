import type { Json } from '@gdcloud/core';
import { XapiError } from './xapi-error.js';

/** A call in JSON-RPC 2.0, parameters by position. */
export function encodeCall(id: number, method: string, parameters: readonly Json[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params: parameters });
}

/** The result of an answer; throws {@link XapiError} if it is an error, SyntaxError if it is not JSON-RPC. */
export function decodeAnswer(text: string): Json {
  const answer: Json = JSON.parse(text);
  if (!isObject(answer)) throw new SyntaxError('the answer is no JSON-RPC object');
  const { error, result } = answer;
  if (error !== undefined && error !== null) throw readError(error);
  if (result === undefined) throw new SyntaxError('the answer has neither result nor error');
  return result;
}

/** Releases before 7.3 answer errors as `[code, …parameters]`, later ones as the standard says. */
function readError(error: Json): XapiError {
  if (Array.isArray(error)) {
    const [code = 'UNKNOWN', ...parameters] = error.map(String);
    return new XapiError(code, parameters);
  }
  if (!isObject(error)) throw new SyntaxError('the error of the answer is no object');
  const { message, data } = error;
  return new XapiError(
    typeof message === 'string' ? message : 'UNKNOWN',
    Array.isArray(data) ? data.map(String) : [],
  );
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
