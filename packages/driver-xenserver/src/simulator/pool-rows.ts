import type { Json, JsonObject } from '@gdcloud/core';
import { SCHEMA } from '../datamodel/schema.js';
import type { Pool } from './pool.js';
import { recordOf } from './record.js';
import { storedValue } from './values.js';

/** An object of a pool as XAPI shows it. */
export interface PoolRow {
  readonly ref: string;
  readonly record: JsonObject;
}

/**
 * Looks at a pool's objects and tampers with them past XAPI, as chance and operators do. Classes and fields are named
 * as in XAPI: `VM`, `VDI`, `network`, `VIF`, `VBD`; `VM` counts the control domains too. Clients hear of what is
 * changed as of any change. Throws for a class, a field or a reference that is not there.
 */
export class PoolRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  count(className: string): number {
    return this.#pool.database.count(className);
  }

  /** All objects of a class, in the order in which they were made. */
  list(className: string): readonly PoolRow[] {
    return [...this.#pool.database.rows(className)].map((row) => ({
      ref: row.ref,
      record: recordOf(row),
    }));
  }

  /** Makes an object; fields left out have the datamodel's default. Returns its reference. */
  insert(className: string, fields: JsonObject): string {
    const [ref = ''] = this.insertAll(className, [fields]);
    return ref;
  }

  /** As {@link insert}, many objects at once: clients hear of them together. Returns their references, in their order. */
  insertAll(className: string, objects: readonly JsonObject[]): readonly string[] {
    const { database } = this.#pool;
    const refs = objects.map((fields) => {
      const values = Object.entries(fields).map(([name, value]) => [
        name,
        stored(className, name, value),
      ]);
      return database.insert(className, Object.fromEntries(values)).ref;
    });
    database.commit();
    return refs;
  }

  /** Sets one field, whatever state the object is in. */
  set(className: string, ref: string, field: string, value: Json): void {
    const { database } = this.#pool;
    database.set(database.get(className, ref), field, stored(className, field, value));
    database.commit();
  }

  /** Removes an object, running or not, with the devices that hang on it: a pool's own sweep takes those away. */
  destroy(className: string, ref: string): void {
    const { database } = this.#pool;
    const row = database.get(className, ref);
    for (const kind of ['VBD', 'VIF']) {
      for (const device of row.links.get(`${kind}s`) ?? []) {
        database.remove(database.get(kind, device));
      }
    }
    database.remove(row);
    database.commit();
  }
}

function stored(className: string, name: string, value: Json): Json {
  const field = SCHEMA.get(className)?.fields.get(name);
  if (field === undefined) throw new RangeError(`XAPI has no field ${className}.${name}`);
  return storedValue(field.type, value);
}
