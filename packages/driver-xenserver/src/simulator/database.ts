import type { Json, JsonObject } from '@gdcloud/core';
import { RELATIONS } from '../datamodel/relations.js';
import { SCHEMA, type Schema } from '../datamodel/schema.js';
import { asText } from './arguments.js';
import { ChangeLog } from './change-log.js';
import { XapiFault } from './fault.js';
import type { Identifiers } from './identifiers.js';
import type { Journal, JournalEntry, JournalLine } from './journal.js';

/** An object of the pool. Only {@link Database} writes to it. */
export interface Row {
  readonly class: string;
  readonly ref: string;
  readonly fields: ReadonlyMap<string, Json>;
  /** The many-sides of two-way links: derived from the one-sides, so never stored. */
  readonly links: ReadonlyMap<string, ReadonlySet<string>>;
  /** The fields that the pool's release knows, in the datamodel's order. Rows have those of all releases. */
  readonly shown: readonly string[];
  readonly created: number;
  readonly modified: number;
}

interface OwnRow extends Row {
  readonly fields: Map<string, Json>;
  readonly links: Map<string, Set<string>>;
  created: number;
  modified: number;
}

/** What was written since the last commit. */
export interface Changes {
  /** The fields that changed, by object; `all` of new objects. */
  readonly written: ReadonlyMap<Row, ReadonlySet<string> | 'all'>;
  /** The objects that others began or ceased to point to. */
  readonly relinked: ReadonlySet<Row>;
}

interface Table {
  readonly rows: Map<string, OwnRow>;
  readonly uuids: Map<string, OwnRow>;
}

/** Lost when the toolstack restarts, as with a real XAPI (reference/xenserver.md 0.2). */
const VOLATILE_CLASSES: ReadonlySet<string> = new Set(['session', 'task']);
const VOLATILE_FIELDS: ReadonlySet<string> = new Set([
  'current_operations',
  'allowed_operations',
  'scheduled_to_be_resident_on',
]);

const MANY_SIDES = new Map(RELATIONS.map(({ one, many }) => [one.join('.'), many]));
const MANY_FIELDS = new Set(RELATIONS.map(({ many }) => many.join('.')));

/** What the rows of a class are made of. */
interface Layout {
  readonly stored: readonly { readonly name: string; readonly initial: Json }[];
  readonly derived: readonly string[];
  /** The fields that point to others, in their order, and what points back there. */
  readonly pointers: ReadonlyMap<string, readonly [className: string, field: string]>;
}

const LAYOUTS = new Map<string, Layout>(
  [...SCHEMA].map(([className, { fields }]) => {
    const isDerived = (name: string): boolean => MANY_FIELDS.has(`${className}.${name}`);
    const stored = [...fields.values()].filter(({ name }) => !isDerived(name));
    const pointers = stored.flatMap(({ name }) => {
      const many = MANY_SIDES.get(`${className}.${name}`);
      return many === undefined ? [] : [[name, many] as const];
    });
    const derived = [...fields.keys()].filter(isDerived);
    return [className, { stored, derived, pointers: new Map(pointers) }];
  }),
);

function layoutOf(className: string): Layout {
  const layout = LAYOUTS.get(className);
  if (layout === undefined) throw new Error(`simulator: unknown class ${className}`);
  return layout;
}

/**
 * The pool's database: rows by class and reference, two-way links, one generation counter. Writes collect until
 * {@link commit}, which hands them to the journal in one piece: a call's writes survive together or not at all.
 */
export class Database {
  readonly changes: ChangeLog = new ChangeLog();
  /** What the pool's release knows. */
  readonly schema: Schema;
  readonly #shown: ReadonlyMap<string, readonly string[]>;
  readonly #tables = new Map<string, Table>();
  readonly #journal: Journal;
  readonly #identifiers: Identifiers;
  readonly #dirty = new Map<OwnRow, Set<string> | 'all'>();
  readonly #removed = new Map<string, OwnRow>();
  readonly #relinked = new Set<OwnRow>();
  readonly #listeners = new Set<() => void>();
  #derive: (changes: Changes) => void = () => {};
  #generation = 0;
  #announced = 0;

