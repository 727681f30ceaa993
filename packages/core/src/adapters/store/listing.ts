import {
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { Filter } from '../../model/filter.js';
import { asUuid } from '../../model/identity.js';
import type { Json } from '../../model/json.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ListPosition, ListQuery, Scope } from '../../ports/store.js';
import type { Database, ResourceTable } from './schema.js';

type Builder = ExpressionBuilder<Database, 'resource'>;

const COLUMNS: Readonly<Record<string, keyof ResourceTable>> = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  created: 'created',
  removed: 'removed',
};

// By identity and not by friendly id: the row tells it without another look, and all of an account's stand together.
const SORT_COLUMNS: typeof COLUMNS = { ...COLUMNS, accountId: 'account' };

/** The query of one page, one row longer than the page so that its end shows. */
export function listQuery(
  db: Kysely<Database>,
  scope: Scope,
  type: ResourceType,
  query: ListQuery,
): SelectQueryBuilder<Database, 'resource', ResourceTable> {
  let list = db.selectFrom('resource').selectAll('resource').where('resource.type', '=', type.id);
  if (scope.kind === 'account') {
    const { account } = scope;
    list = list.where((eb) =>
      eb.or([eb('resource.account', '=', account), eb('visible_to_all', '=', 1)]),
    );
  }
  const { removedSince, child } = query;
  list =
    removedSince === undefined
      ? list.where('removed', 'is', null)
      : list.where((eb) => eb.or([eb('removed', 'is', null), eb('removed', '>=', removedSince)]));
  if (child !== undefined) {
    list = list.where('resource.uuid', 'in', (eb) =>
      eb
        .selectFrom('reference')
        .select('source')
        .where('target', '=', child.parent)
        .where('field', '=', child.field),
    );
  }
  for (const filter of query.filters) list = list.where((eb) => condition(eb, type, filter));
  return paged(list, type, query);
}

/** Where a page ends: what the next one starts after. */
export function positionOf(type: ResourceType, query: ListQuery, row: ResourceTable): ListPosition {
  return {
    value: query.sort === undefined ? null : sortValue(type, query.sort.field, row),
    uuid: asUuid(row.uuid),
  };
}

function sortValue(type: ResourceType, field: string, row: ResourceTable): string | number | null {
  const column = SORT_COLUMNS[field];
  if (column !== undefined) return row[column];
  const document = JSON.parse(Object.hasOwn(type.spec, field) ? row.spec : row.status) as {
    [name: string]: Json;
  };
  const value = document[field] ?? null;
  return typeof value === 'boolean'
    ? Number(value)
    : typeof value === 'string' || typeof value === 'number'
      ? value
      : null;
}

// Only names that the type declares come this far, so no text of a caller is ever part of the SQL.
function operand(type: ResourceType, field: string): Expression<unknown> {
  const column = COLUMNS[field];
  if (column !== undefined) return sql.ref(`resource.${column}`);
  if (field === 'accountId') {
    return sql`(select owner.id from resource as owner where owner.uuid = resource.account)`;
  }
  return sql`json_extract(${sql.ref(Object.hasOwn(type.spec, field) ? 'resource.spec' : 'resource.status')}, ${`$.${field}`})`;
}

function condition(eb: Builder, type: ResourceType, filter: Filter): Expression<SqlBool> {
  const left = operand(type, filter.field);
  const value = typeof filter.value === 'boolean' ? Number(filter.value) : (filter.value ?? null);
  switch (filter.modifier) {
    case 'eq':
      return sql`${left} = ${value}`;
    case 'ne':
      return sql`(${left} <> ${value} or ${left} is null)`;
    case 'lt':
      return sql`${left} < ${value}`;
    case 'lte':
      return sql`${left} <= ${value}`;
    case 'gt':
      return sql`${left} > ${value}`;
    case 'gte':
      return sql`${left} >= ${value}`;
    case 'prefix':
      return sql`${left} like ${`${escapeLike(String(value))}%`} escape '!'`;
    case 'like':
      return sql`${left} like ${value}`;
    case 'notlike':
      return sql`(${left} not like ${value} or ${left} is null)`;
    case 'null':
      return eb(left, 'is', null);
    case 'notnull':
      return eb(left, 'is not', null);
  }
}

function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, (wild) => `!${wild}`);
}

function paged<Q extends SelectQueryBuilder<Database, 'resource', ResourceTable>>(
  list: Q,
  type: ResourceType,
  query: ListQuery,
): SelectQueryBuilder<Database, 'resource', ResourceTable> {
  const { sort, after, limit } = query;
  const direction = sort?.order ?? 'asc';
  const beyond = sql.raw(direction === 'asc' ? '>' : '<');
  let page: SelectQueryBuilder<Database, 'resource', ResourceTable> = list;
  if (sort === undefined) {
    if (after !== undefined) page = page.where('resource.uuid', '>', after.uuid);
    return page.orderBy('resource.uuid').limit(limit + 1);
  }
  const sorted = SORT_COLUMNS[sort.field];
  const value = sorted === undefined ? operand(type, sort.field) : sql.ref(`resource.${sorted}`);
  const isNull = sql`case when ${value} is null then 0 else 1 end`;
  if (after !== undefined) {
    const rank = after.value === null ? 0 : 1;
    page = page.where(
      () =>
        sql<SqlBool>`(${isNull} ${beyond} ${rank} or (${isNull} = ${rank} and (${value} ${beyond} ${after.value} or ((${value} = ${after.value} or ${rank} = 0) and resource.uuid ${beyond} ${after.uuid}))))`,
    );
  }
  // Databases disagree where nulls sort, hence the explicit rank.
  return page
    .orderBy(isNull, direction)
    .orderBy(value, direction)
    .orderBy('resource.uuid', direction)
    .limit(limit + 1);
}
