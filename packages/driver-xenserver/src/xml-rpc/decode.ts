import type { Json } from '@gdcloud/core';
import { MalformedXml, XmlReader } from './xml-reader.js';

/** A call as XML-RPC has it. */
export interface XmlCall {
  readonly method: string;
  readonly parameters: readonly Json[];
}

/** What a response holds: a value, or the complaint of a server that could not make one. */
export type XmlResponse =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'fault'; readonly message: string };

/** Reads a `methodCall`. Throws {@link MalformedXml}. */
export function decodeXmlCall(text: string): XmlCall {
  const reader = new XmlReader(text);
  reader.expect('methodCall');
  reader.expect('methodName');
  const method = reader.text().trim();
  reader.leave();
  const parameters: Json[] = [];
  if (reader.enters('params')) {
    while (reader.enters('param')) {
      parameters.push(readValue(reader));
      reader.leave();
    }
    reader.leave();
  }
  reader.leave();
  reader.finish();
  return { method, parameters };
}

/** Reads a `methodResponse`. 64-bit integers and times stay texts. Throws {@link MalformedXml}. */
export function decodeXmlResponse(text: string): XmlResponse {
  const reader = new XmlReader(text);
  reader.expect('methodResponse');
  const response = readResponse(reader);
  reader.leave();
  reader.finish();
  return response;
}

function readResponse(reader: XmlReader): XmlResponse {
  const name = reader.enter();
  if (name === 'fault') {
    const value = readValue(reader);
    reader.leave();
    const message =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).find(([member]) => member === 'faultString')?.[1]
        : undefined;
    return { kind: 'fault', message: typeof message === 'string' ? message : 'fault' };
  }
  if (name !== 'params') throw new MalformedXml('<params> was expected');
  reader.expect('param');
  const value = readValue(reader);
  reader.leave();
  reader.leave();
  return { kind: 'value', value };
}

function readValue(reader: XmlReader): Json {
  reader.expect('value');
  return readInside(reader);
}

/** Reads what is in a `value` and leaves it. */
function readInside(reader: XmlReader): Json {
  const text = reader.text();
  const type = reader.enter();
  // A value without a type is a string, blanks and all; before a type blanks mean nothing.
  if (type === undefined) {
    reader.leave();
    return text;
  }
  if (text.trim() !== '') throw new MalformedXml('a value has text and a type');
  const value = readTyped(reader, type);
  reader.leave();
  reader.leave();
  return value;
}

function readTyped(reader: XmlReader, type: string): Json {
  switch (type) {
    case 'string':
    case 'dateTime.iso8601':
      return reader.text();
    case 'int':
    case 'i4':
    case 'i8':
      return readInteger(reader.text().trim());
    case 'boolean':
      return readBoolean(reader.text().trim());
    case 'double':
      return readDouble(reader.text().trim());
    case 'nil':
      return null;
    case 'array':
      return readArray(reader);
    case 'struct':
      return readStruct(reader);
    default:
      throw new MalformedXml('a value of an unknown type');
  }
}

function readInteger(text: string): number {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new MalformedXml('no integer');
  return Number(text);
}

function readBoolean(text: string): boolean {
  if (text !== '0' && text !== '1') throw new MalformedXml('no boolean');
  return text === '1';
}

/** As OCaml and others write them: `1.`, `-0.5`, `1e-07`, `nan`, `inf`. */
function readDouble(text: string): number {
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2] === undefined) return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || text.length > 400) {
    throw new MalformedXml('no number');
  }
  return Number(text);
}

function readArray(reader: XmlReader): Json {
  reader.expect('data');
  const items: Json[] = [];
  while (reader.enters('value')) items.push(readInside(reader));
  reader.leave();
  return items;
}

function readStruct(reader: XmlReader): Json {
  const members: (readonly [string, Json])[] = [];
  while (reader.enters('member')) {
    reader.expect('name');
    const name = reader.text();
    reader.leave();
    members.push([name, readValue(reader)]);
    reader.leave();
  }
  // Never assigned by name: `__proto__` is a name like any other.
  return Object.fromEntries(members);
}
