import type { CompiledQuery } from 'kysely';
import { asId, asUuid, type ResourceId, type ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type {
  Addressed,
  Due,
  HistoryEvent,
  ListCriteria,
  ListPage,
  ListQuery,
  ReferrerCount,
  Scope,
} from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import { countQuery, listQuery, positionOf, uuidsQuery } from './listing.js';
import { type Prepared, prepare } from './prepared.js';
import { readResource } from './rows.js';
import { RESOURCE_COLUMNS, type ResourceTable } from './schema.js';
import { WITHOUT_EVENTS } from './sql-history.js';
import { SqlNeeds } from './sql-needs.js';

type Row = ResourceTable;

/** Friendly ids are drawn from a sequence; what does not look like one need not be looked for. */
export const FRIENDLY_ID = /^[1-9][0-9]*$/;

/** A page of a list by the names of its resources. */
export interface UuidPage {
  readonly uuids: readonly ResourceUuid[];
  /** Whether another page follows. */
  readonly end: 'more' | 'last';
}

/** The page that `resources` are. */
export function pageOf(
  type: ResourceType,
  query: ListQuery,
  resources: readonly Resource[],
  end: UuidPage['end'],
): ListPage {
  const last = resources.at(-1);
  return {
    resources,
    next: end === 'more' && last !== undefined ? positionOf(type, query, last) : undefined,
  };
}

/** Looking things up in a SQL database. */
export class SqlReads {
  readonly #connection: SqlConnection;
  readonly #needs: SqlNeeds;
  readonly #byUuid: Prepared<{ uuid: string }, Row>;
  readonly #byId: Prepared<{ type: string; id: string }, Row>;
  readonly #byNaturalKey: Prepared<{ type: string; key: string }, Row>;
  readonly #all: Prepared<{ type: string; limit: number }, Row>;
  readonly #referrers: Prepared<{ target: string; type: string; field: string }, Row>;
  readonly #everyReferrer: Prepared<{ target: string; field: string }, Row>;
  readonly #unsettled: Prepared<{ uuid: string }, { uuid: string; account: string }>;
  readonly #changed: Prepared<{ limit: number }, DueRow>;
  readonly #due: Prepared<{ now: number; limit: number }, DueRow>;
  readonly #history: Prepared<{ resource: string; limit: number }, { events: string }>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    this.#needs = new SqlNeeds(connection);
    const db = connection.builder;
    const all = db.selectFrom('resource').select(RESOURCE_COLUMNS);
    this.#byUuid = prepare((p) => all.where('uuid', '=', p.uuid));
    this.#byId = prepare((p) => all.where('type', '=', p.type).where('id', '=', p.id));
    this.#byNaturalKey = prepare((p) =>
      all.where('type', '=', p.type).where('natural_key', '=', p.key).where('live_token', '=', ''),
    );
    this.#all = prepare((p) =>
      all.where('type', '=', p.type).where('removed', 'is', null).orderBy('uuid').limit(p.limit),
    );
    this.#referrers = prepare((p) =>
      all
        .innerJoin('reference', 'reference.source', 'resource.uuid')
        .where('reference.target', '=', p.target)
        .where('reference.field', '=', p.field)
        .where('resource.type', '=', p.type)
        .where('resource.removed', 'is', null)
        .orderBy('resource.uuid'),
    );
    this.#everyReferrer = prepare((p) =>
      all
        .innerJoin('reference', 'reference.source', 'resource.uuid')
        .where('reference.target', '=', p.target)
        .where('reference.field', '=', p.field)
        .where('resource.removed', 'is', null)
        .orderBy('resource.uuid'),
    );
    const neighbour = (from: 'source' | 'target', to: 'source' | 'target', uuid: string) =>
      db
        .selectFrom('reference')
        .innerJoin('resource', 'resource.uuid', `reference.${to}`)
        .select(['resource.uuid', 'resource.account'])
        .where(`reference.${from}`, '=', uuid)
        .where('resource.removed', 'is', null)
        .where((eb) =>
          eb.or([
            eb('resource.observed_generation', '<', eb.ref('resource.generation')),
            eb('resource.outcome', '!=', 'done'),
          ]),
        );
    this.#unsettled = prepare((p) =>
      neighbour('target', 'source', p.uuid).union(neighbour('source', 'target', p.uuid)),
    );
    const waiting = db.selectFrom('resource').select(['uuid', 'account', 'outcome']);
    this.#changed = prepare((p) => connection.flavour.changed(waiting).limit(p.limit));
    this.#due = prepare((p) =>
      waiting
        .where('next_attempt_at', 'is not', null)
        .where('next_attempt_at', '<=', p.now)
        .orderBy('next_attempt_at')
        .limit(p.limit),
    );
    this.#history = prepare((p) =>
      db
        .selectFrom('history')
        .select('events')
        .where('resource', '=', p.resource)
        .where('events', '<>', WITHOUT_EVENTS)
        .orderBy('n', 'desc')
        .limit(p.limit),
    );
  }

  async get(uuid: ResourceUuid): Promise<Resource | undefined> {
    return this.#one(this.#byUuid({ uuid }));
  }

  async find(scope: Scope, type: ResourceType, id: string): Promise<Resource | undefined> {
    const byId = FRIENDLY_ID.test(id)
      ? await this.#row(this.#byId({ type: type.id, id }))
      : undefined;
    const row =
      byId ??
      (type.uniqueBy === undefined
        ? undefined
        : await this.#row(this.#byNaturalKey({ type: type.id, key: id })));
    if (row === undefined || !sees(scope, row)) return undefined;
    return readResource(row);
  }

  async list(scope: Scope, type: ResourceType, query: ListQuery): Promise<ListPage> {
    const { rows } = await this.#connection.run(
      listQuery(this.#connection, scope, type, query).compile(),
    );
    const resources = rows.slice(0, query.limit).map(readResource);
    return pageOf(type, query, resources, rows.length > query.limit ? 'more' : 'last');
  }

  /** What {@link list} finds, by name: for who keeps the rows themselves. */
  async listUuids(scope: Scope, type: ResourceType, query: ListQuery): Promise<UuidPage> {
    const { rows } = await this.#connection.run(
      uuidsQuery(this.#connection, scope, type, query).compile(),
    );
    return {
      uuids: rows.slice(0, query.limit).map((row) => asUuid(row.uuid)),
      end: rows.length > query.limit ? 'more' : 'last',
    };
  }

  /** The rows of several uuids, in no particular order. */
  async rowsOf(uuids: readonly ResourceUuid[]): Promise<readonly Resource[]> {
    const { rows } = await this.#connection.run(
      this.#connection.builder
        .selectFrom('resource')
        .select(RESOURCE_COLUMNS)
        .where('uuid', 'in', uuids)
        .compile(),
    );
    return rows.map(readResource);
  }

  async count(scope: Scope, type: ResourceType, criteria: ListCriteria): Promise<number> {
    const { rows } = await this.#connection.run(
      countQuery(this.#connection, scope, type, criteria).compile(),
    );
    return Number(rows[0]?.count ?? 0);
  }

  async all(type: ResourceType, limit: number): Promise<readonly Resource[]> {
    const { rows } = await this.#connection.run(this.#all({ type: type.id, limit }));
    return rows.map(readResource);
  }

  async everyReferrer(uuid: ResourceUuid, field: string): Promise<readonly Resource[]> {
    const { rows } = await this.#connection.run(this.#everyReferrer({ target: uuid, field }));
    return rows.map(readResource);
  }

  async referrers(uuid: ResourceUuid, type: string, field: string): Promise<readonly Resource[]> {
    const { rows } = await this.#connection.run(this.#referrers({ target: uuid, type, field }));
    return rows.map(readResource);
  }

  async findByNaturalKey(type: ResourceType, key: string): Promise<Resource | undefined> {
    return this.#one(this.#byNaturalKey({ type: type.id, key }));
  }

  countReferrers(uuid: ResourceUuid): Promise<readonly ReferrerCount[]> {
    return this.#needs.countReferrers(this.#connection, uuid);
  }

  countOwned(account: ResourceUuid): Promise<number> {
    return this.#needs.countOwned(this.#connection, account);
  }

  async unsettledNeighbours(uuid: ResourceUuid): Promise<readonly Addressed[]> {
    const { rows } = await this.#connection.run(this.#unsettled({ uuid }));
    return rows.map((row) => ({ uuid: asUuid(row.uuid), account: asUuid(row.account) }));
  }

  async due(now: number, limit: number): Promise<readonly Due[]> {
    const changed = await this.#connection.run(this.#changed({ limit }));
    const due = await this.#connection.run(this.#due({ now, limit }));
    return [
      ...changed.rows.map((row) => dueRow(row, 'changed')),
      ...due.rows.map((row) => dueRow(row, row.outcome === 'done' ? 'resync' : 'retry')),
    ];
  }

  async idsOf(uuids: readonly ResourceUuid[]): Promise<ReadonlyMap<ResourceUuid, ResourceId>> {
    if (uuids.length === 0) return new Map();
    const { rows } = await this.#connection.run(
      this.#connection.builder
        .selectFrom('resource')
        .select(['uuid', 'id'])
        .where('uuid', 'in', uuids)
        .compile(),
    );
    return new Map(rows.map((row) => [asUuid(row.uuid), asId(row.id)]));
  }

  async history(uuid: ResourceUuid, limit: number): Promise<readonly HistoryEvent[]> {
    const { rows } = await this.#connection.run(this.#history({ resource: uuid, limit }));
    return rows
      .flatMap((row) => (JSON.parse(row.events) as HistoryEvent[]).toReversed())
      .slice(0, limit);
  }

  async #row(query: CompiledQuery<Row>): Promise<Row | undefined> {
    return (await this.#connection.run(query)).rows[0];
  }

  async #one(query: CompiledQuery<Row>): Promise<Resource | undefined> {
    const row = await this.#row(query);
    return row === undefined ? undefined : readResource(row);
  }
}

interface DueRow {
  readonly uuid: string;
  readonly account: string;
  readonly outcome: string | null;
}

function dueRow(row: DueRow, reason: Due['reason']): Due {
  return { uuid: asUuid(row.uuid), account: asUuid(row.account), reason };
}

/** Whether `scope` may see a row. */
export function sees(scope: Scope, row: Row): boolean {
  return scope.kind === 'all' || row.account === scope.account || row.visible_to_all === 1;
}