  constructor(journal: Journal, identifiers: Identifiers, schema: Schema) {
    this.schema = schema;
    this.#shown = new Map([...schema].map(([name, { fields }]) => [name, [...fields.keys()]]));
    this.#journal = journal;
    this.#identifiers = identifiers;
    for (const name of SCHEMA.keys()) {
      this.#tables.set(name, { rows: new Map(), uuids: new Map() });
    }
    const loaded = journal
      .takeEntries()
      .map(({ className, ref, fields }) => this.#place(className, ref, fields));
    for (const row of loaded) this.#linkAll(row);
  }

  /** Counts every write of a row. */
  get generation(): number {
    return this.#generation;
  }

  /** All objects of a class. */
  rows(className: string): Iterable<Row> {
    return this.#table(className).rows.values();
  }

  /** How many objects of a class there are. */
  count(className: string): number {
    return this.#table(className).rows.size;
  }

  find(className: string, ref: string): Row | undefined {
    return this.#tables.get(className)?.rows.get(ref);
  }

  /** The object, or `HANDLE_INVALID`. */
  get(className: string, ref: string): Row {
    const row = this.find(className, ref);
    if (row === undefined) throw new XapiFault('HANDLE_INVALID', className, ref);
    return row;
  }

  byUuid(className: string, uuid: string): Row | undefined {
    return this.#table(className).uuids.get(uuid);
  }

  /** Makes an object; fields left out have the datamodel's default. */
  insert(className: string, fields: JsonObject): Row {
    const ref = this.#identifiers.ref();
    const row = this.#place(className, ref, { uuid: this.#identifiers.uuid(), ...fields });
    this.#linkAll(row);
    this.#dirty.set(row, 'all');
    return row;
  }

  /** Takes over objects with their references, as a dump of another pool has them. */
  adopt(entries: Iterable<JournalEntry>): void {
    const rows = [...entries].map(({ className, ref, fields }) =>
      this.#place(className, ref, fields),
    );
    for (const row of rows) {
      this.#linkAll(row);
      this.#dirty.set(row, 'all');
    }
  }

  set(target: Row, field: string, value: Json): void {
    const row = this.#own(target);
    const before = row.fields.get(field);
    if (before === value) return;
    this.#unlink(row, field);
    row.fields.set(field, value);
    this.#link(row, field);
    if (field === 'uuid' && typeof value === 'string') {
      if (typeof before === 'string') this.#table(row.class).uuids.delete(before);
      this.#table(row.class).uuids.set(value, row);
    }
    const dirty = this.#dirty.get(row) ?? new Set();
    if (dirty !== 'all') this.#dirty.set(row, dirty.add(field));
    this.touch(row);
  }

  /** Counts as a write of the row without changing it. */
  touch(target: Row): void {
    const row = this.#own(target);
    this.#generation += 1;
    row.modified = this.#generation;
    this.changes.record(row, this.#generation);
  }

  remove(target: Row): void {
    const row = this.#own(target);
    for (const field of layoutOf(row.class).pointers.keys()) this.#unlink(row, field);
    const table = this.#table(row.class);
    table.rows.delete(row.ref);
    table.uuids.delete(asText(row.fields.get('uuid')));
    this.#dirty.delete(row);
    this.#relinked.delete(row);
    this.#removed.set(row.ref, row);
    this.#generation += 1;
    this.changes.recordRemoval(row, this.#generation);
  }

  /** Writes what has changed since the last commit to the journal and wakes the listeners. */
  commit(): void {
    if (this.#dirty.size > 0 || this.#removed.size > 0) {
      this.#derive({ written: this.#dirty, relinked: this.#relinked });
      this.#relinked.clear();
      this.#journal.append(this.#puts(), this.#removals());
      this.#dirty.clear();
      this.#removed.clear();
      if (this.#journal.isLarge) this.#journal.rewrite(this.#entries());
    }
    if (this.#announced === this.#generation) return;
    this.#announced = this.#generation;
    for (const listener of this.#listeners) listener();
  }

  /** Lets `derive` write what follows from the changes before each commit that has any; its writes belong to it. */
  beforeCommit(derive: (changes: Changes) => void): void {
    this.#derive = derive;
  }

  /** Calls `listener` after every commit that changed something; returns the way to stop that. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  *#puts(): Iterable<JournalLine['puts'][number]> {
    for (const [row, fields] of this.#dirty) yield* journalled(row, fields);
  }

  *#removals(): Iterable<JournalLine['removals'][number]> {
    for (const { class: className, ref } of this.#removed.values()) {
      if (!VOLATILE_CLASSES.has(className)) yield [className, ref];
    }
  }

  *#entries(): Iterable<JournalEntry> {
    for (const { rows } of this.#tables.values()) {
      for (const row of rows.values()) {
        for (const [className, ref, fields] of journalled(row, 'all'))
          yield { className, ref, fields };
      }
    }
  }

  #place(className: string, ref: string, fields: JsonObject): OwnRow {
    const { stored, derived } = layoutOf(className);
    const values = new Map<string, Json>();
    for (const { name, initial } of stored) values.set(name, fields[name] ?? initial);
    const links = new Map<string, Set<string>>(derived.map((name) => [name, new Set()]));
    this.#generation += 1;
    const generation = this.#generation;
    const row: OwnRow = {
      class: className,
      ref,
      fields: values,
      links,
      shown: this.#shown.get(className) ?? [],
      created: generation,
      modified: generation,
    };
    this.#table(className).rows.set(ref, row);
    this.#table(className).uuids.set(asText(values.get('uuid')), row);
    this.changes.record(row, generation);
    return row;
  }

  #linkAll(row: OwnRow): void {
    for (const name of layoutOf(row.class).pointers.keys()) this.#link(row, name);
  }

  /** The row that a reference field points to and the set there that points back; undefined if it dangles. */
  #otherSide(
    row: OwnRow,
    field: string,
  ): { readonly row: OwnRow; readonly back: Set<string> } | undefined {
    const many = layoutOf(row.class).pointers.get(field);
    if (many === undefined) return undefined;
    const other = this.#table(many[0]).rows.get(asText(row.fields.get(field)));
    const back = other?.links.get(many[1]);
    return other === undefined || back === undefined ? undefined : { row: other, back };
  }

  #link(row: OwnRow, field: string): void {
    const other = this.#otherSide(row, field);
    if (other === undefined) return;
    other.back.add(row.ref);
    this.#relinked.add(other.row);
    this.touch(other.row);
  }

  #unlink(row: OwnRow, field: string): void {
    const other = this.#otherSide(row, field);
    if (other === undefined) return;
    other.back.delete(row.ref);
    this.#relinked.add(other.row);
    this.touch(other.row);
  }

  #table(className: string): Table {
    const table = this.#tables.get(className);
    if (table === undefined) throw new Error(`simulator: unknown class ${className}`);
    return table;
  }

  #own(row: Row): OwnRow {
    const own = this.#table(row.class).rows.get(row.ref);
    if (own === undefined) throw new XapiFault('HANDLE_INVALID', row.class, row.ref);
    return own;
  }
}

function journalled(
  row: OwnRow,
  fields: ReadonlySet<string> | 'all',
): readonly (readonly [string, string, JsonObject])[] {
  if (VOLATILE_CLASSES.has(row.class)) return [];
  const entries = [...row.fields].filter(
    ([name]) => !VOLATILE_FIELDS.has(name) && (fields === 'all' || fields.has(name)),
  );
  return entries.length === 0 ? [] : [[row.class, row.ref, Object.fromEntries(entries)]];
}
