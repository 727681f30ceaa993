import type { Json, JsonObject } from '@gdcloud/core';
import { XapiFault } from './fault.js';

/** How XAPI shows a value of the wrong type. */
function shown(value: Json | undefined): string {
  if (value === null || value === undefined) return 'N';
  if (typeof value === 'number') return Number.isInteger(value) ? `I(${value})` : `F(${value})`;
  if (typeof value === 'boolean') return `B(${value})`;
  if (typeof value === 'string') return `S(${value})`;
  return JSON.stringify(value);
}

function wrongType(expected: string, value: Json | undefined): XapiFault {
  return new XapiFault('INTERNAL_ERROR', `Failure("Expected ${expected}, got '${shown(value)}'")`);
}

/** Reads a string argument. */
export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw wrongType('string', value);
  return value;
}

/** Reads a boolean argument. */
export function flagOf(value: Json | undefined): boolean {
  if (typeof value !== 'boolean') throw wrongType('bool', value);
  return value;
}

/** Reads an integer argument: XAPI takes numbers and decimal strings alike. */
export function integerOf(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value);
  if (typeof value === 'string')
    throw new XapiFault('INTERNAL_ERROR', 'Failure("Int64.of_string")');
  throw wrongType('int', value);
}

/** Reads a floating-point argument. */
export function floatOf(value: Json | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '' && Number.isFinite(Number(value))) {
    return Number(value);
  }
  throw wrongType('float', value);
}

/** Reads a struct argument. */
export function structOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw wrongType('dict', value);
  return value;
}

/** Reads a list argument. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (!isList(value)) throw wrongType('list', value);
  return value;
}

/** A value of any type as text: strings as they are. Never fails. */
export function asText(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether `value` is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether `value` is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
