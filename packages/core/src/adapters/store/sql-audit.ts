import { type SelectQueryBuilder, sql } from 'kysely';
import {
  AUDIT_RECORD,
  type AuditDocument,
  type AuditRecord,
  type AuditSeal,
  auditResource,
  CHAIN_START,
  type ChainPlace,
} from '../../model/audit-record.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ListCriteria, ListPage, ListQuery, Scope } from '../../ports/store.js';
import type { NewSeal } from '../../ports/write-records.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew } from './flavour.js';
import { listOver, matching } from './listing.js';
import { type Prepared, prepare } from './prepared.js';
import type { AuditHeadTable, AuditTable, Database, ResourceTable } from './schema.js';
import { pageOf } from './sql-reads.js';

type Rows = SelectQueryBuilder<Database, 'audit', AuditTable>;

/** The chain has got on, or a record has its place already: nothing of the unit may remain. */
class SealedMeanwhile extends Error {}

/** The audit log in a SQL database, once it is written. */
export class SqlAudit {
  readonly #connection: SqlConnection;
  readonly #byUuid: Prepared<{ uuid: string }, AuditTable>;
  readonly #unsealed: Prepared<{ limit: number }, AuditTable>;
  readonly #unsealedOf: Prepared<{ account: string; limit: number }, AuditTable>;
  readonly #head: Prepared<{ account: string }, AuditHeadTable>;
  readonly #firstHead: Prepared<AuditHeadTable, never>;
  readonly #nextHead: Prepared<AuditHeadTable & { from: number }, unknown>;
  readonly #from: Prepared<{ account: string; sequence: number; limit: number }, AuditTable>;
  readonly #seal: Prepared<
    { account: string; uuid: string; sequence: number; seal: string },
    unknown
  >;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const db = connection.builder;
    const all: Rows = db
      .selectFrom('audit')
      .select(['uuid', 'account', 'at', 'document', 'mac', 'sequence', 'seal']);
    this.#byUuid = prepare((p) => all.where('uuid', '=', p.uuid));
    this.#unsealed = prepare((p) =>
      all.where('sequence', 'is', null).orderBy('uuid').limit(p.limit),
    );
    this.#unsealedOf = prepare((p) =>
      all
        .where('sequence', 'is', null)
        .where('account', '=', p.account)
        .orderBy('uuid')
        .limit(p.limit),
    );
    this.#head = prepare((p) =>
      db
        .selectFrom('audit_head')
        .select(['account', 'sequence', 'chain_hash'])
        .where('account', '=', p.account),
    );
    this.#firstHead = prepare(({ account, sequence, chain_hash }) =>
      connection.flavour.skipExisting(
        db.insertInto('audit_head').values({ account, sequence, chain_hash }),
      ),
    ) as Prepared<AuditHeadTable, never>;
    this.#nextHead = prepare((p) =>
      db
        .updateTable('audit_head')
        .set({ sequence: p.sequence, chain_hash: p.chain_hash })
        .where('account', '=', p.account)
        .where('sequence', '=', p.from),
    );
    this.#from = prepare((p) =>
      all
        .where('account', '=', p.account)
        .where('sequence', '>=', p.sequence)
        .orderBy('sequence')
        .limit(p.limit),
    );
    this.#seal = prepare((p) =>
      db
        .updateTable('audit')
        .set({ sequence: p.sequence, seal: p.seal })
        .where('uuid', '=', p.uuid)
        .where('account', '=', p.account)
        .where('sequence', 'is', null),
    );
  }

  async find(scope: Scope, id: string): Promise<Resource | undefined> {
    const [row] = (await this.#connection.run(this.#byUuid({ uuid: id }))).rows;
    return row === undefined || (scope.kind === 'account' && row.account !== scope.account)
      ? undefined
      : auditResource(readRecord(row));
  }

  async list(scope: Scope, type: ResourceType, query: ListQuery): Promise<ListPage> {
    const { builder } = this.#connection;
    const all = builder.selectFrom(AS_RESOURCES.as('resource')).select(AUDIT_COLUMNS);
    const { rows } = await this.#connection.run(
      listOver(all, this.#connection, scope, type, query).compile(),
    );
    const records = rows.map((row) => auditResource(listedRecord(row)));
    return pageOf(
      type,
      query,
      records.slice(0, query.limit),
      records.length > query.limit ? 'more' : 'last',
    );
  }

  async count(scope: Scope, type: ResourceType, criteria: ListCriteria): Promise<number> {
    const { builder, flavour } = this.#connection;
    const all = builder
      .selectFrom(AS_RESOURCES.as('resource'))
      .select((eb) => eb.fn.countAll<number>().as('count'));
    const { rows } = await this.#connection.run(
      matching(all, flavour.values, scope, type, criteria).compile(),
    );
    return Number(rows[0]?.count ?? 0);
  }

  async unsealed(limit: number): Promise<readonly AuditRecord[]> {
    return (await this.#connection.run(this.#unsealed({ limit }))).rows.map(readRecord);
  }

  async unsealedOf(account: ResourceUuid, limit: number): Promise<readonly AuditRecord[]> {
    return (await this.#connection.run(this.#unsealedOf({ account, limit }))).rows.map(readRecord);
  }

  async chainHead(account: ResourceUuid): Promise<ChainPlace> {
    const [row] = (await this.#connection.run(this.#head({ account }))).rows;
    return row === undefined ? CHAIN_START : { sequence: row.sequence, chainHash: row.chain_hash };
  }

  async sealedFrom(
    account: ResourceUuid,
    sequence: number,
    limit: number,
  ): Promise<readonly AuditRecord[]> {
    const query = this.#from({ account, sequence, limit });
    return (await this.#connection.run(query)).rows.map(readRecord);
  }

  async seal(account: ResourceUuid, head: ChainPlace, seals: readonly NewSeal[]): Promise<boolean> {
    const last = seals.at(-1)?.seal ?? head;
    try {
      await this.#connection.write(async (queries) => {
        // First: whoever comes at the same moment waits here, and then finds that the chain has got on.
        await this.#moveHead(queries, account, head, last);
        for (const { uuid, seal } of seals) {
          const { sequence } = seal;
          const { numAffectedRows } = await queries.run(
            this.#seal({ account, uuid, sequence, seal: JSON.stringify(seal) }),
          );
          if (numAffectedRows !== 1n) throw new SealedMeanwhile();
        }
      });
      return true;
    } catch (thrown) {
      if (thrown instanceof SealedMeanwhile) return false;
      throw thrown;
    }
  }

  async #moveHead(
    queries: Queries,
    account: ResourceUuid,
    from: ChainPlace,
    { sequence, chainHash }: ChainPlace,
  ): Promise<void> {
    const row = { account, sequence, chain_hash: chainHash };
    if (from.sequence === 0) {
      if ((await insertNew(queries, this.#firstHead(row))) === 'there') throw new SealedMeanwhile();
      return;
    }
    const { numAffectedRows } = await queries.run(this.#nextHead({ ...row, from: from.sequence }));
    if (numAffectedRows !== 1n) throw new SealedMeanwhile();
  }

  async forgetAudited(before: number): Promise<number> {
    const { builder: db } = this.#connection;
    return this.#connection.write(async (queries) => {
      // Read first: MySQL refuses to look into a table it deletes from.
      const newest = db
        .selectFrom('audit')
        .select(['account', (eb) => eb.fn.max('sequence').as('sequence')])
        .where('at', '<', before)
        .where('sequence', 'is not', null)
        .groupBy('account')
        .having((eb) => eb.fn.countAll(), '>', 1);
      let forgotten = 0;
      for (const { account, sequence } of (await queries.run(newest.compile())).rows) {
        const { numAffectedRows } = await queries.run(
          db
            .deleteFrom('audit')
            .where('account', '=', account)
            .where('at', '<', before)
            .where('sequence', '<', Number(sequence))
            .compile(),
        );
        forgotten += Number(numAffectedRows ?? 0n);
      }
      return forgotten;
    });
  }
}

const AUDIT_COLUMNS = ['uuid', 'account', 'spec', 'status'] as const;

// Under the names that lists go by, so that each filter and order works on them as on any type; what `nullif` makes is a
// null of the right type.
const AS_RESOURCES = sql<ResourceTable>`(select ${sql.lit(AUDIT_RECORD)} as type, uuid, uuid as id, account, at as created, nullif(account, account) as name, nullif(at, at) as removed, document as spec, coalesce(seal, '{}') as status from audit)`;

// Our own writes are the only source of this JSON, so its shape is taken on trust; who doubts it verifies the chain.
function readRecord(
  row: Pick<AuditTable, 'uuid' | 'account' | 'document' | 'mac' | 'seal'>,
): AuditRecord {
  return {
    uuid: asUuid(row.uuid),
    account: asUuid(row.account),
    document: JSON.parse(row.document) as AuditDocument,
    mac: row.mac,
    seal: row.seal === null ? null : (JSON.parse(row.seal) as AuditSeal),
  };
}

function listedRecord({
  uuid,
  account,
  spec,
  status,
}: Pick<ResourceTable, 'uuid' | 'account' | 'spec' | 'status'>): AuditRecord {
  return readRecord({
    uuid,
    account,
    document: spec,
    mac: '',
    seal: status === '{}' ? null : status,
  });
}
