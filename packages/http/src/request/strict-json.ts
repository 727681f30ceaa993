import { type JsonObject, RequestError } from '@gdcloud/core';
import { findJsonFault, type JsonLimits } from './json-scanner.js';

/**
 * Parses a JSON body. Nothing is coerced and nothing is lost on the way: what JSON.parse would accept and silently
 * change is refused (bad inputs D2–D18). Throws InvalidBodyContent unless the text is one JSON object, InvalidFormat or
 * InvalidCharacters for a value that can't be kept, BodyTooLarge for one that is too long.
 */
export function parseJsonObject(text: string, limits: JsonLimits): JsonObject {
  const fault = findJsonFault(text, limits);
  const tooDeep = fault?.code === 'InvalidBodyContent' ? fault : undefined;
  if (tooDeep !== undefined) throw tooDeep;
  const value = parsed(text);
  if (fault !== undefined) throw fault;
  if (!isJsonObject(value)) {
    throw new RequestError('InvalidBodyContent', 'the body must be a JSON object');
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError('InvalidBodyContent', 'the body is not well-formed JSON', { cause });
  }
}

/** Whether a value that JSON.parse made is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
