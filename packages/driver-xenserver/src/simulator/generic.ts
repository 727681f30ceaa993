import type { Json, JsonObject } from '@gdcloud/core';
import type { ClassSchema, MessageSchema } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';
import { asText, isList, structOf, textOf } from './arguments.js';
import { columnName } from './column-name.js';
import type { Behaviour } from './context.js';
import type { Row } from './database.js';
import { parseCondition } from './expression.js';
import { XapiFault } from './fault.js';
import { fieldOf, recordOf } from './record.js';
import { assertKeys, storedValue } from './values.js';

type Query = (schema: ClassSchema) => Behaviour;

const QUERIES: Readonly<Record<string, Query>> = {
  get_all:
    ({ name }) =>
    ({ pool }) =>
      [...pool.database.rows(name)].map((row) => row.ref),
  get_all_records:
    ({ name }) =>
    ({ pool }) =>
      records(pool.database.rows(name)),
  get_all_where:
    (schema) =>
    ({ pool }, [text]) => {
      const holds = parseCondition(schema, textOf(text));
      return [...pool.database.rows(schema.name)].filter(holds).map((row) => row.ref);
    },
  get_all_records_where:
    (schema) =>
    ({ pool }, [text]) => {
      const holds = parseCondition(schema, textOf(text));
      return records(rowsWhere(pool.database.rows(schema.name), holds));
    },
  get_by_uuid:
    ({ name }) =>
    ({ pool }, [uuid]) => {
      const row = pool.database.byUuid(name, textOf(uuid));
      if (row === undefined) throw new XapiFault('UUID_INVALID', name, textOf(uuid));
      return row.ref;
    },
  get_by_name_label:
    ({ name }) =>
    ({ pool }, [label]) =>
      [...pool.database.rows(name)]
        .filter((row) => row.fields.get('name_label') === textOf(label))
        .map((row) => row.ref),
  get_record:
    ({ name }) =>
    ({ pool }, [ref]) =>
      recordOf(pool.database.get(name, textOf(ref))),
};

/** Classes whose objects are only what their fields say, so that anybody can make and remove them. */
const PLAIN: ReadonlySet<string> = new Set([
  'console',
  'Observer',
  'secret',
  'subject',
  'user',
  'VM_appliance',
]);

const LIFE: Readonly<Record<string, Query>> = {
  create:
    ({ name }) =>
    ({ pool }, [record]) =>
      pool.database.insert(name, structOf(record)).ref,
  destroy:
    ({ name }) =>
    ({ pool }, [ref]) => {
      pool.database.remove(pool.database.get(name, textOf(ref)));
      return '';
    },
};

function* rowsWhere(rows: Iterable<Row>, holds: (row: Row) => boolean): Iterable<Row> {
  for (const row of rows) if (holds(row)) yield row;
}

function records(rows: Iterable<Row>): Json {
  return Object.fromEntries([...rows].map((row) => [row.ref, recordOf(row)]));
}

/**
 * The behaviour of a message that follows from the datamodel alone, or undefined when it has one of its own.
 * The message list decides, not the qualifier: some read-only fields have setters (reference/xenserver.md 4.1).
 */
export function genericBehaviour(
  schema: ClassSchema,
  message: MessageSchema,
): Behaviour | undefined {
  if (Object.hasOwn(QUERIES, message.name)) return QUERIES[message.name]?.(schema);
  if (PLAIN.has(schema.name) && Object.hasOwn(LIFE, message.name)) {
    return LIFE[message.name]?.(schema);
  }
  const found = /^(get|set|add_to|remove_from|add|remove)_(\w+)$/.exec(message.name);
  const [, verb, name = ''] = found ?? [];
  const field = schema.fields.get(name);
  if (field === undefined) return undefined;
  if (verb === 'get') {
    return ({ pool }, [ref]) => fieldOf(pool.database.get(schema.name, textOf(ref)), name);
  }
  if (!isVerb(verb)) return undefined;
  return ({ pool }, [ref, first, second]) => {
    const row = pool.database.get(schema.name, textOf(ref));
    const value = written(verb, field.type, row, name, [first, second]);
    assertKeys(value);
    pool.database.set(row, name, value);
    return '';
  };
}

type Verb = 'set' | 'add_to' | 'remove_from' | 'add' | 'remove';

/** What a setter makes of a field. */
function written(
  verb: Verb,
  type: XapiType,
  row: Row,
  name: string,
  [first, second]: readonly [Json | undefined, Json | undefined],
): Json {
  if (verb === 'set') return storedValue(type, first);
  const before = fieldOf(row, name);
  const key = asText(first);
  if (isList(before)) {
    const others = before.filter((item) => item !== key);
    return verb === 'add' ? [...others, key] : others;
  }
  const map = structOf(before);
  const known = Object.hasOwn(map, key);
  if (verb === 'remove_from') return known ? without(map, key) : map;
  if (known) {
    const column = columnName(row.class, name);
    throw new XapiFault('MAP_DUPLICATE_KEY', row.class, column, row.ref, key);
  }
  return { ...map, [key]: second ?? '' };
}

function without(map: JsonObject, key: string): JsonObject {
  const { [key]: _removed, ...others } = map;
  return others;
}

function isVerb(word: string | undefined): word is Verb {
  return /^(set|add_to|remove_from|add|remove)$/.test(word ?? '');
}

/** The fields of a constructor's record, or the fault of a record that lacks one without a default. */
export function constructorFields(
  schema: ClassSchema,
  record: Json | undefined,
): Record<string, Json> {
  const given = structOf(record);
  const fields: Record<string, Json> = {};
  for (const field of schema.fields.values()) {
    if (field.qualifier === 'RO/runtime') continue;
    const value = given[field.name];
    if (value !== undefined) {
      fields[field.name] = storedValue(field.type, value);
      assertKeys(fields[field.name] ?? '');
    } else if (!field.optional) {
      throw new XapiFault(
        'INTERNAL_ERROR',
        `Server_helpers.Dispatcher_FieldNotFound("${field.name}")`,
      );
    } else {
      fields[field.name] = field.initial;
    }
  }
  return fields;
}
