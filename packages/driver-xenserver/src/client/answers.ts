import type { Json, JsonObject } from '@gdcloud/core';
import type { Calls } from '../datamodel/calls.generated.js';
import { emptyValue } from '../datamodel/initial-value.js';
import { SCHEMA } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';

/** An answer that does not have the type the datamodel says. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/**
 * Checks a result against the datamodel and types it. Records of newer hosts may have more fields, which are left out;
 * fields that older hosts lack get the datamodel's default; those that mean nothing any more are left out. Values of enumerations are
 * taken as they are. Whatever the format of the answer was, the same comes out.
 */
export function readAnswer<Method extends keyof Calls>(
  method: Method,
  result: Json,
): Calls[Method]['result'] {
  return readResult(method, result) as Calls[Method]['result'];
}

/** {@link readAnswer} for any method of the datamodel, typed as loosely as that. */
export function readResult(method: string, result: Json): Json {
  const [className = '', messageName = ''] = method.split('.');
  if (className === 'Async') return expectText(result, method);
  const message = SCHEMA.get(className)?.messages.get(messageName);
  if (message === undefined) throw new MalformedAnswer(`the datamodel has no ${method}`);
  return readValue(message.result, result, method);
}

function readValue(type: XapiType, value: Json, where: string): Json {
  switch (type.kind) {
    case 'int':
      return readInteger(value, where);
    case 'float':
      return readFloat(value, where);
    case 'bool':
      return expectFlag(value, where);
    case 'set':
      if (!isList(value)) throw new MalformedAnswer(`${where}: a list was expected`);
      return type.of.kind === 'ref' || type.of.kind === 'string'
        ? value.map((item) => expectText(item, where))
        : value.map((item) => readValue(type.of, item, where));
    case 'map': {
      const entries = Object.entries(readObject(value, where));
      return Object.fromEntries(
        entries.map(([key, item]) => [key, readValue(type.value, item, where)]),
      );
    }
    case 'record':
      return readRecord(type.class, value, where);
    case 'batch':
      return readBatch(value, where);
    case 'void':
    case 'option':
      return value;
    default:
      return expectText(value, where);
  }
}

function readRecord(className: string, value: Json, where: string): Json {
  const given = readObject(value, where);
  if (className === 'event') return readEvent(given, where);
  const fields = layoutOf(className);
  if (fields === undefined) return given;
  const record: Record<string, Json> = {};
  for (const { name, type, initial, path } of fields) {
    const item = given[name];
    record[name] = item === undefined ? initial : readValue(type, item, path);
  }
  return record;
}

interface FieldLayout {
  readonly name: string;
  readonly type: XapiType;
  readonly initial: Json;
  /** What messages call it. */
  readonly path: string;
}

/** Made once a class: records are most of what a pool answers. */
const LAYOUTS = new Map<string, readonly FieldLayout[]>();

function layoutOf(className: string): readonly FieldLayout[] | undefined {
  const known = LAYOUTS.get(className);
  const fields = SCHEMA.get(className)?.fields;
  if (known !== undefined || fields === undefined) return known;
  const layout = [...fields].flatMap(([name, { removed, type, initial }]) =>
    removed
      ? []
      : [{ name, type, initial: initial ?? emptyValue(type), path: `${className}.${name}` }],
  );
  LAYOUTS.set(className, layout);
  return layout;
}

/** XML-RPC answers have integers as texts, and so have some releases' JSON answers. */
function readInteger(value: Json, where: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return Number(value);
  throw new MalformedAnswer(`${where}: an integer was expected`);
}

function readFloat(value: Json, where: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && FLOAT.test(value)) return Number(value.replace('+', ''));
  throw new MalformedAnswer(`${where}: a number was expected`);
}

/** Texts that stand for numbers, those that JSON has no number for among them. */
const FLOAT = /^([+-]?Infinity|NaN|[+-]?\d+(\.\d*)?(e[+-]?\d+)?)$/i;

function readBatch(value: Json, where: string): Json {
  const { token = '', events = [], valid_ref_counts: counts = {} } = readObject(value, where);
  if (!isList(events)) throw new MalformedAnswer(`${where}: a list of events was expected`);
  return {
    token: expectText(token, where),
    events: events.map((event) => readEvent(readObject(event, where), where)),
    valid_ref_counts: Object.fromEntries(
      Object.entries(readObject(counts, where)).map(([name, count]) => [
        name,
        readInteger(count, where),
      ]),
    ),
  };
}

const SPELLINGS = new Map([...SCHEMA.keys()].map((name) => [name.toLowerCase(), name]));

/** An event; the object in it reads as it would where it is asked for by itself. Those of unknown classes stay as is. */
function readEvent(event: JsonObject, where: string): JsonObject {
  const { class: className = '', operation, ref = '', snapshot } = event;
  const name = expectText(className, where);
  const known = {
    ...event,
    ref: expectText(ref, where),
    class: name,
    operation: operation ?? '',
  };
  const spelled = SPELLINGS.get(name.toLowerCase());
  if (snapshot === undefined || snapshot === '' || spelled === undefined) return known;
  return { ...known, snapshot: readRecord(spelled, snapshot, where) };
}

function readObject(value: Json, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !isList(value)) return value;
  throw new MalformedAnswer(`${where}: an object was expected`);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function expectText(value: Json, where: string): string {
  if (typeof value === 'string') return value;
  throw new MalformedAnswer(`${where}: a text was expected`);
}

function expectFlag(value: Json, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new MalformedAnswer(`${where}: a boolean was expected`);
}
