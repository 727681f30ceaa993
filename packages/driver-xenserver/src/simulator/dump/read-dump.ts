import type { Json } from '@gdcloud/core';
import type { ClassSchema } from '../../datamodel/schema.js';
import type { JournalEntry } from '../journal.js';
import { dumpValue } from './dump-value.js';
import { BOOKKEEPING_COLUMNS, INTERNAL_COLUMNS } from './unmapped-columns.js';
import { parseXml, type XmlElement } from './xml.js';

/** A column of a dump that is no field of the datamodel, and why. */
export interface SkippedColumn {
  /** `VBD.reserved` */
  readonly name: string;
  readonly reason: string;
}

/** A pool's database as a real XAPI wrote it. */
export interface PoolDump {
  /** The release whose XAPI wrote it, by its schema version: `boston`, `tampa`; undefined for versions not known. */
  readonly release: string | undefined;
  /** All objects of the classes that the datamodel has, both ends of their links included. */
  readonly entries: readonly JournalEntry[];
  /** Columns that exist in the database and not in the API. */
  readonly skipped: readonly SkippedColumn[];
  /** Fields of the datamodel that the tables lack: `VM.VUSBs`. They get the datamodel's default. */
  readonly missing: readonly string[];
  /** Tables with rows whose class the datamodel does not have. */
  readonly unknownTables: readonly string[];
}

/** Schema versions 5.x by the release that brought them (xapi: datamodel, historical schema versions). */
const RELEASES: readonly (readonly [minor: number, release: string])[] = [
  [19, 'rio'],
  [35, 'miami'],
  [55, 'orlando'],
  [57, 'george'],
  [60, 'midnight-ride'],
  [61, 'cowley'],
  [63, 'boston'],
  [66, 'tampa'],
  [67, 'clearwater'],
];

/**
 * Reads a dump of a pool's database (`xe pool-dump-database`, `/var/xapi/state.db`) against a datamodel. Throws a
 * `SyntaxError` for what is no dump, for a column that is neither a field nor a known internal one, and for a value that
 * is not of its field's type.
 */
export function readDump(text: string, schema: ReadonlyMap<string, ClassSchema>): PoolDump {
  const root = parseXml(text);
  if (root.name !== 'database') throw new SyntaxError('not a pool dump: no <database>');
  const entries: JournalEntry[] = [];
  const skipped = new Map<string, SkippedColumn>();
  const missing = new Set<string>();
  const unknownTables: string[] = [];
  for (const table of root.children.filter((child) => child.name === 'table')) {
    const name = attribute(table, 'name');
    const owner = schema.get(name);
    const rows = table.children;
    if (owner === undefined) {
      if (rows.length > 0) unknownTables.push(name);
      continue;
    }
    for (const row of rows) entries.push(readRow(owner, row, skipped));
    const [first] = rows;
    if (first === undefined) continue;
    const present = new Set([...first.attributes.keys()].map(fieldName));
    for (const field of owner.fields.keys()) {
      if (!present.has(field)) missing.add(`${name}.${field}`);
    }
  }
  return {
    release: releaseOf(root),
    entries,
    skipped: [...skipped.values()],
    missing: [...missing],
    unknownTables,
  };
}

/** The release whose XAPI wrote a dump, as far as its schema version tells. Throws a `SyntaxError` for what is none. */
export function releaseOfDump(text: string): string | undefined {
  return releaseOf(parseXml(text));
}

/** Namespaces are spelled with two underscores in the database: `memory__static_max`. */
function fieldName(column: string): string {
  return column.replace('__', '_');
}

function readRow(
  owner: ClassSchema,
  row: XmlElement,
  skipped: Map<string, SkippedColumn>,
): JournalEntry {
  const ref = attribute(row, 'ref');
  const fields: Record<string, Json> = {};
  for (const [column, value] of row.attributes) {
    if (BOOKKEEPING_COLUMNS.has(column)) continue;
    const name = `${owner.name}.${fieldName(column)}`;
    const field = owner.fields.get(fieldName(column));
    if (field !== undefined) {
      fields[field.name] = valueIn(name, ref, () => dumpValue(field.type, value));
      continue;
    }
    const reason = Object.hasOwn(INTERNAL_COLUMNS, name) ? INTERNAL_COLUMNS[name] : undefined;
    if (reason === undefined) throw new SyntaxError(`the datamodel has no ${name}`);
    skipped.set(name, { name, reason });
  }
  return { className: owner.name, ref, fields };
}

function valueIn(name: string, ref: string, read: () => Json): Json {
  try {
    return read();
  } catch (error) {
    throw new SyntaxError(`${name} of ${ref}`, { cause: error });
  }
}

function attribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined)
    throw new SyntaxError(`not a pool dump: <${element.name}> without ${name}`);
  return value;
}

function releaseOf(root: XmlElement): string | undefined {
  const pairs = new Map(
    root.children
      .filter((child) => child.name === 'manifest')
      .flatMap((manifest) => manifest.children)
      .map((pair) => [attribute(pair, 'key'), attribute(pair, 'value')]),
  );
  if (pairs.get('schema_major_vsn') !== '5') return undefined;
  const minor = Number(pairs.get('schema_minor_vsn'));
  return RELEASES.find(([known]) => known === minor)?.[1];
}
