import type { Fence, ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { StatusRecord } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';
import { type PreparedUpdate, prepareUpdate } from './prepared-update.js';
import { readDesired, readResource } from './rows.js';
import {
  type DesiredColumns,
  RESOURCE_COLUMNS,
  type ResourceTable,
  type StatusColumns,
} from './schema.js';
import { leavesRow, SqlHistory } from './sql-history.js';
import type { SqlLedger } from './sql-ledger.js';
import { SqlReferences } from './sql-references.js';

type Static = Pick<ResourceTable, 'type' | 'id' | 'account' | 'natural_key' | 'created'>;
type RecordParameters = Omit<StatusColumns, 'fence'> & {
  readonly uuid: string;
  readonly fence: string;
  readonly next: number;
  readonly live_token: string;
};

const UNWRITTEN = [
  'type',
  'id',
  'account',
  'natural_key',
  'created',
  'name',
  'description',
  'data',
  'spec',
  'generation',
  'delete_requested_at',
  'repairs',
] as const satisfies readonly (keyof (DesiredColumns & Static))[];

/** A history is trimmed once in so many records: often enough to bound it, seldom enough to cost nothing. */
const TRIM_EVERY = 64;

/** Writing observed state to a SQL database, always under a fence. */
export class SqlObservedWrites {
  readonly #connection: SqlConnection;
  readonly #history: SqlHistory;
  readonly #references: SqlReferences;
  readonly #ledger: SqlLedger;
  readonly #claim: PreparedUpdate<{ fence: string }, keyof ResourceTable>;
  readonly #record: PreparedUpdate<RecordParameters, keyof (DesiredColumns & Static)>;
  readonly #wake: Prepared<{ uuid: string; now: number }, unknown>;

  constructor(connection: SqlConnection, ledger: SqlLedger) {
    this.#connection = connection;
    this.#history = new SqlHistory(connection);
    this.#references = new SqlReferences(connection);
    this.#ledger = ledger;
    const db = connection.builder;
    const { flavour } = connection;
    const select = db.selectFrom('resource');
    this.#claim = prepareUpdate(flavour, select, RESOURCE_COLUMNS, (p) =>
      db
        .updateTable('resource')
        .set({ fence: p.fence })
        .where('uuid', '=', p.uuid)
        .where('removed', 'is', null)
        .where((eb) => eb.or([eb('fence', 'is', null), eb('fence', '<', p.fence)])),
    );
    this.#record = prepareUpdate(flavour, select, UNWRITTEN, (p) =>
      db
        .updateTable('resource')
        .set({
          status: p.status,
          conditions: p.conditions,
          parts: p.parts,
          observed_generation: p.observed_generation,
          attempted_generation: p.attempted_generation,
          status_version: p.next,
          outcome: p.outcome,
          next_attempt_at: p.next_attempt_at,
          attempts: p.attempts,
          last_error_code: p.last_error_code,
          last_error_message: p.last_error_message,
          removed: p.removed,
          live_token: p.live_token,
        })
        .where('uuid', '=', p.uuid)
        .where('fence', '=', p.fence)
        .where('status_version', '=', p.status_version)
        .where('removed', 'is', null),
    );
    this.#wake = prepare((p) =>
      db
        .updateTable('resource')
        .set({ next_attempt_at: p.now })
        .where('uuid', '=', p.uuid)
        .where('removed', 'is', null),
    );
  }

  claim(uuid: ResourceUuid, fence: Fence): Promise<Resource | undefined> {
    return this.#connection.write(async (queries) => {
      const row = await this.#claim(queries, { uuid, fence });
      return row === undefined ? undefined : readResource(row);
    });
  }

  record(
    uuid: ResourceUuid,
    fence: Fence,
    statusVersion: number,
    record: StatusRecord,
  ): Promise<Resource | undefined> {
    return this.#connection.write(async (queries) => {
      const next = statusVersion + 1;
      const row = await this.#record(queries, {
        ...columns(record),
        uuid,
        fence,
        status_version: statusVersion,
        next,
        live_token: record.removed === null ? '' : uuid,
      });
      if (row === undefined) return undefined;
      if (leavesRow(record)) await this.#history.add(queries, uuid, record.events);
      if (isTrimmed(next)) await this.#history.trim(queries, uuid);
      if (record.references !== undefined)
        await this.#references.replace(queries, uuid, record.references);
      if (record.removed !== null) {
        await this.#references.clear(queries, uuid);
        await this.#ledger.releaseAll(queries, uuid);
      }
      const { events: _events, shown: _shown, references: _references, ...observed } = record;
      return readRecorded(row, { ...observed, fence, statusVersion: next }, uuid);
    });
  }

  async wake(uuid: ResourceUuid, now: number): Promise<void> {
    await this.#connection.writeOne(this.#wake({ uuid, now }));
  }

  purge(before: number): Promise<number> {
    const db = this.#connection.builder;
    return this.#connection.write(async (queries) => {
      const gone = db.selectFrom('resource').select('uuid').where('removed', '<', before);
      await this.#history.forget(queries, gone);
      await queries.run(db.deleteFrom('traffic').where('owner', 'in', gone).compile());
      await queries.run(db.deleteFrom('traffic_reading').where('network', 'in', gone).compile());
      await queries.run(db.deleteFrom('credential_use').where('resource', 'in', gone).compile());
      const { numAffectedRows } = await queries.run(
        db.deleteFrom('resource').where('removed', '<', before).compile(),
      );
      return Number(numAffectedRows ?? 0n);
    });
  }
}

/** Whether the record that makes this version of a row trims its history too. */
export function isTrimmed(statusVersion: number): boolean {
  return statusVersion % TRIM_EVERY === 0;
}

function columns(record: StatusRecord): Omit<StatusColumns, 'fence' | 'status_version'> {
  return {
    status: JSON.stringify(record.status),
    conditions: JSON.stringify(record.conditions),
    parts: JSON.stringify(record.parts),
    observed_generation: record.observedGeneration,
    attempted_generation: record.attemptedGeneration,
    outcome: record.outcome,
    next_attempt_at: record.nextAttemptAt,
    attempts: record.attempts,
    last_error_code: record.lastErrorCode,
    last_error_message: record.lastErrorMessage,
    removed: record.removed,
  };
}

type Observed = Omit<StatusRecord, 'events' | 'references'> &
  Pick<Resource, 'fence' | 'statusVersion'>;

// What was just written need not be read back and parsed again; only the desired columns may have changed meanwhile.
function readRecorded(
  row: DesiredColumns & Static,
  observed: Observed,
  uuid: ResourceUuid,
): Resource {
  const { type, id, account, natural_key: naturalKey, created } = row;
  const identity = { uuid, type, id, account, naturalKey, created };
  return { ...identity, ...readDesired(row), ...observed } as Resource;
}
