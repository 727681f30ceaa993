import { AskedBefore } from '../../model/errors.js';
import { asUuid, type ResourceId, type ResourceUuid } from '../../model/identity.js';
import type { AuditDraft, KeyedRequest, OnRecord } from '../../ports/write-records.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import type { AuditTable, KeyedRequestTable } from './schema.js';
import { UnitConflict } from './unit-conflict.js';

/** What of the audit log a write inserts. */
export type AuditRow = Pick<AuditTable, 'uuid' | 'account' | 'at' | 'document' | 'mac'>;

/** The row of a record; `drawn` is the friendly id of the row that is inserted with it. */
export function auditRow(
  { uuid, account, document, mac }: AuditDraft,
  drawn?: ResourceId,
): AuditRow {
  const resourceId = document.resourceId ?? drawn ?? null;
  return {
    uuid,
    account,
    at: document.time,
    document: JSON.stringify({ ...document, resourceId }),
    mac,
  };
}

/** Puts requests on record in a SQL database, as a part of the units that they lead to. */
export class SqlWriteRecords {
  readonly #connection: SqlConnection;
  readonly #insertRequest: Prepared<KeyedRequestTable, never>;
  readonly #request: Prepared<{ account: string; key: string }, KeyedRequestTable>;
  readonly #insertAudit: Prepared<AuditRow, unknown>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const { builder: db, flavour } = connection;
    this.#insertRequest = prepare(({ account, key, digest, resource, at }) =>
      flavour.skipExisting(
        db.insertInto('keyed_request').values({ account, key, digest, resource, at }),
      ),
    ) as Prepared<KeyedRequestTable, never>;
    this.#request = prepare((p) =>
      db
        .selectFrom('keyed_request')
        .select(['account', 'key', 'digest', 'resource', 'at'])
        .where('account', '=', p.account)
        .where('key', '=', p.key),
    );
    this.#insertAudit = prepare(({ uuid, account, at, document, mac }) =>
      db
        .insertInto('audit')
        .values({ uuid, account, at, document, mac, sequence: null, seal: null }),
    );
  }

  /** Adds to a unit. Throws AskedBefore, upon which the unit must leave nothing behind. */
  async add(queries: Queries, onRecord: OnRecord | undefined, drawn?: ResourceId): Promise<void> {
    if (onRecord?.request !== undefined) await this.#addRequest(queries, onRecord.request);
    if (onRecord?.audit !== undefined)
      await queries.run(this.#insertAudit(auditRow(onRecord.audit, drawn)));
  }

  async carriedOut(account: ResourceUuid, key: string): Promise<KeyedRequest | undefined> {
    return this.#known(this.#connection, account, key);
  }

  async note(onRecord: OnRecord): Promise<void> {
    await this.#connection.write((queries) => this.add(queries, onRecord));
  }

  async forgetRequests(before: number): Promise<number> {
    const { builder } = this.#connection;
    const { numAffectedRows } = await this.#connection.writeOne(
      builder.deleteFrom('keyed_request').where('at', '<', before).compile(),
    );
    return Number(numAffectedRows ?? 0n);
  }

  async #addRequest(queries: Queries, request: KeyedRequest): Promise<void> {
    if ((await insertNew(queries, this.#insertRequest({ ...request }))) === 'new') return;
    const known = await this.#known(queries, request.account, request.key);
    // It has been forgotten in this very moment.
    if (known === undefined) throw new UnitConflict('a request met one that is forgotten');
    throw new AskedBefore(known);
  }

  async #known(
    queries: Queries,
    account: ResourceUuid,
    key: string,
  ): Promise<KeyedRequest | undefined> {
    const [row] = (await queries.run(this.#request({ account, key }))).rows;
    return row === undefined
      ? undefined
      : { ...row, account: asUuid(row.account), resource: asUuid(row.resource) };
  }
}
