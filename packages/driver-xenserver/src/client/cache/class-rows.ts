import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '@gdcloud/core';
import type { EventRecord } from '../../datamodel/event-batch.js';
import type { Effect } from './effects.js';

interface Row {
  record: JsonObject;
  /** The record shows the object at this moment or later. */
  asOf: number;
  /** Fields that our own writes have set since it was heard of. */
  readonly written: Map<string, Json>;
  /** The row is of no use until it is known as of this moment. */
  doubtedAt: number;
  /** Something was told of it that may be older or newer: only the pool can tell. */
  torn: boolean;
}

/**
 * The objects of one class as far as they are known. A row is given out only if it is not older than any write of ours.
 * Events can be older than a write whose reply overtook them; what can't be put in order is asked for anew.
 */
export class ClassRows {
  readonly #rows = new Map<string, Row>();
  readonly #byUuid = new Map<string, string>();
  readonly #byDescription = new Map<string, Set<string>>();
  /** References are never used again, so what is gone stays gone, whatever late events say. */
  readonly #gone = new Map<string, number>();
  /** Objects that we changed before we heard of them, and when. */
  readonly #unheard = new Map<string, number>();
  /** All rows are known as of this moment. */
  #asOf = 0;
  #doubtedAt = 0;

  /** The object's record, unless it is unknown or in doubt, or not known as of `since`. */
  get(ref: string, since = 0): JsonObject | undefined {
    const row = this.#rows.get(ref);
    if (row === undefined || !this.#isCertain(row)) return undefined;
    return Math.max(row.asOf, this.#asOf) >= since ? row.record : undefined;
  }

  /** The references of all objects with this description, certain or not. Snapshots, which have it too, are left out. */
  refsDescribed(description: string): readonly string[] {
    const refs = [...(this.#byDescription.get(description) ?? [])];
    return refs.filter((ref) => this.#rows.get(ref)?.record['is_a_snapshot'] !== true);
  }

  /** The reference of the object with this uuid. */
  refOf(uuid: string): string | undefined {
    return this.#byUuid.get(uuid);
  }

  /** All objects; undefined while one of them is in doubt. */
  all(): readonly (readonly [ref: string, record: JsonObject])[] | undefined {
    const rows = [...this.#rows];
    if (!rows.every(([, row]) => this.#isCertain(row))) return undefined;
    return rows.map(([ref, { record }]) => [ref, record]);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Whether a write of ours came after `moment`, so that the pool's count of then need not be ours. */
  isWrittenAfter(moment: number): boolean {
    for (const { asOf } of this.#rows.values()) if (asOf > moment) return true;
    for (const gone of this.#gone.values()) if (gone > moment) return true;
    return false;
  }

  /** Takes one event of an answer that was asked for at `asked`. */
  hear({ operation, ref, snapshot }: EventRecord, asked: number): void {
    if (operation === 'del') {
      this.#delete(ref);
      return;
    }
    if (snapshot === undefined || this.#gone.has(ref)) return;
    const row = this.#rows.get(ref);
    if (row === undefined || asked >= row.asOf) {
      this.#set(ref, snapshot, asked, row?.doubtedAt ?? 0);
    } else if (row.written.size > 0 && shows(snapshot, row.written)) {
      this.#replace(ref, row, snapshot);
    } else if (!isDeepStrictEqual(compact(snapshot), row.record)) {
      row.torn = true;
    }
  }

  /** All events of an answer that was asked for at `asked` have been heard. */
  heardAll(asked: number): void {
    this.#asOf = Math.max(this.#asOf, asked);
    for (const past of [this.#gone, this.#unheard]) {
      for (const [ref, moment] of past) if (moment <= asked) past.delete(ref);
    }
  }

  /** Takes the list of all objects, asked for at `asked`, for what there is. */
  replaceAll(objects: ReadonlyMap<string, JsonObject>, asked: number): void {
    for (const [ref, row] of this.#rows) {
      if (!objects.has(ref) && row.asOf <= asked) this.#delete(ref);
    }
    for (const [ref, snapshot] of objects)
      this.hear({ class: '', operation: 'add', ref, snapshot }, asked);
    this.heardAll(asked);
  }

  /** Takes what the pool answered to a question for just this object, put at `asked`. */
  put(ref: string, record: JsonObject, asked: number): void {
    const row = this.#rows.get(ref);
    if (this.#gone.has(ref) || (row !== undefined && row.asOf > asked)) return;
    this.#set(ref, record, asked, row?.doubtedAt ?? 0);
  }

  /** We made it; `fields` are those that are known. */
  created(ref: string, fields: JsonObject, moment: number): void {
    // Its event may be faster than the reply, and tells more.
    if (this.#rows.has(ref) || this.#gone.has(ref)) return;
    this.#set(ref, fields, moment, 0);
    const row = this.#rows.get(ref);
    // Whatever shows it at all shows it after it was made.
    row?.written.set('', null);
  }

  /** We changed a field of it. Of what is unknown nothing is kept. */
  changed(
    { ref, field, value }: Extract<Effect, { readonly kind: 'changed' }>,
    moment: number,
  ): void {
    const row = this.#rows.get(ref);
    if (row === undefined) {
      this.#unheard.set(ref, moment);
      return;
    }
    const next = value(row.record[field]);
    this.#describe(ref, row.record, 'forget');
    row.record = { ...row.record, [field]: next };
    this.#describe(ref, row.record, 'note');
    row.written.set(field, next);
    row.asOf = moment;
  }

  /** We removed it. */
  removed(ref: string, moment: number): void {
    this.#delete(ref);
    this.#gone.set(ref, moment);
  }

  /** We did something to it whose outcome is not known. */
  doubt(ref: string, moment: number): void {
    const row = this.#rows.get(ref);
    if (row === undefined) this.#unheard.set(ref, moment);
    else row.doubtedAt = moment;
  }

  /** As {@link doubt}, to all objects that refer to `value` in their `field`. */
  doubtReferring(field: string, value: string, moment: number): void {
    for (const row of this.#rows.values()) if (row.record[field] === value) row.doubtedAt = moment;
  }

  /** As {@link doubt}, to all objects. */
  doubtAll(moment: number): void {
    this.#doubtedAt = moment;
  }

  #isCertain({ asOf, doubtedAt, torn }: Row): boolean {
    return !torn && Math.max(asOf, this.#asOf) >= Math.max(doubtedAt, this.#doubtedAt);
  }

  #set(ref: string, record: JsonObject, asOf: number, doubtedAt: number): void {
    const doubted = Math.max(doubtedAt, this.#unheard.get(ref) ?? 0);
    const before = this.#rows.get(ref)?.record ?? {};
    const row: Row = { record: before, asOf, written: new Map(), doubtedAt: doubted, torn: false };
    this.#rows.set(ref, row);
    this.#replace(ref, row, record);
  }

  #replace(ref: string, row: Row, record: JsonObject): void {
    this.#describe(ref, row.record, 'forget');
    row.record = compact(record);
    this.#describe(ref, row.record, 'note');
    const { uuid } = record;
    if (typeof uuid === 'string' && uuid !== '') this.#byUuid.set(uuid, ref);
  }

  #delete(ref: string): void {
    const record = this.#rows.get(ref)?.record ?? {};
    const { uuid } = record;
    if (typeof uuid === 'string') this.#byUuid.delete(uuid);
    this.#describe(ref, record, 'forget');
    this.#rows.delete(ref);
  }

  #describe(ref: string, { name_description: text }: JsonObject, how: 'note' | 'forget'): void {
    if (typeof text !== 'string' || text === '') return;
    const refs = this.#byDescription.get(text) ?? new Set();
    if (how === 'note') this.#byDescription.set(text, refs.add(ref));
    else if (refs.delete(ref) && refs.size === 0) this.#byDescription.delete(text);
  }
}

/** Whether a record has all that we wrote. */
function shows(record: JsonObject, written: ReadonlyMap<string, Json>): boolean {
  for (const [field, value] of written) {
    if (field !== '' && !isDeepStrictEqual(sorted(record[field]), sorted(value))) return false;
  }
  return true;
}

/** Lists of XAPI's are sets: their order says nothing. */
function sorted(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? value.map(String).sort() : value;
}

const NO_ITEMS: readonly Json[] = Object.freeze([]);
const NO_ENTRIES: JsonObject = Object.freeze({});

/** The same record in less memory: most lists and maps of most objects are empty, and those are shared. */
function compact(record: JsonObject): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(record)) kept[name] = shared(value);
  return kept;
}

function shared(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? NO_ITEMS : value;
  return Object.keys(value).length === 0 ? NO_ENTRIES : value;
}
