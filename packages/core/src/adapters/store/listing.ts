import {
  type Expression,
  type ExpressionBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { COLUMN_FIELDS, type Filter } from '../../model/filter.js';
import { asUuid } from '../../model/identity.js';
import type { Json } from '../../model/json.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ListPosition, ListQuery, Scope } from '../../ports/store.js';
import type { SqlConnection } from './connection.js';
import type { ValueFlavour, ValueKind } from './flavour.js';
import { type Database, RESOURCE_COLUMNS, type ResourceTable } from './schema.js';

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
  { builder, flavour }: Pick<SqlConnection, 'builder' | 'flavour'>,
  scope: Scope,
  type: ResourceType,
  query: ListQuery,
): SelectQueryBuilder<Database, 'resource', ResourceTable> {
  const { values } = flavour;
  let list = builder
    .selectFrom('resource')
    .select(RESOURCE_COLUMNS)
    .where('resource.type', '=', type.id);
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
  for (const filter of query.filters)
    list = list.where((eb) => condition(eb, values, type, filter));
  return paged(list, values, type, query);
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
function operand(values: ValueFlavour, type: ResourceType, field: string): Expression<unknown> {
  const column = COLUMNS[field];
  if (column !== undefined) return values.ofColumn(`resource.${column}`, kindOf(type, field));
  if (field === 'accountId') {
    return sql`(select owner.id from resource as owner where owner.uuid = resource.account)`;
  }
  const document = Object.hasOwn(type.spec, field) ? 'resource.spec' : 'resource.status';
  return values.ofDocument(document, field, kindOf(type, field));
}

function kindOf(type: ResourceType, field: string): ValueKind {
  const { kind } = COLUMN_FIELDS[field] ?? type.spec[field] ?? type.status[field] ?? {};
  return kind === 'int' || kind === 'date' ? 'number' : kind === 'boolean' ? kind : 'text';
}

// A server takes a parameter for what it is compared with, and refuses what does not look like that.
function asKind(value: string | number | boolean | null, kind: ValueKind): string | number | null {
  return value === null ? null : kind === 'text' ? String(value) : Number(value);
}

function condition(
  eb: Builder,
  values: ValueFlavour,
  type: ResourceType,
  filter: Filter,
): Expression<SqlBool> {
  const left = operand(values, type, filter.field);
  const value = asKind(filter.value ?? null, kindOf(type, filter.field));
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
      return values.like(left, `${literally(String(value), /[|%_]/g)}%`);
    case 'like':
      return values.like(left, literally(String(value), /\|/g));
    case 'notlike':
      return sql`(not ${values.like(left, literally(String(value), /\|/g))} or ${left} is null)`;
    case 'null':
      return eb(left, 'is', null);
    case 'notnull':
      return eb(left, 'is not', null);
  }
}

function literally(text: string, special: RegExp): string {
  return text.replaceAll(special, (sign) => `|${sign}`);
}

function paged<Q extends SelectQueryBuilder<Database, 'resource', ResourceTable>>(
  list: Q,
  values: ValueFlavour,
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
  const kind = kindOf(type, sort.field);
  const sorted = SORT_COLUMNS[sort.field];
  const value =
    sorted === undefined
      ? operand(values, type, sort.field)
      : values.ofColumn(`resource.${sorted}`, kind);
  const isNull = sql`case when ${value} is null then 0 else 1 end`;
  if (after !== undefined) {
    const rank = after.value === null ? 0 : 1;
    const last = asKind(after.value, kind);
    page = page.where(
      () =>
        sql<SqlBool>`(${isNull} ${beyond} ${rank} or (${isNull} = ${rank} and (${value} ${beyond} ${last} or ((${value} = ${last} or ${rank} = 0) and resource.uuid ${beyond} ${after.uuid}))))`,
    );
  }
  // Databases disagree where nulls sort, hence the explicit rank.
  return page
    .orderBy(isNull, direction)
    .orderBy(value, direction)
    .orderBy('resource.uuid', direction)
    .limit(limit + 1);
}
