import type { Json, JsonObject } from '@gdcloud/core';
import { XapiFault } from './fault.js';

const FLOAT = '\u0000float';

/** A number that the request wrote with a point or an exponent: to XAPI 4.0 is no integer. */
export function floatLiteral(value: number): Json {
  return Number.isInteger(value) ? { [FLOAT]: value } : value;
}

function wholeFloat(value: Json | undefined): number | undefined {
  const float = isStruct(value) ? value[FLOAT] : undefined;
  return typeof float === 'number' ? float : undefined;
}

/** How XAPI shows a value of the wrong type. */
function shown(value: Json | undefined): string {
  if (value === null || value === undefined) return 'N';
  if (typeof value === 'number') return Number.isInteger(value) ? `I(${value})` : `F(${value})`;
  if (typeof value === 'boolean') return `B(${value})`;
  if (typeof value === 'string') return `S(${value})`;
  if (isList(value)) return `[${value.map(shown).join(',')}]`;
  const float = wholeFloat(value);
  if (float !== undefined) return `F(${float})`;
  const entries = Object.entries(value).map(([key, item]) => `${key}:${shown(item)}`);
  return `{${entries.join(',')}}`;
}

/** The fault of an argument that cannot be read, in the words of XAPI's own exceptions. */
export function failure(text: string): XapiFault {
  return new XapiFault('INTERNAL_ERROR', `Failure("${text}")`);
}

function wrongType(expected: string, value: Json | undefined): XapiFault {
  return failure(`Expected ${expected}, got '${shown(value)}'`);
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

const INTEGER = /^([-+]?)(0[xX][\da-fA-F][\da-fA-F_]*|0[oO][0-7][0-7_]*|0[bB][01][01_]*|\d[\d_]*)$/;
const LARGEST = 2n ** 63n;

/** A text as a 64-bit integer the way XAPI reads one; undefined when it is none. */
export function parseInteger(text: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(digits.replaceAll('_', ''));
  const value = sign === '-' ? -size : size;
  return value >= -LARGEST && value < LARGEST ? Number(value) : undefined;
}

/** Reads an integer argument: XAPI takes numbers and decimal strings alike. */
export function integerOf(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value !== 'string') throw wrongType('int64', value);
  const integer = parseInteger(value);
  if (integer === undefined) throw failure('Int64.of_string');
  return integer;
}

/** Reads a floating-point argument. */
export function floatOf(value: Json | undefined): number {
  if (typeof value === 'number') return value;
  const float = wholeFloat(value);
  if (float !== undefined) return float;
  if (typeof value !== 'string') throw wrongType('float', value);
  const parsed = /^\s*$/.test(value) ? Number.NaN : Number(value);
  if (Number.isNaN(parsed)) throw failure('float_of_string');
  return parsed;
}

/** Reads a struct argument. */
export function structOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw failure(`Expecting Rpc.Dict, but found '${shown(value)}'`);
  return value;
}

/** Reads a list argument. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (!isList(value)) throw failure(`Expecting Rpc.Enum, but found '${shown(value)}'`);
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
  return isStruct(value) && wholeFloat(value) === undefined;
}

function isStruct(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
