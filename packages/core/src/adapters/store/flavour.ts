import {
  type Compilable,
  type DeleteQueryBuilder,
  type DeleteResult,
  type Expression,
  type InsertQueryBuilder,
  type InsertResult,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { Queries } from './connection.js';
import type { Database } from './schema.js';
import { DuplicateKey } from './unit-conflict.js';

/** How values of a field compare: as texts by their code points, as numbers, as 0 and 1. */
export type ValueKind = 'text' | 'number' | 'boolean';

/** What one kind of database says in its own way. Everything else is the same SQL for all of them. */
export interface SqlFlavour {
  /** Whether others write at the same time, so that rows must be locked and every statement is a way there and back. */
  readonly writers: 'one' | 'many';
  /** Whether a write can answer with the rows as it leaves them. */
  readonly returning: 'yes' | 'no';
  /** What a select ends with to keep others from writing its rows until the unit ends; absent where nobody else writes. */
  readonly shareLock?: string;
  /** The same, and from locking them too. */
  readonly updateLock?: string;
  /**
   * What a select ends with to keep others from locking its rows by {@link updateLock} until the unit ends. Where the
   * database can, it lets them be written meanwhile: those who name one resource hold up nobody who works on it.
   */
  readonly stayLock?: string;
  /**
   * Makes an insert pass over rows whose key is taken, or leaves it as it is where the database can't: it then throws
   * {@link DuplicateKey}. Run it by {@link insertNew}.
   */
  skipExisting<T extends keyof Database>(
    insert: InsertQueryBuilder<Database, T, InsertResult>,
  ): InsertQueryBuilder<Database, T, InsertResult>;
  /** Counts the sequence `name` up by `count`, from nothing if need be; answers with `last` where writes can answer. */
  countUp(
    db: Kysely<Database>,
    parameters: { readonly name: string; readonly count: number },
  ): Compilable<{ last: number }>;
  /** Says the total of a holder's capacity, from nothing if need be. */
  setTotal(
    db: Kysely<Database>,
    parameters: { readonly holder: string; readonly class: string; readonly total: number },
  ): Compilable;
  /** The resources that changed since their last pass, the oldest first, by an index that has nothing else. */
  changed<Row>(
    list: SelectQueryBuilder<Database, 'resource', Row>,
  ): SelectQueryBuilder<Database, 'resource', Row>;
  /** Has a delete answer with columns of the rows it removes, where it can: see `returning`. */
  answering<T extends keyof Database, Column extends keyof Database[T] & string>(
    removal: DeleteQueryBuilder<Database, T, DeleteResult>,
    columns: readonly Column[],
  ): Compilable<Pick<Database[T], Column>>;
  readonly values: ValueFlavour;
}

/** How lists compare. Field names come from declarations, never from a caller. */
export interface ValueFlavour {
  /** The value of a field of a JSON document, or null. */
  ofDocument(
    document: 'resource.spec' | 'resource.status',
    field: string,
    kind: ValueKind,
  ): Expression<unknown>;
  /** A column as it compares with a parameter. */
  ofColumn(column: string, kind: ValueKind): Expression<unknown>;
  /** Whether a text is like a pattern of `%` and `_`, blind to the case of ASCII letters only. `|` stands before what is meant literally. */
  like(left: Expression<unknown>, pattern: string): RawBuilder<SqlBool>;
}

/** Runs an insert made by {@link SqlFlavour.skipExisting}, and says whether its row is new. */
export async function insertNew(
  queries: Queries,
  insert: Parameters<Queries['run']>[0],
): Promise<'new' | 'there'> {
  try {
    return (await queries.run(insert)).numAffectedRows === 1n ? 'new' : 'there';
  } catch (thrown) {
    if (thrown instanceof DuplicateKey) return 'there';
    throw thrown;
  }
}

/** Ends a select with a lock of the flavour, where it has one. */
export function locked<Select extends { modifyEnd(modifier: Expression<unknown>): Select }>(
  select: Select,
  lock: string | undefined,
): Select {
  return lock === undefined ? select : select.modifyEnd(sql.raw(lock));
}

/** The upserts of SQLite and PostgreSQL, whose words are the same. */
export const ON_CONFLICT: Pick<
  SqlFlavour,
  'skipExisting' | 'answering' | 'countUp' | 'setTotal' | 'changed'
> = {
  skipExisting: (insert) => insert.onConflict((conflict) => conflict.doNothing()),
  answering: (removal, columns) => removal.returning(columns as never),
  countUp: (db, p) =>
    db
      .insertInto('sequence')
      .values({ name: p.name, last: p.count })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((eb) => ({ last: eb('sequence.last', '+', p.count) })),
      )
      .returning('last'),
  setTotal: (db, p) =>
    db
      .insertInto('capacity')
      .values({ holder: p.holder, class: p.class, total: p.total, used: 0 })
      .onConflict((conflict) =>
        conflict.columns(['class', 'holder']).doUpdateSet({ total: p.total }),
      ),
  changed: (list) =>
    list
      .where('attempted_generation', '<', sql.ref<number>('generation'))
      .where('removed', 'is', null)
      .orderBy('uuid'),
};
