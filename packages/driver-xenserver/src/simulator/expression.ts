import type { Json } from '@gdcloud/core';
import type { ClassSchema } from '../datamodel/schema.js';
import { isList, isObject } from './arguments.js';
import { columnName } from './column-name.js';
import type { Row } from './database.js';
import { XapiFault } from './fault.js';
import { fieldOf } from './record.js';

/** Whether a row satisfies a query. */
export type Condition = (row: Row) => boolean;

const TOKEN = /\s*(?:(\(|\)|=)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_]+))/y;

const COLUMNS = new WeakMap<ClassSchema['fields'], ReadonlyMap<string, string>>();

/** Fields by the names of their columns. */
function columnsOf(name: string, fields: ClassSchema['fields']): ReadonlyMap<string, string> {
  const known = COLUMNS.get(fields);
  if (known !== undefined) return known;
  const columns = new Map([...fields.keys()].map((field) => [columnName(name, field), field]));
  COLUMNS.set(fields, columns);
  return columns;
}

/** What a row has in a column; undefined columns are a fault as soon as a row is asked for one. */
function columnReader({ name, fields }: ClassSchema, column: string): (row: Row) => string {
  if (column === '_ref') return (row) => row.ref;
  const field = columnsOf(name, fields).get(column);
  return (row) => {
    // Most columns that are asked for are texts, and a query reads every row.
    const text = field === undefined ? undefined : row.fields.get(field);
    if (typeof text === 'string') return text;
    if (field !== undefined) return columnText(fieldOf(row, field));
    const missing = `"missing column", "${name}", "${column}"`;
    throw new XapiFault('INTERNAL_ERROR', `Db_exn.DBCache_NotFound(${missing})`);
  };
}

/** A value as the database spells it: `('a' 'b')`, `(('k' 'v'))`. */
function columnText(value: Json): string {
  if (typeof value === 'string') return value;
  if (isList(value)) return `(${value.map(quotedText).join(' ')})`;
  if (!isObject(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).map(
    ([key, item]) => `(${quotedText(key)} ${quotedText(item)})`,
  );
  return `(${pairs.join(' ')})`;
}

function quotedText(value: Json): string {
  return `'${columnText(value).replace(/['\\]/g, '\\$&')}'`;
}

/**
 * Reads a query of `get_all_records_where`: `field "name__label" = "x"`, `true`, `not (…)`, `(…) and (…)`, `(…) or (…)`.
 * Fields are named and compared as the database spells them: `name__label`, `(('k' 'v'))`.
 */
export function parseCondition(schema: ClassSchema, text: string): Condition {
  const words = tokenize(text);
  let next = 0;

  function fail(): never {
    throw new XapiFault('INTERNAL_ERROR', `Parsing.Parse_error in ${text}`);
  }
  function take(word: string): void {
    if (words[next]?.word !== word) fail();
    next += 1;
  }

  function value(): (row: Row) => string {
    const first = words[next];
    next += 1;
    if (first?.quoted !== undefined) {
      const constant = first.quoted;
      return () => constant;
    }
    if (first?.word !== 'field') fail();
    const column = words[next]?.quoted;
    next += 1;
    if (column === undefined) fail();
    return columnReader(schema, column);
  }

  function factor(): Condition {
    const word = words[next]?.word;
    if (word === '(') {
      next += 1;
      const inner = whole();
      take(')');
      return inner;
    }
    if (word === 'not') {
      next += 1;
      const inner = factor();
      return (row) => !inner(row);
    }
    if (word === 'true' || word === 'false') {
      next += 1;
      return () => word === 'true';
    }
    const left = value();
    take('=');
    const right = value();
    return (row) => left(row) === right(row);
  }

  function whole(): Condition {
    let left = factor();
    for (let word = words[next]?.word; word === 'and' || word === 'or'; word = words[next]?.word) {
      next += 1;
      const [before, after] = [left, factor()];
      left =
        word === 'and' ? (row) => before(row) && after(row) : (row) => before(row) || after(row);
    }
    return left;
  }

  const condition = whole();
  if (next !== words.length) fail();
  return condition;
}

interface Word {
  readonly word?: string;
  readonly quoted?: string;
}

function tokenize(text: string): readonly Word[] {
  const words: Word[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const found = TOKEN.exec(trimmed);
    if (found === null) throw new XapiFault('INTERNAL_ERROR', `Parsing.Parse_error in ${text}`);
    const [, symbol, double, single, name] = found;
    const quoted = double ?? single;
    if (quoted === undefined) words.push({ word: symbol ?? name ?? '' });
    else words.push({ quoted: quoted.replace(/\\(.)/g, '$1') });
  }
  return words;
}
