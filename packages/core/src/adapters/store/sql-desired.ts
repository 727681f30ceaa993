import { FenceLost } from '../../model/errors.js';
import { asId, type ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import { type Resource, UNOBSERVED } from '../../model/resource.js';
import type { DesiredChange, Draft } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew, locked } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import { type PreparedUpdate, prepareUpdate } from './prepared-update.js';
import { readResource } from './rows.js';
import { type DesiredColumns, RESOURCE_COLUMNS, type ResourceTable } from './schema.js';
import type { SqlSequences } from './sequences.js';
import { SqlHistory } from './sql-history.js';
import type { SqlLedger } from './sql-ledger.js';
import { SqlReferences } from './sql-references.js';
import { SqlStanding } from './sql-standing.js';
import type { SqlWriteRecords } from './sql-write-records.js';
import { UnitConflict } from './unit-conflict.js';

/** Finds what an insert would meet: the same uuid, or the same natural key among the living. */
export type PreparedExisting = Prepared<
  { uuid: string; type: string; key: string | null },
  ResourceTable
>;

/** Prepares {@link PreparedExisting}. */
export function prepareExisting({ builder }: SqlConnection): PreparedExisting {
  return prepare((p) =>
    builder
      .selectFrom('resource')
      .select(RESOURCE_COLUMNS)
      .where((eb) =>
        eb.or([
          eb('uuid', '=', p.uuid),
          eb.and([
            eb('type', '=', p.type),
            eb('natural_key', '=', p.key),
            eb('live_token', '=', ''),
          ]),
        ]),
      ),
  );
}

/** Which of the rows that were met is answered: the same resource before one with the same key. */
export function existingOf(
  rows: readonly ResourceTable[],
  draft: Draft,
): ResourceTable | undefined {
  return rows.find(({ uuid }) => uuid === draft.uuid) ?? rows[0];
}

/** Writing desired state to a SQL database. */
export class SqlDesiredWrites {
  readonly #connection: SqlConnection;
  readonly #history: SqlHistory;
  readonly #references: SqlReferences;
  readonly #standing: SqlStanding;
  readonly #ledger: SqlLedger;
  readonly #sequences: SqlSequences;
  readonly #records: SqlWriteRecords;
  readonly #insert: Prepared<ResourceTable, never>;
  readonly #existing: PreparedExisting;
  readonly #byUuid: Prepared<{ uuid: string }, ResourceTable>;
  readonly #toLeave: Prepared<{ uuid: string }, ResourceTable>;
  readonly #holder: Prepared<{ uuid: string }, Pick<ResourceTable, 'fence' | 'removed'>>;
  readonly #reseal: Prepared<{ uuid: string; generation: number; spec: string }, unknown>;
  readonly #change: PreparedUpdate<DesiredColumns & { next: number }, keyof ResourceTable>;

