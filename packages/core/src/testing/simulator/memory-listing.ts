import type { Filter } from '../../model/filter.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ListPage, ListPosition, ListQuery } from '../../ports/store.js';
import { compareText, compareValues, hasPrefix, isLike, type SqlValue } from './sql-order.js';

/** Says the friendly id of an account; null when there is none. */
export type AccountId = (account: ResourceUuid) => string | null;

/** The page of `rows` that a query asks for. `rows` are those of the type, of the scope, and of the parent if one is named. */
export function pageOf(
  rows: Iterable<Resource>,
  type: ResourceType,
  query: ListQuery,
  accountId: AccountId,
): ListPage {
  const { sort, after, limit, removedSince } = query;
  const direction = sort?.order === 'desc' ? -1 : 1;
  const start =
    after === undefined
      ? undefined
      : { value: sort === undefined ? null : after.value, uuid: after.uuid };
  const found: { readonly row: Resource; readonly position: ListPosition }[] = [];
  for (const row of rows) {
    if (row.removed !== null && (removedSince === undefined || row.removed < removedSince))
      continue;
    if (
      !query.filters.every((filter) => passes(filter, operand(type, filter.field, row, accountId)))
    )
      continue;
    const position = positionOf(type, query, row);
    if (start === undefined || comparePositions(position, start) * direction > 0)
      found.push({ row, position });
  }
  found.sort((left, right) => comparePositions(left.position, right.position) * direction);
  return {
    resources: found.slice(0, limit).map(({ row }) => row),
    next: found.length > limit ? found[limit - 1]?.position : undefined,
  };
}

function positionOf(type: ResourceType, { sort }: ListQuery, row: Resource): ListPosition {
  const value =
    sort === undefined
      ? null
      : // By identity and not by friendly id, as every store sorts by account.
        operand(type, sort.field, row, (account) => account);
  return { value, uuid: row.uuid };
}

function comparePositions(left: ListPosition, right: ListPosition): number {
  if (left.value === null || right.value === null) {
    return (
      Number(left.value !== null) - Number(right.value !== null) ||
      compareText(left.uuid, right.uuid)
    );
  }
  return compareValues(left.value, right.value) || compareText(left.uuid, right.uuid);
}

function operand(type: ResourceType, field: string, row: Resource, accountId: AccountId): SqlValue {
  switch (field) {
    case 'id':
    case 'uuid':
    case 'name':
    case 'created':
    case 'removed':
      return row[field];
    case 'accountId':
      return accountId(row.account);
    default: {
      const document: { readonly [name: string]: unknown } = Object.hasOwn(type.spec, field)
        ? row.spec
        : row.status;
      return sqlValue(document[field]);
    }
  }
}

function passes({ modifier, value }: Filter, left: SqlValue): boolean {
  if (modifier === 'null') return left === null;
  if (modifier === 'notnull') return left !== null;
  // What is missing is neither equal nor like anything.
  if (left === null) return modifier === 'ne' || modifier === 'notlike';
  const right = sqlValue(value);
  if (right === null) return false;
  switch (modifier) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'lt':
      return compareValues(left, right) < 0;
    case 'lte':
      return compareValues(left, right) <= 0;
    case 'gt':
      return compareValues(left, right) > 0;
    case 'gte':
      return compareValues(left, right) >= 0;
    case 'prefix':
      return hasPrefix(String(left), String(right));
    case 'like':
      return isLike(String(left), String(right));
    case 'notlike':
      return !isLike(String(left), String(right));
  }
}

function sqlValue(value: unknown): SqlValue {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
