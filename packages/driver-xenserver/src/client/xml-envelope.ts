import type { Json } from '@gdcloud/core';
import { SCHEMA } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';
import { decodeXmlResponse } from '../xml-rpc/decode.js';
import { XmlEncoder } from '../xml-rpc/encode.js';
import { asParameter } from './envelope.js';
import { XapiError } from './xapi-error.js';

const ENCODER = new XmlEncoder(SCHEMA);
const SESSION: XapiType = { kind: 'ref', class: 'session' };

function parameterTypes(method: string): readonly XapiType[] {
  const [className = '', name = ''] = method.replace(/^Async\./, '').split('.');
  const message = SCHEMA.get(className)?.messages.get(name);
  if (message === undefined) return [];
  const types = message.parameters.map(({ type }) => type);
  return message.session ? [SESSION, ...types] : types;
}

/** A call in XML-RPC, its parameters typed as the datamodel says. */
export function encodeXmlCall(method: string, parameters: readonly Json[]): string {
  return ENCODER.call(method, parameters, parameterTypes(method));
}

/**
 * The result of an answer in XML-RPC; throws {@link XapiError} if it is an error, SyntaxError if it is not XML-RPC.
 * Integers are still texts: reading the answer by its type makes them numbers.
 */
export function decodeXmlAnswer(text: string): Json {
  const response = decodeXmlResponse(text);
  if (response.kind === 'fault') throw new XapiError('Fault', [response.message]);
  const { value } = response;
  if (typeof value !== 'object' || value === null || isList(value)) return value;
  const { Status: status, Value: result = '', ErrorDescription: description } = value;
  if (status === undefined) return value;
  if (status === 'Success') return result;
  if (description === undefined || !isList(description)) {
    throw new SyntaxError('the failure has no description');
  }
  const [code = 'UNKNOWN', ...rest] = description.map(asParameter);
  throw new XapiError(code, rest);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
