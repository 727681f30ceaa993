import type { Json } from '@gdcloud/core';
import type { ClassText } from './class-text.js';
import { CLASS_TABLE } from './classes.generated.js';
import { NULL_REF } from './ref.js';
import { parseType, type XapiType } from './type-text.js';

/** A field of a class. */
export interface FieldSchema {
  readonly name: string;
  readonly type: XapiType;
  readonly qualifier: 'RW' | 'RO/constructor' | 'RO/runtime';
  /** Whether a constructor's record may leave it out. */
  readonly optional: boolean;
  /** What it is when nobody set it. */
  readonly initial: Json;
}

/** A parameter of a message, the session not counted. */
export interface ParameterSchema {
  readonly name: string;
  readonly type: XapiType;
  readonly required: boolean;
}

/** A message of a class. */
export interface MessageSchema {
  readonly name: string;
  /** False for the few calls that take no session. */
  readonly session: boolean;
  /** Whether its shape follows from the fields: getters, setters, queries. */
  readonly implicit: boolean;
  readonly parameters: readonly ParameterSchema[];
  readonly result: XapiType;
}

/** A class of the datamodel. */
export interface ClassSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly messages: ReadonlyMap<string, MessageSchema>;
}

/** The value a field of `type` has when neither the datamodel nor the creator says one. */
export function emptyValue(type: XapiType): Json {
  switch (type.kind) {
    case 'int':
    case 'float':
      return 0;
    case 'bool':
      return false;
    case 'datetime':
      return '19700101T00:00:00Z';
    case 'set':
      return [];
    case 'map':
    case 'record':
    case 'batch':
      return {};
    case 'ref':
      return NULL_REF;
    default:
      return '';
  }
}

function initialValue(type: XapiType, text: string | undefined): Json {
  if (text === undefined || text === 'Null' || text === '{}') return emptyValue(type);
  if (type.kind === 'int' || type.kind === 'float') return Number(text);
  if (type.kind === 'bool') return text === 'true';
  if (type.kind === 'set' || type.kind === 'map') return emptyValue(type);
  return text.replace(/^"(.*)"$/, '$1');
}

function readField(text: string): FieldSchema {
  const found = /^(RW|RO\/constructor|RO\/runtime) (\w+): (.*?)(?: = (.*))?$/.exec(text);
  const [, qualifier, name, typeText, value] = found ?? [];
  if (name === undefined || typeText === undefined) throw new Error(`datamodel field "${text}"`);
  const type = parseType(typeText);
  return {
    name,
    type,
    qualifier: qualifier === 'RW' || qualifier === 'RO/constructor' ? qualifier : 'RO/runtime',
    optional: value !== undefined,
    initial: initialValue(type, value),
  };
}

function readMessage(text: string): MessageSchema {
  const found = /^(open )?(\w+)\((.*?)\): (.*)$/.exec(text.replaceAll('\n', ' '));
  const [, open, name, parameters, result] = found ?? [];
  if (name === undefined || parameters === undefined || result === undefined) {
    throw new Error(`datamodel message "${text}"`);
  }
  return {
    name,
    session: open === undefined,
    implicit: false,
    parameters: parameters === '' ? [] : parameters.split('; ').map(readParameter),
    result: parseType(result),
  };
}

function readParameter(text: string): ParameterSchema {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  return {
    name: name.replace('?', ''),
    type: parseType(text.slice(colon + 1)),
    required: !name.endsWith('?'),
  };
}

const IMPLICIT_PARAMETERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^get_all(_records)?$/, []],
  [/^get_all_(records_)?where$/, ['expr']],
  [/^get_by_uuid$/, ['uuid']],
  [/^get_by_name_label$/, ['label']],
  [/^create$/, ['args']],
  [/^(get_|destroy$)/, ['self']],
  [/^add_to_/, ['self', 'key', 'value']],
  [/^remove_from_/, ['self', 'key']],
  [/^(set|add|remove)_/, ['self', 'value']],
];

function implicitResult(name: string, className: string, fields: readonly FieldSchema[]): XapiType {
  const ref: XapiType = { kind: 'ref', class: className };
  const record: XapiType = { kind: 'record', class: className };
  if (name === 'get_record') return record;
  if (name === 'get_by_uuid' || name === 'create') return ref;
  if (/^get_(all(_where)?|by_name_label)$/.test(name)) return { kind: 'set', of: ref };
  if (name.startsWith('get_all_records')) return { kind: 'map', key: ref, value: record };
  const field = fields.find((candidate) => name === `get_${candidate.name}`);
  return field?.type ?? { kind: 'void' };
}

function implicitMessage(
  name: string,
  className: string,
  fields: readonly FieldSchema[],
): MessageSchema {
  const names = IMPLICIT_PARAMETERS.find(([pattern]) => pattern.test(name))?.[1] ?? ['self'];
  return {
    name,
    session: true,
    implicit: true,
    parameters: names.map((parameter) => ({
      name: parameter,
      type: { kind: 'string' },
      required: true,
    })),
    result: implicitResult(name, className, fields),
  };
}

function readClass(text: ClassText): ClassSchema {
  const fields = text.fields.map(readField);
  // Not in the datamodel, but every XAPI offers them (reference/xenserver.md 4.1).
  const hidden = text.implicit.includes('get_all_records')
    ? ['get_all_where', 'get_all_records_where']
    : [];
  const implicit = [...text.implicit.split(' '), ...hidden].map((name) =>
    implicitMessage(name, text.name, fields),
  );
  const messages = [...implicit, ...text.messages.map(readMessage)];
  return {
    name: text.name,
    fields: new Map(fields.map((field) => [field.name, field])),
    messages: new Map(messages.map((message) => [message.name, message])),
  };
}

/** All classes by name. */
export const SCHEMA: ReadonlyMap<string, ClassSchema> = new Map(
  CLASS_TABLE.map((text) => [text.name, readClass(text)]),
);
