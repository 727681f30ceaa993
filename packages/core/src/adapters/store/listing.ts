import {
  type Expression,
  type ExpressionBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { COLUMN_FIELDS, type Filter } from '../../model/filter.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ListCriteria, ListPosition, ListQuery, Scope } from '../../ports/store.js';
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

/** What the columns that are sorted by say of a resource. */
const SORTED_BY: Readonly<Record<string, (resource: Resource) => string | number | null>> = {
  id: ({ id }) => id,
  uuid: ({ uuid }) => uuid,
  name: ({ name }) => name,
  created: ({ created }) => created,
  removed: ({ removed }) => removed,
  accountId: ({ account }) => account,
};

/** Those of them that are never null. */
const ALWAYS_SET: ReadonlySet<string> = new Set(['id', 'uuid', 'created', 'accountId']);

/** A list in the making, of rows that go by the names of the columns of `resource`. */
export type Rows<Row> = SelectQueryBuilder<Database, 'resource', Row>;

/** The query of one page, one row longer than the page so that its end shows. */
export function listQuery(
  connection: Pick<SqlConnection, 'builder' | 'flavour'>,
  scope: Scope,
  type: ResourceType,
  query: ListQuery,
): Rows<ResourceTable> {
  const list = connection.builder.selectFrom('resource').select(RESOURCE_COLUMNS);
  return listOver(list, connection, scope, type, query);
}

/** As {@link listQuery}, for who keeps the rows themselves. */
export function uuidsQuery(
  connection: Pick<SqlConnection, 'builder' | 'flavour'>,
  scope: Scope,
  type: ResourceType,
  query: ListQuery,
): Rows<Pick<ResourceTable, 'uuid'>> {
  const list = connection.builder.selectFrom('resource').select('resource.uuid');
  return listOver(list, connection, scope, type, query);
}

/** The query that counts what {@link listQuery} finds on all pages. */
export function countQuery(
  { builder, flavour }: Pick<SqlConnection, 'builder' | 'flavour'>,
  scope: Scope,
  type: ResourceType,
  criteria: ListCriteria,
): Rows<{ count: number }> {
  const all = builder.selectFrom('resource').select((eb) => eb.fn.countAll<number>().as('count'));
  return matching(all, flavour.values, scope, type, criteria);
}

/** As {@link listQuery}, over rows that are kept elsewhere. */
export function listOver<Row>(
  rows: Rows<Row>,
  { flavour }: Pick<SqlConnection, 'flavour'>,
  scope: Scope,
  type: ResourceType,
  query: ListQuery,
): Rows<Row> {
  const { values } = flavour;
  return paged(matching(rows, values, scope, type, query), values, type, query);
}

/** Those of `rows` that are the scope's and the type's, and meet the criteria. */
export function matching<Row>(
  rows: Rows<Row>,
  values: ValueFlavour,
  scope: Scope,
  type: ResourceType,
  { removedSince, child, filters }: ListCriteria,
): Rows<Row> {
  let list = rows.where('resource.type', '=', type.id);
  if (scope.kind === 'account') {
    const { account } = scope;
    // With an `or` where it decides nothing a database would look at the rows of everybody.
    list =
      type.access.visibleTo === 'own'
        ? list.where('resource.account', '=', account)
        : list.where((eb) =>
            eb.or([eb('resource.account', '=', account), eb('visible_to_all', '=', 1)]),
          );
  }
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
  for (const filter of filters) list = list.where((eb) => condition(eb, values, type, filter));
  return list;
}

/** Where a page ends: what the next one starts after. */
export function positionOf(type: ResourceType, query: ListQuery, last: Resource): ListPosition {
  return {
    value: query.sort === undefined ? null : sortValue(type, query.sort.field, last),
    uuid: last.uuid,
  };
}

function sortValue(type: ResourceType, field: string, last: Resource): string | number | null {
  const value = SORTED_BY[field]?.(last) ?? documentOf(type, field, last)[field] ?? null;
  return typeof value === 'boolean'
    ? Number(value)
    : typeof value === 'string' || typeof value === 'number'
      ? value
      : null;
}

function documentOf(
  type: ResourceType,
  field: string,
  { spec, status }: Resource,
): { readonly [name: string]: unknown } {
  if (SORTED_BY[field] !== undefined) return {};
  return Object.hasOwn(type.spec, field) ? spec : status;
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

function paged<Row>(
  list: Rows<Row>,
  values: ValueFlavour,
  type: ResourceType,
  query: ListQuery,
): Rows<Row> {
  const { sort, after, limit } = query;
  const direction = sort?.order ?? 'asc';
  const beyond = sql.raw(direction === 'asc' ? '>' : '<');
  let page = list;
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
  if (ALWAYS_SET.has(sort.field)) {
    if (after !== undefined) {
      const last = asKind(after.value, kind);
      page = page.where(
        () =>
          sql<SqlBool>`(${value} ${beyond} ${last} or (${value} = ${last} and resource.uuid ${beyond} ${after.uuid}))`,
      );
    }
    return page
      .orderBy(value, direction)
      .orderBy('resource.uuid', direction)
      .limit(limit + 1);
  }
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
