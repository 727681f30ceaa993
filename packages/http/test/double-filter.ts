import type { Filter, ListPosition, Resource } from '@gdcloud/core';

type Scalar = string | number | boolean | null;

/** The value of a field that lists can be filtered and sorted by. */
export function columnOf(row: Resource, field: string, accountId?: string): Scalar {
  const columns: Readonly<Record<string, unknown>> = {
    ...row.spec,
    ...row.status,
    id: row.id,
    uuid: row.uuid,
    name: row.name,
    accountId: accountId ?? null,
    created: row.created,
    removed: row.removed,
  };
  const value = columns[field];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : null;
}

/** Whether a row passes one filter. */
export function matches(row: Resource, filter: Filter, accountId: string | undefined): boolean {
  const value = columnOf(row, filter.field, accountId);
  const wanted = filter.value ?? null;
  switch (filter.modifier) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'null':
      return value === null;
    case 'notnull':
      return value !== null;
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(wanted));
    case 'like':
      return typeof value === 'string' && like(value, String(wanted));
    case 'notlike':
      return typeof value === 'string' && !like(value, String(wanted));
    default:
      return value !== null && wanted !== null && ordered(value, filter.modifier, wanted);
  }
}

function ordered(value: Scalar, modifier: string, wanted: Scalar): boolean {
  const order = compare(value, wanted);
  return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[modifier] ?? false;
}

function like(value: string, pattern: string): boolean {
  const words = pattern.split('%').map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${words.join('.*').replaceAll('_', '.')}$`, 's').test(value);
}

/** Where a row stands in an order; without a field, in that of creation. */
export function positionOf(row: Resource, field: string | undefined): ListPosition {
  const value = columnOf(row, field ?? 'created');
  return { value: typeof value === 'boolean' ? Number(value) : value, uuid: row.uuid };
}

/** Whether a position comes after another. */
export function startsAfter(
  position: ListPosition,
  other: ListPosition | undefined,
  order: 'asc' | 'desc' = 'asc',
): boolean {
  if (other === undefined) return true;
  const byValue = compare(position.value, other.value);
  const result = byValue === 0 ? compare(position.uuid, other.uuid) : byValue;
  return order === 'asc' ? result > 0 : result < 0;
}

function compare(left: Scalar, right: Scalar): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}