  constructor(
    connection: SqlConnection,
    ledger: SqlLedger,
    sequences: SqlSequences,
    records: SqlWriteRecords,
  ) {
    this.#records = records;
    this.#sequences = sequences;
    this.#connection = connection;
    this.#history = new SqlHistory(connection);
    this.#references = new SqlReferences(connection);
    this.#standing = new SqlStanding(connection);
    this.#ledger = ledger;
    const db = connection.builder;
    this.#insert = prepare((p) =>
      connection.flavour.skipExisting(db.insertInto('resource').values(namedColumns(p))),
    ) as Prepared<ResourceTable, never>;
    this.#existing = prepareExisting(connection);
    const byUuid = (p: { uuid: string }) =>
      db.selectFrom('resource').select(RESOURCE_COLUMNS).where('uuid', '=', p.uuid);
    this.#byUuid = prepare(byUuid);
    // Alone: who is about to name it is waited for, and whoever comes later sees that it is leaving.
    this.#toLeave = prepare((p) => locked(byUuid(p), connection.flavour.updateLock));
    // Shared: nobody else takes it over before the children that are inserted under it are there.
    this.#holder = prepare((p) =>
      locked(
        db.selectFrom('resource').select(['fence', 'removed']).where('uuid', '=', p.uuid),
        connection.flavour.shareLock,
      ),
    );
    this.#reseal = prepare((p) =>
      db
        .updateTable('resource')
        .set({ spec: p.spec })
        .where('uuid', '=', p.uuid)
        .where('generation', '=', p.generation),
    );
    this.#change = prepareUpdate(
      connection.flavour,
      db.selectFrom('resource'),
      RESOURCE_COLUMNS,
      (p) =>
        db
          .updateTable('resource')
          .set({
            name: p.name,
            description: p.description,
            data: p.data,
            spec: p.spec,
            generation: p.next,
            delete_requested_at: p.delete_requested_at,
            repairs: p.repairs,
          })
          .where('uuid', '=', p.uuid)
          .where('generation', '=', p.generation)
          .where('removed', 'is', null),
    );
  }

  async insert(draft: Draft): Promise<{ readonly inserted: boolean; readonly resource: Resource }> {
    // A number drawn in vain leaves a gap, which is harmless: friendly ids need not be without one. Where many write, a
    // draw inside the unit would let nobody else make a resource of the type until it ends.
    const drawn =
      this.#connection.flavour.writers === 'many'
        ? await this.#sequences.draw(draft.type)
        : undefined;
    return this.#connection.write(async (queries) => {
      if (draft.under !== undefined) await this.#demandHeld(queries, draft.under);
      const lost = await this.#standing.lostBy(queries, draft);
      const id = drawn ?? (await this.#sequences.drawInside(queries, draft.type));
      const row = newRow(draft, String(id));
      if ((await insertNew(queries, this.#insert(row))) === 'there')
        return { inserted: false, resource: await this.#existingFor(queries, draft) };
      // Before anything is refused: who asks again is told what came of it, and not that it does not fit twice.
      await this.#records.add(queries, draft.onRecord, asId(row.id));
      if (lost !== undefined) throw lost;
      await this.#ledger.chargeAll(queries, draft.uuid, draft.charges ?? []);
      await this.#references.add(queries, draft.uuid, draft.references);
      await this.#history.add(queries, draft.uuid, [draft.event]);
      return {
        inserted: true,
        resource: {
          ...UNOBSERVED,
          uuid: draft.uuid,
          type: draft.type,
          id: asId(row.id),
          account: draft.account,
          naturalKey: draft.naturalKey,
          created: draft.created,
          name: draft.name,
          description: draft.description,
          data: draft.data,
          spec: draft.spec,
          generation: 1,
          deleteRequestedAt: null,
          repairs: [],
        },
      };
    });
  }

  change(
    uuid: ResourceUuid,
    generation: number,
    change: DesiredChange,
  ): Promise<Resource | undefined> {
    return this.#connection.write(async (queries) => {
      const read = change.deleteRequestedAt === undefined ? this.#byUuid : this.#toLeave;
      const [before] = (await queries.run(read({ uuid }))).rows;
      if (before === undefined) return undefined;
      const after = await this.#change(queries, {
        uuid,
        generation,
        next: generation + 1,
        name: change.name === undefined ? before.name : change.name,
        description: change.description === undefined ? before.description : change.description,
        data: text(change.data, before.data),
        spec: text(change.spec, before.spec),
        delete_requested_at: before.delete_requested_at ?? change.deleteRequestedAt ?? null,
        repairs: change.repairs === undefined ? before.repairs : JSON.stringify(change.repairs),
      });
      if (after === undefined) return undefined;
      await this.#records.add(queries, change.onRecord);
      await this.#demandStanding(queries, uuid, change);
      await this.#ledger.chargeAll(queries, uuid, change.charges ?? []);
      if (change.references !== undefined)
        await this.#references.replace(queries, uuid, change.references);
      await this.#history.add(queries, uuid, [change.event]);
      return readResource(after);
    });
  }

  reseal(uuid: ResourceUuid, generation: number, spec: JsonObject): Promise<boolean> {
    return this.#connection.write(async (queries) => {
      const { numAffectedRows } = await queries.run(
        this.#reseal({ uuid, generation, spec: JSON.stringify(spec) }),
      );
      return numAffectedRows === 1n;
    });
  }

  async #demandHeld(queries: Queries, { uuid, fence }: NonNullable<Draft['under']>): Promise<void> {
    const [holder] = (await queries.run(this.#holder({ uuid }))).rows;
    if (holder?.fence !== fence || holder.removed !== null) throw new FenceLost(uuid);
  }

  async #demandStanding(
    queries: Queries,
    uuid: ResourceUuid,
    { references, whileUnneeded }: DesiredChange,
  ): Promise<void> {
    const named = references?.targets.filter(({ target }) => target !== uuid) ?? [];
    const problem =
      (await this.#standing.lostAmong(queries, named)) ??
      (whileUnneeded && (await this.#standing.needOf(queries, uuid, whileUnneeded)));
    if (problem !== undefined) throw problem;
  }

  async #existingFor(queries: Queries, draft: Draft): Promise<Resource> {
    const { rows } = await queries.run(
      this.#existing({ uuid: draft.uuid, type: draft.type, key: draft.naturalKey }),
    );
    const row = existingOf(rows, draft);
    // What it met has given its key free since.
    if (row === undefined) throw new UnitConflict(`a ${draft.type} met one that is gone`);
    return readResource(row);
  }
}

function text(value: JsonObject | undefined, before: string): string {
  return value === undefined ? before : JSON.stringify(value);
}

/** The row of a new resource. */
export function newRow(draft: Draft, id: string): ResourceTable {
  return {
    uuid: draft.uuid,
    type: draft.type,
    id,
    account: draft.account,
    created: draft.created,
    natural_key: draft.naturalKey,
    live_token: '',
    visible_to_all: draft.visibleToAll === 'yes' ? 1 : 0,
    name: draft.name,
    description: draft.description,
    data: JSON.stringify(draft.data),
    spec: JSON.stringify(draft.spec),
    generation: 1,
    delete_requested_at: null,
    repairs: null,
    status: '{}',
    conditions: '[]',
    parts: '{}',
    observed_generation: 0,
    attempted_generation: 0,
    status_version: 0,
    fence: null,
    outcome: null,
    next_attempt_at: null,
    attempts: 0,
    last_error_code: null,
    last_error_message: null,
    removed: null,
  };
}

// A prepared query's parameters answer to any name but can't be listed, so the columns are named here.
function namedColumns(p: ResourceTable): ResourceTable {
  return Object.fromEntries(
    RESOURCE_COLUMNS.map((name) => [name, p[name]]),
  ) as unknown as ResourceTable;
}
