import { asId } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { Draft, Store } from '../../ports/store.js';
import type { SqlConnection } from '../store/connection.js';
import { Gathering } from '../store/gathering.js';
import { readResource } from '../store/rows.js';
import { RESOURCE_COLUMNS, type ResourceTable } from '../store/schema.js';
import { SqlSequences } from '../store/sequences.js';
import { existingOf, newRow, prepareExisting } from '../store/sql-desired.js';
import { leavesRow } from '../store/sql-history.js';
import { isTrimmed } from '../store/sql-observed.js';
import { auditRow } from '../store/sql-write-records.js';
import { claimRows, getRows, insertRows, MOST_ROWS, recordRows } from './row-statements.js';

const LIMITS = { together: MOST_ROWS, atOnce: 2 };

/** Whatever of a record goes beyond its own row is a unit of several statements. */
const isPlain = (record: Parameters<Store['record']>[3]): boolean =>
  record.removed === null && record.references === undefined;

/** Of a new row what goes with it into the same statement. */
interface Insert {
  readonly uuid: string;
  readonly draft: Draft;
  readonly row: ResourceTable;
}

/**
 * A store on PostgreSQL in which the reads and writes of rows that concurrent passes ask for share statements: a pass
 * costs two or three ways there and back, and shares them with others. `store` does the rest.
 */
export function withGatheredRows(store: Store, connection: SqlConnection): Store {
  const sequences = new SqlSequences(connection);
  const existing = prepareExisting(connection);
  const read = new Gathering<{ readonly uuid: string }, Resource>(async (wanted) => {
    const { rows } = await connection.run(getRows(wanted.map(({ uuid }) => [uuid])));
    return byUuid(rows);
  }, LIMITS);
  const claim = new Gathering<{ readonly uuid: string; readonly fence: string }, Resource>(
    async (wanted) => {
      const given = wanted.map(({ uuid, fence }) => [uuid, fence]);
      return byUuid((await connection.writeOne(claimRows(given))).rows);
    },
    LIMITS,
  );
  const record = new Gathering<
    { readonly uuid: string; readonly values: readonly unknown[] },
    Resource
  >(async (wanted) => {
    const given = wanted.map(({ uuid, values }) => [uuid, ...values]);
    return byUuid((await connection.writeOne(recordRows(given))).rows);
  }, LIMITS);
  const insert = new Gathering<Insert, 'new'>(async (wanted) => {
    const given = wanted.map(({ row, draft }) => [
      ...RESOURCE_COLUMNS.map((name) => row[name]),
      JSON.stringify([draft.event]),
      JSON.stringify(draft.references),
      draft.under?.uuid ?? null,
      draft.under?.fence ?? null,
      ...auditColumns(draft, row),
    ]);
    const { rows } = await connection.writeOne(insertRows(given));
    return new Map(rows.map(({ uuid }) => [uuid, 'new']));
  }, LIMITS);
  return {
    ...store,
    get: (uuid) => read.ask({ uuid }),
    claim: (uuid, fence) => claim.ask({ uuid, fence }),
    record: (uuid, fence, version, status) =>
      isPlain(status) && !isTrimmed(version + 1)
        ? record.ask({ uuid, values: [fence, version, ...columns(status)] })
        : store.record(uuid, fence, version, status),
    insert: async (draft) => {
      if ((draft.charges ?? []).length > 0 || draft.onRecord?.request !== undefined)
        return store.insert(draft);
      const row = newRow(draft, String(await sequences.draw(draft.type)));
      const made = await insert.ask({ uuid: draft.uuid, draft, row });
      if (made !== undefined) return { inserted: true, resource: readResource(row) };
      const key = { uuid: draft.uuid, type: draft.type, key: draft.naturalKey };
      const met = existingOf((await connection.run(existing(key))).rows, draft);
      // What it met may have given its key free since, or it met nothing: its holder was replaced or what it names is
      // leaving, which that tells.
      return met === undefined
        ? store.insert(draft)
        : { inserted: false, resource: readResource(met) };
    },
  };
}

function byUuid(rows: readonly ResourceTable[]): ReadonlyMap<string, Resource> {
  return new Map(rows.map((row) => [row.uuid, readResource(row)]));
}

function auditColumns({ onRecord }: Draft, { id }: ResourceTable): readonly unknown[] {
  if (onRecord?.audit === undefined) return [null, null, null, null, null];
  const { uuid, account, at, document, mac } = auditRow(onRecord.audit, asId(id));
  return [uuid, account, at, document, mac];
}

function columns(record: Parameters<Store['record']>[3]): readonly unknown[] {
  return [
    JSON.stringify(record.status),
    JSON.stringify(record.conditions),
    JSON.stringify(record.parts),
    record.observedGeneration,
    record.attemptedGeneration,
    record.outcome,
    record.nextAttemptAt,
    record.attempts,
    record.lastErrorCode,
    record.lastErrorMessage,
    leavesRow(record) ? JSON.stringify(record.events) : null,
  ];
}
